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
    let mut facts = Facts::default();
    for (key, value) in pairs {
        facts.add(key, *value);
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
        ("x:Get", "arn:aws:x:r:1:thing/a", &Facts::default(), 0),
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
            r#"{"ForAnyValue:StringEquals": {"aws:CalledVia": ["a"]}}"#,
            vec![("aws:CalledVia", "b"), ("aws:CalledVia", "a")],
            true,
        ),
        (r#"{"ForAnyValue:StringEquals": {"aws:CalledVia": ["a"]}}"#, vec![("aws:CalledVia", "b")], false),
        (r#"{"ForAnyValue:StringEquals": {"aws:CalledVia": ["a"]}}"#, vec![], false),
        (r#"{"StringEquals": {"aws:RequestTag/Team": "a"}}"#, vec![(own, "a")], true),
        (r#"{"StringEquals": {"aws:RequestTag/team": "a"}}"#, vec![("aws:RequestTag/TEAM", "a")], true),
        (r#"{"StringEquals": {"aws:RequestTag/team": "a"}}"#, vec![(own, "A")], false),
        (r#"{"StringEquals": {"aws:RequestTag/team": "a"}}"#, vec![(own, "a"), ("aws:RequestTag/TEAM", "b")], false),
        (r#"{"Null": {"AWS:requesttag/Team": "true"}}"#, vec![(own, "a")], false),
        (
            r#"{"ArnLike": {"kms:EncryptionContext:a:arn": "arn:aws:x:*:thing/*"}}"#,
            vec![("kms:EncryptionContext:a:arn", "arn:aws:x:r:1:thing/a")],
            false,
        ),
        (
            r#"{"StringLike": {"kms:EncryptionContext:a:arn": "arn:aws:x:*:thing/*"}}"#,
            vec![("kms:EncryptionContext:a:arn", "arn:aws:x:r:1:thing/a")],
            true,
        ),
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

/// Of what is not there no tags are known: that it has none is not known either.
#[test]
fn conditions_on_tags_do_not_hold_of_nothing() -> anyhow::Result<()> {
    let mut nothing = facts(&[("aws:RequestTag/team", "a")]);
    nothing.are_of_nothing();
    let table = [
        (r#"{"Null": {"aws:ResourceTag/team": "true"}}"#, false),
        (r#"{"StringNotEquals": {"aws:ResourceTag/team": "a"}}"#, false),
        (r#"{"StringEqualsIfExists": {"aws:ResourceTag/team": "a"}}"#, false),
        (r#"{"StringEquals": {"aws:RequestTag/team": "a"}}"#, true),
    ];
    for (condition, expected) in table {
        let statement = format!(
            r#"{{"Sid": "S", "Effect": "Allow", "Action": ["x:Get"], "Resource": ["*"], "Condition": {condition}}}"#
        );
        assert_eq!(!read(&statement)?.allowing("x:Get", "*", &nothing).is_empty(), expected, "{condition}");
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
        (r#"{"Condition": {"StringEquals": {"aws:CalledVia": "1"}}}"#, "the key aws:CalledVia"),
        (r#"{"Condition": {"StringEquals": {"kms:EncryptionContext:": "1"}}}"#, "the key kms:EncryptionContext:"),
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

/// What AgentCore does for us in our name we cannot do ourselves.
#[test]
fn keys_and_documents_are_for_agentcore_only() -> anyhow::Result<()> {
    let policies = Policies::of_the_repository(&Placeholders::new("111122223333", "us-west-2", "here"))?;
    let key = "arn:aws:kms:us-west-2:111122223333:key/0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9";
    let document = "arn:aws:s3:::platform-files/api.json";
    let agentcore = "bedrock-agentcore.amazonaws.com";
    let via = [("aws:CalledVia", agentcore), ("aws:CalledViaLast", agentcore)];
    let grant = |operation, context| {
        [
            ("kms:ViaService", "bedrock-agentcore.us-west-2.amazonaws.com"),
            ("kms:GrantConstraintType", "EncryptionContextSubset"),
            ("kms:GrantOperations", "Decrypt"),
            ("kms:GrantOperations", operation),
            ("kms:EncryptionContext:aws:bedrock-agentcore-gateway:arn", context),
        ]
    };
    let gateway = "arn:aws:bedrock-agentcore:us-west-2:111122223333:gateway/agents-abcde12345";
    let table = [
        ("kms:DescribeKey", key, facts(&[]), true),
        ("kms:Decrypt", key, facts(&[]), false),
        ("kms:Decrypt", key, facts(&[("aws:CalledVia", "athena.amazonaws.com")]), false),
        ("kms:Decrypt", key, facts(&via), true),
        ("kms:GenerateDataKey", key, facts(&[]), false),
        ("kms:GenerateDataKey", key, facts(&via), true),
        ("kms:ListGrants", key, facts(&[]), false),
        ("kms:ListGrants", key, facts(&via), true),
        ("kms:CreateGrant", key, facts(&via), false),
        ("kms:CreateGrant", key, facts(&grant("GenerateDataKey", gateway)), true),
        ("kms:CreateGrant", key, facts(&grant("CreateGrant", gateway)), false),
        ("kms:CreateGrant", key, facts(&grant("GenerateDataKey", "arn:aws:s3:::b")), false),
        ("kms:CreateGrant", key, facts(&grant("GenerateDataKey", gateway)[1..]), false),
        ("s3:GetObject", document, facts(&[]), false),
        (
            "s3:GetObject",
            document,
            facts(&[("aws:CalledVia", agentcore), ("aws:CalledViaLast", "athena.amazonaws.com")]),
            false,
        ),
        ("s3:GetObject", document, facts(&via), true),
    ];
    for (action, resource, facts, expected) in table {
        assert_eq!(!policies.allowing(action, resource, &facts).is_empty(), expected, "{action} {facts:?}");
    }
    Ok(())
}
