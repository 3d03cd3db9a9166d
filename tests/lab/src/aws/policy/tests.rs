use super::*;

fn document(statement: &str) -> String {
    format!(r#"{{"Version": "2012-10-17", "Statement": [{statement}]}}"#)
}

fn read(statement: &str) -> anyhow::Result<Policies> {
    let mut policies = Policies::default();
    policies.add("test", &document(statement))?;
    Ok(policies)
}

fn facts(pairs: &[(&str, &str)]) -> Facts {
    let mut facts = Facts::new();
    for (key, value) in pairs {
        facts.entry((*key).to_owned()).or_default().push((*value).to_owned());
    }
    facts
}

#[test]
fn an_action_with_a_resource_under_a_condition() -> anyhow::Result<()> {
    let policies = read(
        r#"{"Sid": "Own", "Effect": "Allow", "Action": ["x:Get", "x:Delete"], "Resource": ["arn:aws:x:r:1:thing/*"],
            "Condition": {"StringEquals": {"aws:ResourceTag/cluster": "here"}}}"#,
    )?;
    let here = facts(&[("aws:ResourceTag/cluster", "here")]);
    let table = [
        ("x:Get", "arn:aws:x:r:1:thing/a", &here, 1),
        ("x:Delete", "arn:aws:x:r:1:thing/a", &here, 1),
        ("x:Update", "arn:aws:x:r:1:thing/a", &here, 0),
        ("x:Get", "arn:aws:x:r:2:thing/a", &here, 0),
        ("x:Get", "*", &here, 0),
        ("x:Get", "arn:aws:x:r:1:thing/a", &facts(&[("aws:ResourceTag/cluster", "there")]), 0),
        ("x:Get", "arn:aws:x:r:1:thing/a", &Facts::new(), 0),
    ];
    for (action, resource, facts, expected) in table {
        assert_eq!(policies.allowing(action, resource, facts).len(), expected, "{action} {resource} {facts:?}");
    }
    Ok(())
}

#[test]
fn every_operator() -> anyhow::Result<()> {
    let own = "aws:RequestTag/team";
    let table = [
        (r#"{"StringEquals": {"aws:RequestTag/team": ["a", "b"]}}"#, vec![(own, "b")], true),
        (r#"{"StringEquals": {"aws:RequestTag/team": ["a", "b"]}}"#, vec![(own, "c")], false),
        (r#"{"StringEquals": {"aws:RequestTag/team": "a"}}"#, vec![], false),
        (r#"{"StringEquals": {"aws:RequestTag/team": "a*"}}"#, vec![(own, "ab")], false),
        (r#"{"StringNotEquals": {"aws:RequestTag/team": "a"}}"#, vec![(own, "b")], true),
        (r#"{"StringNotEquals": {"aws:RequestTag/team": "a"}}"#, vec![(own, "a")], false),
        (r#"{"StringNotEquals": {"aws:RequestTag/team": "a"}}"#, vec![], true),
        (r#"{"StringLike": {"aws:RequestTag/team": "a*"}}"#, vec![(own, "ab")], true),
        (r#"{"ArnLike": {"aws:RequestTag/team": "a*"}}"#, vec![(own, "b")], false),
        (r#"{"StringEqualsIfExists": {"aws:RequestTag/team": "a"}}"#, vec![], true),
        (r#"{"StringEqualsIfExists": {"aws:RequestTag/team": "a"}}"#, vec![(own, "b")], false),
        (r#"{"Null": {"aws:RequestTag/team": "true"}}"#, vec![], true),
        (r#"{"Null": {"aws:RequestTag/team": "true"}}"#, vec![(own, "")], false),
        (r#"{"Null": {"aws:RequestTag/team": "false"}}"#, vec![(own, "a")], true),
        (r#"{"ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]}}"#, vec![("aws:TagKeys", "a")], true),
        (
            r#"{"ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]}}"#,
            vec![("aws:TagKeys", "a"), ("aws:TagKeys", "c")],
            false,
        ),
        (r#"{"ForAllValues:StringEquals": {"aws:TagKeys": ["a"]}}"#, vec![], true),
        (
            r#"{"StringEquals": {"aws:RequestTag/team": "a"}, "Null": {"aws:ResourceTag/x": "true"}}"#,
            vec![(own, "a"), ("aws:ResourceTag/x", "1")],
            false,
        ),
    ];
    for (condition, pairs, expected) in table {
        let statement = format!(
            r#"{{"Sid": "S", "Effect": "Allow", "Action": ["x:Get"], "Resource": ["*"], "Condition": {condition}}}"#
        );
        let allowed = read(&statement)?.allowing("x:Get", "*", &facts(&pairs));
        assert_eq!(!allowed.is_empty(), expected, "{condition} {pairs:?}");
    }
    Ok(())
}

#[test]
fn what_is_not_understood_is_refused() {
    let statement = |change: &str| {
        let mut statement: Value = serde_json::json!(
            {"Sid": "S", "Effect": "Allow", "Action": ["x:Get"], "Resource": ["*"]});
        let change: Value = serde_json::from_str(change).unwrap_or_default();
        for (name, value) in change.as_object().into_iter().flatten() {
            statement[name] = value.clone();
        }
        statement.to_string()
    };
    assert!(read(&statement("{}")).is_ok());
    let table = [
        (r#"{"Effect": "Deny"}"#, "the effect Deny"),
        (r#"{"NotAction": ["x:Get"]}"#, "unknown field `NotAction`"),
        (r#"{"Action": ["x:*"]}"#, "x:* is not one action"),
        (r#"{"Action": ["Get"]}"#, "Get is not one action"),
        (r#"{"Action": []}"#, "no action"),
        (r#"{"Resource": ["bucket"]}"#, "bucket is no ARN"),
        (r#"{"Sid": "with space"}"#, "letters and digits"),
        (r#"{"Condition": {"NumericEquals": {"aws:RequestTag/a": "1"}}}"#, "the operator NumericEquals"),
        (r#"{"Condition": {"StringEquals": {"aws:SourceIp": "1"}}}"#, "the key aws:SourceIp"),
        (r#"{"Condition": {"StringEquals": {"aws:RequestTag/": "1"}}}"#, "the key aws:RequestTag/"),
        (r#"{"Condition": {"ForAllValues:StringEquals": {"aws:RequestTag/a": "1"}}}"#, "the key aws:RequestTag/a"),
        (r#"{"Condition": {"Null": {"aws:RequestTag/a": "yes"}}}"#, "true or false"),
        (r#"{"Condition": {"StringEquals": {"aws:RequestTag/a": []}}}"#, "has no texts"),
        (r#"{"Condition": []}"#, "conditions are an object"),
    ];
    for (change, expected) in table {
        let refused = read(&statement(change)).map(drop).err().map(|error| format!("{error:#}")).unwrap_or_default();
        assert!(refused.contains(expected), "{change}: {refused}");
    }
    let twice = [statement("{}"), statement("{}")].join(",");
    assert!(read(&twice).is_err(), "two statements of one name");
    assert!(read(&statement(&format!(r#"{{"Action": ["x:{}"]}}"#, "a".repeat(LONGEST)))).is_err(), "too long");
}

/// With its placeholders replaced, every document is one that IAM takes.
#[test]
fn the_documents_of_the_repository_are_understood() -> anyhow::Result<()> {
    let policies = Policies::of_the_repository(&Placeholders::new("111122223333", "us-west-2", "here"))?;
    assert!(policies.statements().count() > 0);
    // More than ten managed policies need a raised quota.
    assert!(policies.documents.len() <= 10, "{:?}", policies.documents.keys());
    Ok(())
}

#[test]
fn every_placeholder_is_used_and_has_a_meaning() -> anyhow::Result<()> {
    let all: String = texts()?.into_values().collect();
    for (name, _) in Placeholders::NAMES {
        assert!(all.contains(&format!("${{{name}}}")), "{name}");
    }
    let known = Placeholders::new("1", "r", "c");
    assert!(known.fill_in("${NO_SUCH}").is_err());
    Ok(())
}
