//! Every schema, walked: descriptions for `kubectl explain`, bounds for whatever a user or AWS may fill in.

use agentcore_gateway_operator::{api, crds};
use serde_json::{Map, Value};

/// Strings that need no `maxLength`, with the reason.
const UNBOUNDED_STRINGS: [Excuse; 1] = [("an enum bounds itself", |schema| schema["enum"].is_array())];

/// What somebody else reads: JSON schemas of tools, which are judged when they are read, and values that a connector understands.
const OPAQUE: [&str; 3] = [
    "GatewayTarget.spec.targetConfiguration.mcp.lambda.toolSchema.inlinePayload[].inputSchema",
    "GatewayTarget.spec.targetConfiguration.mcp.lambda.toolSchema.inlinePayload[].outputSchema",
    "GatewayTarget.spec.targetConfiguration.mcp.connector.configurations[].parameterValues",
];

/// Why a schema need not follow a rule, and which schemas that is true of.
type Excuse = (&'static str, fn(&Value) -> bool);

/// Calls `look` with the path and the schema of every node.
fn walk(path: &str, schema: &Value, look: &mut dyn FnMut(&str, &Value)) {
    look(path, schema);
    for (name, property) in members(schema, "properties") {
        walk(&format!("{path}.{name}"), property, look);
    }
    if schema["items"].is_object() {
        walk(&format!("{path}[]"), &schema["items"], look);
    }
    if schema["additionalProperties"].is_object() {
        walk(&format!("{path}{{}}"), &schema["additionalProperties"], look);
    }
}

fn members<'a>(schema: &'a Value, key: &str) -> impl Iterator<Item = (&'a String, &'a Value)> {
    schema[key].as_object().into_iter().flat_map(Map::iter)
}

/// Walks the schema of every version of every kind; the path starts with the kind.
fn walk_all(look: &mut dyn FnMut(&str, &Value)) -> anyhow::Result<()> {
    for definition in crds::all() {
        for version in &definition.spec.versions {
            let schema = serde_json::to_value(version.schema.as_ref().and_then(|s| s.open_api_v3_schema.as_ref()))?;
            walk(&definition.spec.names.kind, &schema, look);
        }
    }
    Ok(())
}

/// Walks all schemas and fails with everything that `complaint` has to say.
fn nothing_to_complain_of(complaint: impl Fn(&str, &Value) -> Option<String>) -> anyhow::Result<()> {
    let mut complaints = Vec::new();
    let mut nodes = 0;
    walk_all(&mut |path, schema| {
        nodes += 1;
        complaints.extend(complaint(path, schema).map(|what| format!("{path}: {what}")));
    })?;
    assert!(nodes > 200, "the walk saw only {nodes} nodes");
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
    Ok(())
}

#[test]
fn everything_is_described() -> anyhow::Result<()> {
    nothing_to_complain_of(|path, schema| {
        let explained_by_its_list = (path.ends_with("[]") || path.ends_with("{}")) && schema["type"] == "string";
        let described = schema["description"].as_str().is_some_and(|text| text.len() > 10);
        (!described && !explained_by_its_list).then(|| "has no description".to_owned())
    })
}

#[test]
fn descriptions_are_sentences() -> anyhow::Result<()> {
    nothing_to_complain_of(|_, schema| {
        let text = schema["description"].as_str()?;
        let fine = text.ends_with('.') && !text.contains("Auto-generated") && !text.contains("[`");
        (!fine).then(|| format!("is described as {text:?}"))
    })
}

/// A field whose description came from its type instead of from the field itself would fail here, too.
#[test]
fn optional_members_of_a_spec_say_what_their_absence_means() -> anyhow::Result<()> {
    const WORDS: [&str; 6] = ["Default", "Left out", "left out", "Exactly one", "Required with", "At least one with"];
    nothing_to_complain_of(|path, schema| {
        let required = schema["required"].as_array();
        let silent = members(schema, "properties")
            .filter(|(name, _)| !required.is_some_and(|required| required.iter().any(|other| other == *name)))
            .filter(|(_, property)| !WORDS.iter().any(|word| property["description"].to_string().contains(word)))
            .map(|(name, _)| name.as_str())
            .collect::<Vec<_>>();
        let is_union = schema["required"].is_null() && schema.to_string().contains(".exists_one(given, given)");
        (path.contains(".spec") && !silent.is_empty() && !is_union)
            .then(|| format!("does not say what the absence of {silent:?} means"))
    })
}

#[test]
fn strings_lists_and_maps_are_bounded() -> anyhow::Result<()> {
    nothing_to_complain_of(|path, schema| match schema["type"].as_str() {
        _ if OPAQUE.contains(&path) => None,
        Some("string") => {
            let excused = UNBOUNDED_STRINGS.iter().any(|(_, applies)| applies(schema));
            (!schema["maxLength"].is_number() && !excused).then(|| "has no maxLength".to_owned())
        }
        Some("array") => (!schema["maxItems"].is_number()).then(|| "has no maxItems".to_owned()),
        Some("object") if schema["additionalProperties"].is_object() => {
            (!schema["maxProperties"].is_number()).then(|| "has no maxProperties".to_owned())
        }
        Some("integer" | "boolean" | "object") => None,
        other => Some(format!("has type {other:?}")),
    })
}

#[test]
fn integers_in_a_spec_have_a_range() -> anyhow::Result<()> {
    nothing_to_complain_of(|path, schema| {
        let in_spec = path.contains(".spec.") && schema["type"] == "integer";
        (in_spec && !(schema["minimum"].is_number() && schema["maximum"].is_number()))
            .then(|| "has no range".to_owned())
    })
}

#[test]
fn patterns_are_anchored() -> anyhow::Result<()> {
    nothing_to_complain_of(|_, schema| {
        let pattern = schema["pattern"].as_str()?;
        let anchored = pattern.starts_with('^') && pattern.ends_with('$');
        // With alternatives at the top, each of them would be anchored on one side only.
        let mut depth = 0;
        let split_at_top = pattern.chars().any(|c| {
            depth += i32::from(c == '(') - i32::from(c == ')');
            c == '|' && depth == 0
        });
        (!anchored || split_at_top).then(|| format!("has the pattern {pattern}"))
    })
}

#[test]
fn nothing_is_nullable_and_nothing_speaks_json_schema_that_users_cannot_read() -> anyhow::Result<()> {
    nothing_to_complain_of(|path, schema| {
        let unwanted = ["nullable", "oneOf", "anyOf", "allOf", "not"];
        let opaque = !schema["x-kubernetes-preserve-unknown-fields"].is_null();
        let excused = OPAQUE.contains(&path);
        let unwanted = unwanted.into_iter().find(|key| !schema[*key].is_null()).map(|key| format!("has {key}"));
        unwanted.or_else(|| (opaque != excused).then(|| format!("is opaque: {opaque}")))
    })
}

#[test]
fn every_rule_has_a_message_that_says_what_to_do() -> anyhow::Result<()> {
    nothing_to_complain_of(|_, schema| {
        let rules = schema["x-kubernetes-validations"].as_array()?;
        let silent = rules.iter().find(|rule| rule["message"].as_str().is_none_or(|message| message.len() < 20))?;
        Some(format!("has a rule without a message: {silent}"))
    })
}

/// A default in an item of a list is an eternal difference for tools that compare what is in Git with what is in the cluster.
#[test]
fn defaults_are_few_and_never_in_lists() -> anyhow::Result<()> {
    let mut defaults = Vec::new();
    walk_all(&mut |path, schema| {
        if !schema["default"].is_null() {
            defaults.push(path.to_owned());
        }
    })?;
    let expected: Vec<String> = ["Gateway", "GatewayTarget", "ResourceGateway", "ResourceConfiguration"]
        .into_iter()
        .flat_map(|kind| [format!("{kind}.spec.allowedNamespaces.from"), format!("{kind}.status")])
        .filter(|path| path != "GatewayTarget.spec.allowedNamespaces.from")
        .chain(["Gateway.spec.discovery.from".to_owned()])
        .collect();
    defaults.sort();
    let mut sorted = expected;
    sorted.sort();
    assert_eq!(defaults, sorted);
    Ok(())
}

#[test]
fn every_kind_has_the_names_and_columns_that_are_promised() -> anyhow::Result<()> {
    for definition in crds::all() {
        let kind = &definition.spec.names.kind;
        assert_eq!(definition.spec.group, api::GROUP);
        assert_eq!(definition.spec.scope, "Namespaced");
        assert_eq!(definition.spec.names.categories, Some(vec![api::CATEGORY.to_owned()]), "{kind}");
        let [version] = definition.spec.versions.as_slice() else { anyhow::bail!("{kind} has several versions") };
        assert_eq!(version.name, api::VERSION);
        let columns = version.additional_printer_columns.as_deref().unwrap_or_default();
        let usual: Vec<&str> =
            columns.iter().filter(|c| c.priority.is_none_or(|p| p == 0)).map(|c| c.name.as_str()).collect();
        assert!(
            matches!(usual.as_slice(), ["Ready", "Reason", .., "Age"]) && (4..=5).contains(&usual.len()),
            "{kind}: {usual:?}"
        );
        let wide: Vec<&str> = columns.iter().filter(|c| c.priority == Some(1)).map(|c| c.name.as_str()).collect();
        assert!(wide.ends_with(&["ID", "Message"]), "{kind}: {wide:?}");
    }
    Ok(())
}
