use serde_json::{Value, json};

use super::*;
use crate::workload::discovery::tests::{
    claimant, gateway, http_route, ingress, namespace, open, service, service_with,
};

const AGENTS: (&str, &str) = (GATEWAY, "platform/agents");
const NAMED: (&str, &str) = (annotations::HOST, "mcp.example.com");

fn wish_for(object: &Object, gateway: &Arc<Gateway>) -> Wish {
    let claim = claimant(object.clone(), &[Arc::clone(gateway)]).claim;
    let Claim::Target(wish) = claim else { panic!("{object} gets {claim:?}") };
    *wish
}

fn refusal(object: &Object, gateways: &[Arc<Gateway>]) -> Note {
    match claimant(object.clone(), gateways).claim {
        Claim::Unclear(note) | Claim::Barred { note, .. } => note,
        other @ (Claim::Nothing | Claim::Target(_)) => panic!("{object} gets {other:?}"),
    }
}

#[test]
fn who_asks_is_heard_and_nobody_else() {
    let gateway = open("platform/agents", &[]);
    assert_eq!(claimant(service("mcp", &[NAMED]), &[Arc::clone(&gateway)]).claim, Claim::Nothing);
    assert_eq!(claimant(ingress("mcp", &[]), &[Arc::clone(&gateway)]).claim, Claim::Nothing);
    for object in [service("mcp", &[AGENTS, NAMED]), ingress("mcp", &[AGENTS]), http_route("mcp", &[AGENTS])] {
        let wish = wish_for(&object, &gateway);
        assert_eq!(wish.gateway, Address::new("platform", "agents"));
        assert_eq!((wish.name, wish.path, wish.port, wish.closed, wish.ignored), (None, None, None, None, None));
    }
    let own = open("shop/agents", &[]);
    assert_eq!(wish_for(&ingress("mcp", &[(GATEWAY, "agents")]), &own).gateway, Address::new("shop", "agents"));
}

#[test]
fn everything_that_annotations_say_is_in_the_wish() {
    let object = ingress(
        "mcp",
        &[
            AGENTS,
            NAMED,
            (annotations::PATH, "/tools"),
            (annotations::PORT, "8443"),
            (annotations::TARGET_NAME, "search"),
            (annotations::LISTING_MODE, "DYNAMIC"),
            (annotations::RESOURCE_PRIORITY, "10"),
            (annotations::SECURITY_GROUP_IDS, "sg-0a1b2c3d4e5f60b02,sg-0a1b2c3d4e5f60b03"),
            (annotations::PREFLIGHT, "Report"),
            (annotations::ALLOW_INTERNET_FACING, "true"),
        ],
    );
    let listed = ["security-group-ids", "tools.agentcore.dev/preflight", "allow-internet-facing"];
    let honoured = Wish {
        gateway: Address::new("platform", "agents"),
        name: Some("search".into()),
        host: Some("mcp.example.com".into()),
        path: Some("/tools".into()),
        port: Some(8443),
        allow_internet_facing: Some(true),
        listing_mode: Some(ListingMode::Dynamic),
        resource_priority: Some(10),
        preflight: Some(PreflightPolicy::Report),
        security_group_ids: vec!["sg-0a1b2c3d4e5f60b02".into(), "sg-0a1b2c3d4e5f60b03".into()],
        closed: None,
        ignored: None,
    };
    assert_eq!(wish_for(&object, &open("platform/agents", &listed)), honoured);
    let wish = wish_for(&object, &open("platform/agents", &["preflight"]));
    let note = wish.ignored.clone().unwrap();
    assert_eq!(note.reason, Reason::RefNotPermitted);
    assert!(
        note.sentence.contains("tools.agentcore.dev/security-group-ids, tools.agentcore.dev/allow-internet-facing."),
        "{}",
        note.sentence
    );
    let without = Wish { allow_internet_facing: None, security_group_ids: Vec::new(), ignored: Some(note), ..honoured };
    assert_eq!(wish, without);
}

#[test]
fn what_is_not_honoured_is_not_even_read() {
    let object = ingress("mcp", &[AGENTS, (annotations::PREFLIGHT, "sometimes")]);
    assert_eq!(wish_for(&object, &open("platform/agents", &[])).preflight, None);
    let note = refusal(&object, &[open("platform/agents", &["preflight"])]);
    assert_eq!(note.reason, Reason::Invalid);
    assert!(note.sentence.contains("has to be Enforce, Report or Skip"), "{}", note.sentence);
}

#[test]
fn whom_a_gateway_lets_in() {
    let selector = json!({"matchLabels": {"agentcore": "yes"}});
    let other = json!({"matchLabels": {"agentcore": "no"}});
    let all = json!({"from": "All"});
    let table: [(&str, Value, Value, bool); 12] = [
        ("platform", Value::Null, all.clone(), false),
        ("platform", json!({}), all.clone(), false),
        ("platform", json!({"from": "None"}), all.clone(), false),
        ("platform", json!({"from": "Same"}), all.clone(), false),
        ("platform", json!({"from": "Selector", "selector": selector}), all.clone(), true),
        ("platform", json!({"from": "Selector", "selector": other}), all.clone(), false),
        ("platform", all.clone(), json!({"from": "Selector", "selector": other}), false),
        ("platform", all.clone(), json!({"from": "Same"}), false),
        ("platform", all.clone(), all.clone(), true),
        ("shop", json!({"from": "None"}), all.clone(), false),
        ("shop", json!({"from": "Same"}), json!({"from": "Same"}), true),
        ("shop", json!({"from": "Selector", "selector": other}), json!({"from": "Same"}), true),
    ];
    for (row, (namespace, discovery, allowed, lets)) in table.into_iter().enumerate() {
        let spec =
            if discovery.is_null() { json!({}) } else { json!({"discovery": discovery, "allowedNamespaces": allowed}) };
        let gateway = gateway(&format!("{namespace}/agents"), &spec);
        let object = ingress("mcp", &[(GATEWAY, &format!("{namespace}/agents"))]);
        match claimant(object, &[gateway]).claim {
            Claim::Target(_) if lets => {}
            Claim::Barred { exists: true, note, .. } if !lets => assert_eq!(note.reason, Reason::NamespaceNotAllowed),
            other @ (Claim::Target(_) | Claim::Barred { .. } | Claim::Unclear(_) | Claim::Nothing) => {
                panic!("row {row}: {other:?}")
            }
        }
    }
}

#[test]
fn a_namespace_that_is_not_known_matches_no_selector() {
    let object = ingress("mcp", &[AGENTS]);
    let spec = json!({"discovery": {"from": "Selector", "selector": {}}, "allowedNamespaces": {"from": "All"}});
    let gateway = gateway("platform/agents", &spec);
    assert!(matches!(claim(&object, None, |_| Some(Arc::clone(&gateway))), Claim::Barred { exists: true, .. }));
    assert!(matches!(claim(&object, Some(&namespace(&[])), |_| Some(gateway)), Claim::Target(_)));
}

#[test]
fn another_namespace_does_not_learn_whether_a_gateway_exists() {
    let object = ingress("mcp", &[AGENTS, (annotations::PORT, "https"), (annotations::PREFLIGHT, "Skip")]);
    let shut = gateway("platform/agents", &json!({"discovery": {"from": "Same"}, "suspend": true}));
    let absent = refusal(&object, &[]);
    assert_eq!(refusal(&object, &[shut]), absent);
    assert_eq!(absent.reason, Reason::NamespaceNotAllowed);
    assert!(absent.sentence.contains("there is no Gateway platform/agents, or it takes no"), "{}", absent.sentence);
    let own = refusal(&ingress("mcp", &[(GATEWAY, "agents")]), &[]);
    assert_eq!(own.reason, Reason::ReferenceNotFound);
}

#[test]
fn what_is_wrong_is_told_with_what_it_has_to_be() {
    let table = [
        (vec![(GATEWAY, "Agents")], "tools.agentcore.dev/gateway is \"Agents\" and has to be the name of a Gateway"),
        (vec![AGENTS, (annotations::HOST, "https://x")], "has to be a DNS name in lower case"),
        (vec![AGENTS, (annotations::PATH, "mcp")], "has to be a path that starts with a slash"),
        (vec![AGENTS, (annotations::PORT, "0")], "has to be a port, 1 to 65535"),
        (vec![AGENTS, (annotations::TARGET_NAME, "a.b")], "has to be a name with letters"),
        (vec![AGENTS, (annotations::LISTING_MODE, "ALWAYS")], "has to be DEFAULT or DYNAMIC"),
        (vec![AGENTS, (annotations::RESOURCE_PRIORITY, "high")], "has to be a number, 0 to 1000"),
        (vec![AGENTS, (annotations::SECURITY_GROUP_IDS, "default")], "has to be 1 to 5 ids of security groups"),
        (vec![AGENTS, (annotations::ALLOW_INTERNET_FACING, "yes")], "has to be true or false"),
    ];
    let gateway = open("platform/agents", &["security-group-ids", "preflight", "allow-internet-facing"]);
    for (annotations, expected) in table {
        let note = refusal(&ingress("mcp", &annotations), &[Arc::clone(&gateway)]);
        assert_eq!(note.reason, Reason::Invalid);
        assert!(note.sentence.contains(expected), "{annotations:?}: {}", note.sentence);
    }
}

#[test]
fn a_service_says_its_host_or_external_dns_does() {
    const DNS: &str = annotations::EXTERNAL_DNS_HOSTNAME;
    let gateway = open("platform/agents", &[]);
    let table = [
        (vec![AGENTS, NAMED, (DNS, "other.example.com")], Some("mcp.example.com")),
        (vec![AGENTS, (DNS, "other.example.com")], Some("other.example.com")),
        (vec![AGENTS, (DNS, " other.example.com,")], Some("other.example.com")),
        (vec![AGENTS, (DNS, "a.example.com,b.example.com")], None),
        (vec![AGENTS, (DNS, "*.example.com")], None),
        (vec![AGENTS, (DNS, "")], None),
        (vec![AGENTS], None),
    ];
    for (annotations, expected) in table {
        match claimant(service("mcp", &annotations), &[Arc::clone(&gateway)]).claim {
            Claim::Target(wish) => assert_eq!(wish.host.as_deref(), expected, "{annotations:?}"),
            Claim::Unclear(note) if expected.is_none() => {
                assert_eq!(note.reason, Reason::HostAmbiguous);
                assert!(note.sentence.contains("tools.agentcore.dev/host"), "{}", note.sentence);
            }
            other @ (Claim::Unclear(_) | Claim::Barred { .. } | Claim::Nothing) => panic!("{annotations:?}: {other:?}"),
        }
    }
    assert_eq!(wish_for(&ingress("mcp", &[AGENTS]), &gateway).host, None, "an Ingress says it itself");
}

#[test]
fn a_service_without_a_load_balancer_cannot_be_a_target() {
    let gateway = open("platform/agents", &[]);
    for (spec, type_) in [(json!({"type": "NodePort"}), "NodePort"), (json!({}), "ClusterIP")] {
        let note = refusal(&service_with("mcp", &[AGENTS, NAMED], &spec, &json!({})), &[Arc::clone(&gateway)]);
        assert_eq!(note.reason, Reason::Invalid);
        assert!(note.sentence.contains(&format!("of type {type_} has no load balancer")), "{}", note.sentence);
    }
}

#[test]
fn gateways_that_are_suspended_or_go_take_no_new_targets() {
    let object = ingress("mcp", &[AGENTS]);
    let mut gateway = Arc::unwrap_or_clone(open("platform/agents", &[]));
    gateway.spec.suspend = Some(true);
    let closed = wish_for(&object, &Arc::new(gateway.clone())).closed.unwrap();
    assert_eq!(closed.reason, Reason::Suspended);
    gateway.metadata.deletion_timestamp = object.metadata.creation_timestamp.clone();
    assert_eq!(wish_for(&object, &Arc::new(gateway)).closed.unwrap().reason, Reason::ReferenceNotReady);
}

/// A Service as other projects' users mark it, in a namespace that names a gateway, or in one that does not.
fn of_marked(spec: &Value, labels: &Value, annotations: &[(&str, &str)], names_gateway: bool) -> Claim {
    let object = service_with("mcp", annotations, spec, labels);
    let namespace = namespace(if names_gateway { &[AGENTS] } else { &[] });
    claim(&object, Some(&namespace), |_| Some(open("platform/agents", &[])))
}

#[test]
fn marks_of_other_projects_count_where_the_namespace_or_the_service_names_a_gateway() {
    let ports = |protocol: &str, port: i32| json!({"type": "LoadBalancer", "ports": [{"port": 80}, {"port": port, "appProtocol": protocol}]});
    let plain = json!({"type": "LoadBalancer", "ports": [{"port": 443}]});
    let label = json!({"kagent.dev/mcp-service": "true"});
    let agentgateway = ("agentgateway.dev/mcp-path", "/a");
    let kgateway = ("kgateway.dev/mcp-path", "/k");
    let kagent = [("kagent.dev/mcp-service-path", "/kagent"), ("kagent.dev/mcp-service-port", "9443")];
    let table = [
        (ports("agentgateway.dev/mcp", 8443), json!({}), vec![], None, Some(8443)),
        (ports("kgateway.dev/mcp", 443), json!({}), vec![], None, Some(443)),
        (ports("agentgateway.dev/mcp", 443), json!({}), vec![agentgateway], Some("/a"), Some(443)),
        (ports("kgateway.dev/mcp", 443), json!({}), vec![kgateway], Some("/k"), Some(443)),
        (ports("kgateway.dev/mcp", 443), json!({}), vec![kgateway, agentgateway], Some("/a"), Some(443)),
        (
            ports("kgateway.dev/mcp", 443),
            json!({}),
            vec![agentgateway, (annotations::PATH, "/own")],
            Some("/own"),
            Some(443),
        ),
        (plain.clone(), label.clone(), vec![], None, None),
        (plain.clone(), label.clone(), kagent.to_vec(), Some("/kagent"), Some(9443)),
        (plain.clone(), label.clone(), vec![("kagent.dev/mcp-service-protocol", "STREAMABLE_HTTP")], None, None),
    ];
    for (spec, labels, mut annotations, path, port) in table {
        annotations.push(NAMED);
        assert_eq!(of_marked(&spec, &labels, &annotations, false), Claim::Nothing, "no gateway is named");
        let by_namespace = of_marked(&spec, &labels, &annotations, true);
        annotations.push(AGENTS);
        let by_itself = of_marked(&spec, &labels, &annotations, false);
        assert_eq!(by_itself, by_namespace);
        let Claim::Target(wish) = by_namespace else { panic!("{annotations:?}: {by_namespace:?}") };
        assert_eq!((wish.path.as_deref(), wish.port), (path, port), "{annotations:?}");
    }
}

#[test]
fn what_is_not_marked_or_has_no_load_balancer_stays_as_it_is() {
    let marked = json!([{"port": 443, "appProtocol": "agentgateway.dev/mcp"}]);
    let table = [
        (json!({"type": "LoadBalancer", "ports": [{"port": 443, "appProtocol": "https"}]}), json!({})),
        (json!({"type": "LoadBalancer", "ports": []}), json!({"kagent.dev/mcp-service": "false"})),
        (json!({"type": "ClusterIP", "ports": marked}), json!({})),
        (json!({"ports": marked}), json!({"kagent.dev/mcp-service": "true"})),
    ];
    for (spec, labels) in table {
        assert_eq!(of_marked(&spec, &labels, &[NAMED], true), Claim::Nothing, "{spec}");
    }
}

#[test]
fn a_mark_that_cannot_be_followed_is_told() {
    let two = json!({"type": "LoadBalancer", "ports": [
        {"port": 443, "appProtocol": "agentgateway.dev/mcp"}, {"port": 8443, "appProtocol": "agentgateway.dev/mcp"},
    ]});
    let plain = json!({"type": "LoadBalancer", "ports": [{"port": 443}]});
    let label = json!({"kagent.dev/mcp-service": "true"});
    let table = [
        (two.clone(), json!({}), vec![], "annotation tools.agentcore.dev/port"),
        (plain.clone(), label.clone(), vec![("kagent.dev/mcp-service-protocol", "SSE")], "STREAMABLE_HTTP, the only"),
        (plain, label, vec![("kagent.dev/mcp-service-port", "mcp")], "kagent.dev/mcp-service-port is \"mcp\""),
    ];
    for (spec, labels, mut annotations, expected) in table {
        annotations.push(NAMED);
        let Claim::Unclear(note) = of_marked(&spec, &labels, &annotations, true) else { panic!("{annotations:?}") };
        assert_eq!(note.reason, Reason::Invalid);
        assert!(note.sentence.contains(expected), "{}", note.sentence);
    }
    let Claim::Target(wish) = of_marked(&two, &json!({}), &[NAMED, (annotations::PORT, "8443")], true) else {
        panic!()
    };
    assert_eq!(wish.port, Some(8443));
}

#[test]
fn a_fault_on_the_namespace_is_told_as_one() {
    let spec = json!({"type": "LoadBalancer", "ports": [{"port": 443, "appProtocol": "agentgateway.dev/mcp"}]});
    let object = service_with("mcp", &[NAMED], &spec, &json!({}));
    let Claim::Unclear(note) = claim(&object, Some(&namespace(&[(GATEWAY, "a/b/c")])), |_| None) else { panic!() };
    assert!(note.sentence.ends_with("it stands on the namespace"), "{}", note.sentence);
}
