//! What a new custom resource definition takes away from those who use an old one.

use std::collections::BTreeSet;

use serde_json::Value;

use super::schema;

/// Every way in which `new` is less than `old`, as sentences; none when it only adds.
pub(super) fn of(old: &Value, new: &Value) -> Vec<String> {
    let mut breaks = Vec::new();
    for member in ["group", "scope", "conversion"] {
        same(&mut breaks, member, &old["spec"][member], &new["spec"][member]);
    }
    for member in ["kind", "plural", "singular", "listKind"] {
        same(&mut breaks, member, &old["spec"]["names"][member], &new["spec"]["names"][member]);
    }
    for member in ["shortNames", "categories"] {
        kept(&mut breaks, member, &old["spec"]["names"][member], &new["spec"]["names"][member]);
    }
    for version in items(&old["spec"]["versions"]) {
        let name = version["name"].as_str().unwrap_or_default();
        match items(&new["spec"]["versions"]).find(|candidate| candidate["name"] == name) {
            Some(candidate) => versions(&mut breaks, name, version, candidate),
            None => breaks.push(format!("version {name} is gone")),
        }
    }
    breaks
}

fn versions(breaks: &mut Vec<String>, name: &str, old: &Value, new: &Value) {
    if old["served"] == true && new["served"] != true {
        breaks.push(format!("version {name} is not served any more"));
    }
    same(breaks, "storage", &old["storage"], &new["storage"]);
    for subresource in ["status", "scale"] {
        if !old["subresources"][subresource].is_null() && new["subresources"][subresource].is_null() {
            breaks.push(format!("subresource {subresource} is gone"));
        }
    }
    for column in items(&old["additionalPrinterColumns"]) {
        let what = format!("column {}", column["name"].as_str().unwrap_or_default());
        match items(&new["additionalPrinterColumns"]).find(|candidate| candidate["name"] == column["name"]) {
            Some(candidate) => {
                for member in ["type", "jsonPath"] {
                    same(breaks, &format!("{what}: {member}"), &column[member], &candidate[member]);
                }
            }
            None => breaks.push(format!("{what} is gone")),
        }
    }
    kept(breaks, "selectableFields", &old["selectableFields"], &new["selectableFields"]);
    let root = |version: &Value| version["schema"]["openAPIV3Schema"].clone();
    schema::compare(breaks, "", &root(old), &root(new));
}

/// Says when a member is not what it was.
pub(super) fn same(breaks: &mut Vec<String>, what: &str, old: &Value, new: &Value) {
    if old != new {
        breaks.push(format!("{what} was {old} and is {new}"));
    }
}

/// Says which items of a list are gone.
pub(super) fn kept(breaks: &mut Vec<String>, what: &str, old: &Value, new: &Value) {
    let left: BTreeSet<String> = items(new).map(Value::to_string).collect();
    for item in items(old).filter(|item| !left.contains(&item.to_string())) {
        breaks.push(format!("{what}: {item} is gone"));
    }
}

/// The items of what may be a list.
pub(super) fn items(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn definition() -> Value {
        json!({"spec": {
            "group": "g", "scope": "Namespaced",
            "names": {"kind": "K", "plural": "ks", "singular": "k", "shortNames": ["k1", "k2"], "categories": ["all"]},
            "versions": [{
                "name": "v1", "served": true, "storage": true, "subresources": {"status": {}},
                "additionalPrinterColumns": [{"name": "Ready", "type": "string", "jsonPath": ".status.ready"}],
                "selectableFields": [{"jsonPath": ".spec.name"}],
                "schema": {"openAPIV3Schema": {"type": "object", "properties": {"spec": {"type": "object"}}}},
            }],
        }})
    }

    #[test]
    fn what_is_taken_away_is_told() {
        let rows = [
            ("/spec/group", json!("h"), "group was"),
            ("/spec/scope", json!("Cluster"), "scope was"),
            ("/spec/conversion", json!({"strategy": "Webhook"}), "conversion was"),
            ("/spec/names/kind", json!("L"), "kind was"),
            ("/spec/names/shortNames", json!(["k1"]), "shortNames: \"k2\" is gone"),
            ("/spec/names/categories", json!([]), "categories: \"all\" is gone"),
            ("/spec/versions", json!([]), "version v1 is gone"),
            ("/spec/versions/0/served", json!(false), "version v1 is not served any more"),
            ("/spec/versions/0/storage", json!(false), "storage was"),
            ("/spec/versions/0/subresources", json!({}), "subresource status is gone"),
            ("/spec/versions/0/additionalPrinterColumns", json!([]), "column Ready is gone"),
            ("/spec/versions/0/additionalPrinterColumns/0/jsonPath", json!(".x"), "column Ready: jsonPath was"),
            ("/spec/versions/0/selectableFields", json!(null), "selectableFields:"),
            ("/spec/versions/0/schema/openAPIV3Schema/properties", json!({}), ".spec is gone"),
        ];
        for (pointer, value, told) in rows {
            let mut new = definition();
            let (parent, member) = pointer.rsplit_once('/').unwrap();
            let parent = new.pointer_mut(parent).and_then(Value::as_object_mut).unwrap();
            parent.insert(member.to_owned(), value);
            let breaks = of(&definition(), &new);
            assert!(matches!(&breaks[..], [only] if only.starts_with(told)), "{pointer}: {breaks:?}");
        }
    }

    #[test]
    fn what_is_added_is_fine() {
        let mut new = definition();
        new["spec"]["names"]["shortNames"] = json!(["k2", "k3", "k1"]);
        new["spec"]["versions"][0]["additionalPrinterColumns"] = json!([
            {"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"},
            {"name": "Ready", "type": "string", "jsonPath": ".status.ready", "priority": 1},
        ]);
        let mut beta = new["spec"]["versions"][0].clone();
        beta["name"] = json!("v2");
        beta["storage"] = json!(false);
        new["spec"]["versions"] = json!([beta, new["spec"]["versions"][0]]);
        assert_eq!(of(&definition(), &new), [""; 0]);
    }
}
