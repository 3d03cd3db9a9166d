use serde_json::json;

use super::*;

fn schema() -> Value {
    json!({
        "type": "object",
        "required": ["name"],
        "x-kubernetes-validations": [{"rule": "[has(self.a), has(self.b)].exists_one(given, given)"}],
        "properties": {
            "name": {"type": "string", "maxLength": 10, "minLength": 1, "pattern": "^[a-z]+$"},
            "kind": {"type": "string", "enum": ["x", "y"], "default": "x"},
            "count": {"type": "integer", "minimum": 1, "maximum": 5},
            "list": {
                "type": "array", "maxItems": 3, "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"],
                "items": {"type": "object", "properties": {"name": {"type": "string"}}},
            },
            "map": {"type": "object", "additionalProperties": {"type": "string", "maxLength": 5}},
            "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": true},
            "void": {"type": "string", "nullable": true},
            "a": {"type": "string"},
            "b": {"type": "object", "required": ["one"], "properties": {"one": {"type": "string"}}},
        },
    })
}

/// What is told when these members are set, or taken away with null.
fn told(changes: &[(&str, Value)]) -> Vec<String> {
    let mut new = schema();
    for (pointer, value) in changes {
        let (parent, member) = pointer.rsplit_once('/').unwrap();
        let parent = new.pointer_mut(parent).unwrap().as_object_mut().unwrap();
        if value.is_null() {
            parent.remove(member);
        } else {
            parent.insert(member.to_owned(), value.clone());
        }
    }
    let mut breaks = Vec::new();
    compare(&mut breaks, "", &schema(), &new);
    breaks
}

#[test]
fn whatever_is_stricter_is_told() {
    let rule = |rule: &str| json!([schema()["x-kubernetes-validations"][0], {"rule": rule}]);
    let rows = [
        ("/properties/name", json!(null), ".name is gone"),
        ("/properties/list/items/properties/name", json!(null), ".list[].name is gone"),
        ("/properties/name/type", json!("integer"), ".name: type was"),
        ("/properties/name/maxLength", json!(9), ".name: maxLength was 10 and is 9"),
        ("/properties/name/minLength", json!(2), ".name: minLength was 1 and is 2"),
        ("/properties/name/pattern", json!("^[a-y]+$"), ".name: pattern was"),
        ("/properties/a/pattern", json!("^[a-y]+$"), ".a: pattern was"),
        ("/properties/a/maxLength", json!(1000), ".a: maxLength was null and is 1000"),
        ("/properties/a/format", json!("date-time"), ".a: format was"),
        ("/properties/a/enum", json!(["x"]), ".a: enum is new"),
        ("/properties/a/default", json!("x"), ".a: default was"),
        ("/properties/kind/default", json!("y"), ".kind: default was"),
        ("/properties/kind/default", json!(null), ".kind: default was"),
        ("/properties/kind/enum", json!(["y", "z"]), ".kind: enum: \"x\" is gone"),
        ("/properties/count/minimum", json!(2), ".count: minimum was"),
        ("/properties/count/maximum", json!(4), ".count: maximum was"),
        ("/properties/count/exclusiveMaximum", json!(true), ".count: exclusiveMaximum was"),
        ("/properties/count/multipleOf", json!(2), ".count: multipleOf was"),
        ("/properties/list/maxItems", json!(2), ".list: maxItems was"),
        ("/properties/list/minItems", json!(1), ".list: minItems was"),
        ("/properties/list/x-kubernetes-list-type", json!("atomic"), ".list: x-kubernetes-list-type was"),
        ("/properties/list/items", json!(null), ".list: items is gone"),
        ("/properties/map/additionalProperties", json!(null), ".map: additionalProperties is gone"),
        ("/properties/map/additionalProperties", json!(false), ".map: additionalProperties is gone"),
        ("/properties/map/additionalProperties/maxLength", json!(4), ".map{}: maxLength was"),
        ("/properties/map/maxProperties", json!(4), ".map: maxProperties was"),
        ("/properties/free/x-kubernetes-preserve-unknown-fields", json!(null), ".free: x-kubernetes-preserve"),
        ("/properties/void/nullable", json!(null), ".void: nullable was"),
        ("/required", json!(["name", "kind", "a"]), "the object: a is required now"),
        ("/properties/b/required", json!(["one", "two"]), ".b: two is required now"),
        ("/x-kubernetes-validations", rule("self.name != 'x'"), "the object: the rule \"self.name != 'x'\" is new"),
        ("/x-kubernetes-validations", rule("!has(self.a) || self.name != 'x'"), "the object: the rule"),
        ("/properties/a/x-kubernetes-validations", json!([{"rule": "self == oldSelf"}]), ".a: the rule"),
        ("/oneOf", json!([{"required": ["a"]}]), "the object: oneOf was"),
    ];
    for (pointer, value, expected) in rows {
        let breaks = told(&[(pointer, value.clone())]);
        assert!(matches!(&breaks[..], [only] if only.starts_with(expected)), "{pointer} {value}: {breaks:?}");
    }
}

/// `kind` may be required because its default fills it in.
#[test]
fn whatever_is_freer_is_fine() {
    let rows = [
        (
            "/properties/more",
            json!({"type": "object", "required": ["x"], "properties": {"x": {"type": "string", "pattern": "^x$"}}}),
        ),
        ("/properties/list/items/properties/more", json!({"type": "string", "maxLength": 1})),
        ("/properties/name/maxLength", json!(11)),
        ("/properties/name/minLength", json!(null)),
        ("/properties/name/pattern", json!(null)),
        ("/properties/kind/enum", json!(["z", "y", "x"])),
        ("/properties/kind/enum", json!(null)),
        ("/properties/count/minimum", json!(0)),
        ("/properties/count/maximum", json!(null)),
        ("/properties/list/maxItems", json!(4)),
        ("/properties/map/additionalProperties/maxLength", json!(6)),
        ("/properties/map/additionalProperties", json!(true)),
        ("/properties/a/nullable", json!(true)),
        ("/properties/a/description", json!("Other words")),
        ("/required", json!(["name", "kind"])),
        ("/required", json!([])),
        ("/x-kubernetes-validations", json!(null)),
    ];
    for (pointer, value) in rows {
        assert_eq!(told(&[(pointer, value.clone())]), [""; 0], "{pointer} {value}");
    }
}

#[test]
fn a_rule_may_be_new_where_it_is_about_what_is_new() {
    let member = ("/properties/c", json!({"type": "string"}));
    let rule = |rule: &str| ("/x-kubernetes-validations", json!([{"rule": rule}]));
    let wider = "[has(self.a), has(self.b), has(self.c)].exists_one(given, given)";
    assert_eq!(told(&[member.clone(), rule(wider)]), [""; 0]);
    assert_eq!(told(&[member.clone(), rule("!has(self.c) || self.name != 'x'")]), [""; 0]);
    for other in [
        "[has(self.a), has(self.c)].exists_one(given, given)",
        "[has(self.a), has(self.b), has(self.name)].exists_one(given, given)",
        "!has(self.c) || self.c == 'x' ? self.name == 'x' : true",
    ] {
        assert_eq!(told(&[member.clone(), rule(other)]).len(), 1, "{other}");
    }
    // A union of one requires its member, and becomes a rule when there are two.
    let union = [
        ("/properties/b/required", json!(null)),
        ("/properties/b/properties/two", json!({"type": "string"})),
        (
            "/properties/b/x-kubernetes-validations",
            json!([{"rule": "[has(self.one), has(self.two)].exists_one(given, given)"}]),
        ),
    ];
    assert_eq!(told(&union), [""; 0]);
}
