//! A schema as Markdown: a section with a table per object, so that deep specs stay readable and every object can be linked to.

use std::{collections::BTreeSet, fmt::Write as _};

use serde_json::Value;

use crate::markdown::{anchor, cell};

/// How a rule says that a member stays as it was set.
const SET_ONCE: &str = "cannot be changed or removed once it is set";

/// The section of an object and of all objects in it.
pub(super) fn section(path: &str, schema: &Value) -> anyhow::Result<String> {
    let mut page = String::new();
    object(&mut page, path, schema, &mut BTreeSet::new())?;
    Ok(page)
}

fn object(page: &mut String, path: &str, schema: &Value, set_once: &mut BTreeSet<String>) -> anyhow::Result<()> {
    let level = if path.contains('.') { "###" } else { "##" };
    write!(page, "{level} {path}\n\n{}\n\n", paragraph(&schema["description"]))?;
    let rules: Vec<&Value> = schema["x-kubernetes-validations"].as_array().into_iter().flatten().collect();
    for rule in rules.iter().filter(|rule| text(&rule["message"]).contains(SET_ONCE)) {
        set_once.insert(format!("{path}{}", text(&rule["fieldPath"])));
    }
    page.push_str("| Field | Type | | Meaning |\n|---|---|---|---|\n");
    let required: Vec<&str> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let mut inner = Vec::new();
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        let below = format!("{path}.{name}");
        let (type_, nested) = type_of(&below, property);
        let mut notes: Vec<String> = Vec::new();
        notes.extend(required.contains(&name.as_str()).then(|| "required".to_owned()));
        notes.extend(set_once.contains(&below).then(|| "set once".to_owned()));
        if !property["default"].is_null() {
            notes.push(format!("default `{}`", property["default"]));
        }
        let meaning = format!("{}{}", text(&property["description"]), bounds(property));
        writeln!(page, "| `{name}` | {type_} | {} | {} |", notes.join(", "), cell(&meaning))?;
        inner.extend(nested);
    }
    // What can never change is told in the table.
    let told = |rule: &&&Value| text(&rule["message"]).contains(SET_ONCE);
    let others: Vec<&&Value> = rules.iter().filter(|rule| !told(rule)).collect();
    if !others.is_empty() {
        page.push_str("\nRules, with what is said when they are broken:\n\n");
        for rule in others {
            let place = text(&rule["fieldPath"]);
            let place = if place.is_empty() { String::new() } else { format!("`{path}{place}`: ") };
            writeln!(page, "- {place}{}  \n  `{}`", cell(text(&rule["message"])), text(&rule["rule"]))?;
        }
    }
    page.push('\n');
    for (below, schema) in inner {
        object(page, &below, schema, set_once)?;
    }
    Ok(())
}

/// The type of a member in words, and the object in it that gets a section of its own.
fn type_of<'schema>(path: &str, schema: &'schema Value) -> (String, Option<(String, &'schema Value)>) {
    let link = |path: &str| format!("[object](#{})", anchor(path));
    match text(&schema["type"]) {
        "array" => {
            let below = format!("{path}[]");
            let (items, nested) = type_of(&below, &schema["items"]);
            (format!("list of {items}"), nested)
        }
        "object" if schema["properties"].is_object() => (link(path), Some((path.to_owned(), schema))),
        "object" if schema["additionalProperties"].is_object() => {
            let below = format!("{path}{{}}");
            let (values, nested) = type_of(&below, &schema["additionalProperties"]);
            (format!("map of {values}"), nested)
        }
        "" => ("any".to_owned(), None),
        word => (word.to_owned(), None),
    }
}

/// What a member's schema allows, as sentences behind its meaning.
fn bounds(schema: &Value) -> String {
    let mut said = Vec::new();
    let values: Vec<String> =
        schema["enum"].as_array().into_iter().flatten().filter_map(Value::as_str).map(|it| format!("`{it}`")).collect();
    said.extend((!values.is_empty()).then(|| format!("One of {}", values.join(", "))));
    let ranges = [
        ("minLength", "maxLength", "characters"),
        ("minItems", "maxItems", "entries"),
        ("minProperties", "maxProperties", "entries"),
        ("minimum", "maximum", ""),
    ];
    for (least, most, unit) in ranges {
        let range = match (&schema[least], &schema[most]) {
            (Value::Null, Value::Null) => continue,
            (Value::Null, most) => format!("At most {} {unit}", number(most)),
            (least, Value::Null) => format!("At least {} {unit}", number(least)),
            (least, most) => format!("{} to {} {unit}", number(least), number(most)),
        };
        said.push(range.trim().to_owned());
    }
    // Of the rules of a value the messages say more than its pattern.
    let rules: Vec<&Value> = schema["x-kubernetes-validations"].as_array().into_iter().flatten().collect();
    if schema["properties"].is_null() {
        said.extend(rules.iter().map(|rule| capital(text(&rule["message"]))));
    }
    if let Some(pattern) = schema["pattern"].as_str() {
        said.push(format!("Pattern `{pattern}`"));
    }
    if schema["items"].is_object() && schema["items"]["properties"].is_null() {
        let items = bounds(&schema["items"]);
        said.extend((!items.is_empty()).then(|| format!("Each entry: {}", items.trim().trim_end_matches('.'))));
    }
    said.iter().fold(String::new(), |text, sentence| format!("{text} {}.", sentence.trim_end_matches('.')))
}

fn number(value: &Value) -> String {
    // The schemas' numbers are floats.
    value.as_f64().map_or_else(|| value.to_string(), |number| format!("{number}"))
}

/// A message as a sentence of its own. Names of members stay as they are.
fn capital(sentence: &str) -> String {
    let first = sentence.split(' ').next().unwrap_or_default();
    if !first.chars().all(|char| char.is_ascii_lowercase()) {
        return sentence.to_owned();
    }
    let mut chars = sentence.chars();
    chars.next().map(|first| format!("{}{}", first.to_uppercase(), chars.as_str())).unwrap_or_default()
}

/// A description as paragraphs.
fn paragraph(description: &Value) -> String {
    let lines: Vec<&str> = text(description).lines().map(str::trim).collect();
    lines.join("\n").trim().to_owned()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

#[test]
fn an_object_becomes_a_table_and_its_objects_sections() -> anyhow::Result<()> {
    let schema = serde_json::json!({
        "type": "object", "description": "It.", "required": ["a"],
        "properties": {
            "a": {"type": "string", "description": "A.", "minLength": 1.0, "maxLength": 9, "enum": ["X", "Y"]},
            "b": {"type": "array", "description": "B.", "maxItems": 2, "items": {"type": "object", "description": "One.", "properties": {}}},
            "c": {"type": "object", "description": "C.", "additionalProperties": {"type": "string"}},
        },
        "x-kubernetes-validations": [
            {"rule": "1", "message": "a cannot be changed or removed once it is set; etc.", "fieldPath": ".a"},
            {"rule": "has(self.a)", "message": "do this"},
        ],
    });
    let page = section("spec", &schema)?;
    for expected in [
        "## spec\n\nIt.\n",
        "| `a` | string | required, set once | A. One of `X`, `Y`. 1 to 9 characters. |\n",
        "| `b` | list of [object](#specb) |  | B. At most 2 entries. |\n",
        "| `c` | map of string |  | C. |\n",
        "- do this  \n  `has(self.a)`\n",
        "### spec.b[]\n\nOne.\n",
    ] {
        assert!(page.contains(expected), "{expected} is missing in\n{page}");
    }
    Ok(())
}
