//! Which name a target gets, has and may ask for.

use serde_json::{Value, from_value, json};

use super::*;

fn target(namespace: &str, name: &str, spec_name: Option<&str>, recorded: Option<&str>) -> GatewayTarget {
    let mut target = json!({
        "apiVersion": "tools.agentcore.dev/v1alpha1",
        "kind": "GatewayTarget",
        "metadata": {"namespace": namespace, "name": name},
        "spec": {
            "gatewayRef": {"name": "agents", "namespace": "platform"},
            "targetConfiguration": {"mcp": {"mcpServer": {"endpoint": "https://a.example.com"}}},
        },
    });
    if let Some(spec_name) = spec_name {
        target["spec"]["name"] = json!(spec_name);
    }
    if let Some(recorded) = recorded {
        target["status"] = json!({"targetId": "TARGET0001", "name": recorded});
    }
    from_value(target).unwrap()
}

fn gateway(names: Value) -> Gateway {
    let mut gateway = json!({
        "apiVersion": "tools.agentcore.dev/v1alpha1",
        "kind": "Gateway",
        "metadata": {"namespace": "platform", "name": "agents"},
        "spec": {"roleArn": "arn:aws:iam::111122223333:role/AgentCoreGatewayRole", "authorizerType": "AWS_IAM"},
    });
    if !names.is_null() {
        gateway["spec"]["targetNames"] = names;
    }
    from_value(gateway).unwrap()
}

#[test]
fn every_name() {
    let (any, prefixed) = (gateway(json!("Any")), gateway(json!("NamespacePrefixed")));
    let silent = gateway(Value::Null);
    // | spec.name | recorded | no gateway here | names as they like | with their namespace |
    let table = [
        (None, None, "payments", "payments", "team-a-payments"),
        (Some("money"), None, "money", "money", "money"),
        (None, Some("payments"), "payments", "payments", "payments"),
        (None, Some("team-a-payments"), "team-a-payments", "team-a-payments", "team-a-payments"),
        // Somebody else wrote that.
        (None, Some("victim"), "payments", "payments", "team-a-payments"),
        (Some("money"), Some("payments"), "money", "money", "money"),
    ];
    for (spec_name, recorded, gone, as_they_like, with_namespace) in table {
        let target = target("team-a", "payments", spec_name, recorded);
        assert_eq!(name(&target, None), gone, "{spec_name:?}, {recorded:?}, gone");
        assert_eq!(name(&target, Some(&any)), as_they_like, "{spec_name:?}, {recorded:?}, any");
        assert_eq!(name(&target, Some(&silent)), as_they_like, "{spec_name:?}, {recorded:?}, silent");
        assert_eq!(name(&target, Some(&prefixed)), with_namespace, "{spec_name:?}, {recorded:?}, prefixed");
    }
}

#[test]
fn default_names_are_legal() {
    let long = "x".repeat(120);
    for (namespace, object) in [("team-a", "pay.ments"), ("team-a", &*long), ("a--b", "c"), ("a", "b")] {
        let [short, prefixed] = defaults(&target(namespace, object, None, None));
        for name in [&short, &prefixed] {
            assert!((1..=100).contains(&name.len()) && !name.contains("--") && !name.contains('.'), "{name}");
            assert!(!name.starts_with('-') && !name.ends_with('-'), "{name}");
        }
        assert_ne!(short, prefixed);
    }
    assert_eq!(defaults(&target("a", "b", None, None)), ["b", "a-b"]);
}

#[test]
fn nobody_takes_a_name_of_others() {
    let prefixed = gateway(json!("NamespacePrefixed"));
    // | namespace | spec.name | AWS has it | refused |
    let table = [
        ("team-a", None, None, false),
        ("team-a", Some("team-a-payments"), None, false),
        ("team-a", Some("payments"), None, true),
        ("team-a", Some("team-b-payments"), None, true),
        ("team-a", Some("team-apayments"), None, true),
        ("team-a", Some("team-a"), None, true),
        ("team-a", Some("payments"), Some("payments"), false),
        ("platform", Some("payments"), None, false),
    ];
    for (namespace, spec_name, recorded, expected) in table {
        let target = target(namespace, "payments", spec_name, recorded);
        let hold = refused(&target, &prefixed, "Gateway platform/agents");
        assert_eq!(hold.is_some(), expected, "{namespace} {spec_name:?} {recorded:?}");
        if let Some(hold) = hold {
            assert_eq!(hold.reason(), Reason::RefNotPermitted);
            assert!(format!("{hold:?}").contains("begin with team-a-"), "{hold:?}");
        }
        assert_eq!(refused(&target, &gateway(json!("Any")), ""), None);
    }
}

/// Taking over is no way around it: neither what others made nor, with `orCreate`, a new one gets a name that the namespace may not have.
#[test]
fn nobody_takes_over_a_name_of_others() {
    let prefixed = gateway(json!("NamespacePrefixed"));
    // | namespace | adopt.name | AWS has it | refused |
    let table = [
        ("team-a", "payments", None, true),
        ("team-a", "team-a-payments", None, false),
        ("team-a", "payments", Some("payments"), false),
        ("platform", "payments", None, false),
    ];
    for (namespace, adopted, recorded, expected) in table {
        let mut target = target(namespace, "payments", None, recorded);
        target.spec.adopt = from_value(json!({"name": adopted, "orCreate": true})).unwrap();
        let hold = refused(&target, &prefixed, "Gateway platform/agents");
        assert_eq!(hold.is_some(), expected, "{namespace} {adopted} {recorded:?}: {hold:?}");
        assert_eq!(refused(&target, &gateway(json!("Any")), ""), None);
    }
}

/// Whatever it is found by, a name that others expect is not taken over.
#[test]
fn nobody_takes_over_a_name_of_others_by_its_id() {
    let prefixed = gateway(json!("NamespacePrefixed"));
    let mut thief = target("team-a", "anything", None, None);
    thief.spec.adopt = serde_json::from_value(json!({"id": "PAYMENTS01"})).unwrap();
    let refused = |name: &str| refuses(&thief, &prefixed, "Gateway platform/agents", name).is_some();
    assert!(refused("payments"));
    assert!(!refused("team-a-payments"));
}
