//! Values that are said to be nothing, as a key without a value is in YAML: Helm takes the default away before the schema is asked.

use serde_json::Value;

use crate::{
    chart::{file, schema::schema},
    helm::Helm,
};

/// Every value, and every block of values, with its default and whether it is a block.
fn paths(schema: &Value, values: &Value, path: &str, found: &mut Vec<(String, Value, bool)>) {
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        let (value, path) = (&values[name], format!("{path}.{name}").trim_start_matches('.').to_owned());
        // What only an umbrella chart says has no default to be taken away.
        if value.is_null() {
            continue;
        }
        found.push((path.clone(), value.clone(), property["properties"].is_object()));
        paths(property, value, &path, found);
    }
}

/// Of a map, a list or a text without a default it means that there is none; of anything else it is refused by the key's name.
#[test]
fn nothing_is_an_empty_value_or_is_refused_by_its_name() -> anyhow::Result<()> {
    let helm = Helm::new()?;
    let mut found = Vec::new();
    paths(&schema()?, &file("values.yaml")?, "", &mut found);
    assert!(found.len() > 90, "only {} values were found", found.len());
    let default = helm.template::<&str>([])?;
    let mut complaints = Vec::new();
    for (path, value, is_block) in found {
        let may_be_nothing = !is_block && (value.is_object() || value.is_array() || value == "");
        let rendered = helm.template(["--set", &format!("{path}=null")]);
        let name = path.rsplit('.').next().unwrap_or_default();
        match rendered {
            Ok(rendered) if may_be_nothing => {
                let is_empty = value == "" || value == Value::Array(Vec::new()) || value == serde_json::json!({});
                complaints
                    .extend((is_empty && rendered != default).then(|| format!("{path}: something else is rendered")));
            }
            Err(refusal) if !may_be_nothing => {
                let names = format!("missing property '{name}'");
                let is_named = format!("{refusal:#}").contains(&names);
                complaints.extend((!is_named).then(|| format!("{path}: {refusal:#}")));
            }
            Ok(_) => complaints.push(format!("{path}: it is taken")),
            Err(refusal) => complaints.push(format!("{path}: {refusal:#}")),
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
    Ok(())
}
