use serde_json::{from_value, json};

use super::*;
use crate::workload::hop::Truth;

fn source(kind: Kind) -> Source {
    Source { kind, namespace: "there".into(), name: "web".into(), parent: None, load_balancer: None }
}

fn referrer() -> Referrer<'static> {
    Referrer { kind: "GatewayTarget", namespace: "here" }
}

#[test]
fn a_grant_names_who_and_what() {
    let grant = |from: serde_json::Value, to: serde_json::Value| -> ReferenceGrant {
        from_value(json!({"metadata": {"name": "g"}, "spec": {"from": [from], "to": [to]}})).unwrap()
    };
    let who = json!({"group": "tools.agentcore.dev", "kind": "GatewayTarget", "namespace": "here"});
    let table = [
        (who.clone(), json!({"group": "", "kind": "Service"}), true),
        (who.clone(), json!({"group": "", "kind": "Service", "name": "web"}), true),
        (who.clone(), json!({"group": "", "kind": "Service", "name": "other"}), false),
        (who.clone(), json!({"group": "", "kind": "Secret"}), false),
        (who.clone(), json!({"group": "networking.k8s.io", "kind": "Service"}), false),
        (
            json!({"group": "", "kind": "GatewayTarget", "namespace": "here"}),
            json!({"group": "", "kind": "Service"}),
            false,
        ),
        (
            json!({"group": "tools.agentcore.dev", "kind": "ResourceGateway", "namespace": "here"}),
            json!({"group": "", "kind": "Service"}),
            false,
        ),
        (
            json!({"group": "tools.agentcore.dev", "kind": "GatewayTarget", "namespace": "elsewhere"}),
            json!({"group": "", "kind": "Service"}),
            false,
        ),
    ];
    for (from, to, expected) in table {
        assert_eq!(
            permits(&grant(from.clone(), to.clone()), referrer(), &source(Kind::Service)),
            expected,
            "{from} {to}"
        );
    }
}

#[test]
fn the_annotation_names_namespaces() {
    for (value, expected) in [
        (Some("here"), true),
        (Some("a, here ,b"), true),
        (Some("*"), true),
        (Some("he"), false),
        (Some("here-too"), false),
        (Some(""), false),
        (None, false),
    ] {
        assert_eq!(lets_in(value.map(str::to_owned).as_ref(), referrer()), expected, "{value:?}");
    }
}

fn reason(found: Result<String, Verdict>) -> String {
    found.unwrap_or_else(|verdict| verdict.reason.to_string())
}

#[test]
fn a_service_needs_a_load_balancer_and_its_name() {
    let service = |spec: serde_json::Value, hosts: &[&str]| {
        let entries: Vec<_> = hosts.iter().map(|host| json!({"hostname": host})).collect();
        let service: Service =
            from_value(json!({"metadata": {"name": "web", "namespace": "there"}, "spec": spec, "status": {"loadBalancer": {"ingress": entries}}}))
                .unwrap();
        reason(of_service(&service, &source(Kind::Service)).load_balancer)
    };
    assert_eq!(service(json!({}), &["lb.example"]), "LoadBalancerNotFound");
    assert_eq!(service(json!({"type": "NodePort"}), &["lb.example"]), "LoadBalancerNotFound");
    assert_eq!(service(json!({"type": "LoadBalancer"}), &[]), "LoadBalancerPending");
    assert_eq!(service(json!({"type": "LoadBalancer"}), &["lb.example"]), "lb.example");
    assert_eq!(service(json!({"type": "LoadBalancer"}), &["lb.example", "other.example"]), "LoadBalancerAmbiguous");
}

fn ingress() -> Ingress {
    let backend = |name: &str| json!({"service": {"name": name, "port": {"number": 80}}});
    from_value(json!({
        "metadata": {"name": "web", "namespace": "there"},
        "spec": {"rules": [
            {"host": "Api.Example.com", "http": {"paths": [
                {"path": "/", "pathType": "Prefix", "backend": backend("root")},
                {"path": "/mcp", "pathType": "Prefix", "backend": backend("mcp")},
                {"path": "/mcp/exact", "pathType": "Exact", "backend": backend("exact")},
            ]}},
            {"host": "*.wild.example.com", "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend("wild")}]}},
            {"http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend("any")}]}},
        ]},
        "status": {"loadBalancer": {"ingress": [{"hostname": "lb.example"}]}},
    }))
    .unwrap()
}

#[test]
fn an_ingress_tells_hosts_and_who_is_behind_them() {
    let located = of_ingress(&ingress(), &source(Kind::Ingress));
    assert_eq!(located.load_balancer, Ok("lb.example".to_owned()));
    assert_eq!(located.hosts, ["api.example.com"]);
    for (host, path, expected) in [
        ("api.example.com", "/", "root"),
        ("api.example.com", "/other", "root"),
        ("api.example.com", "/mcp", "mcp"),
        ("api.example.com", "/mcp/deeper", "mcp"),
        ("api.example.com", "/mcpx", "root"),
        ("api.example.com", "/mcp/exact", "exact"),
        ("a.wild.example.com", "/", "wild"),
        ("a.b.wild.example.com", "/", "any"),
        ("other.example.com", "/", "any"),
    ] {
        let behind = service_behind(&located.routes, host, path);
        assert_eq!(behind, Some(("there".to_owned(), expected.to_owned())), "{host}{path}");
    }
}

#[test]
fn what_leads_to_several_services_is_not_certain() {
    let route = |path: &str, name: &str| Route {
        host: None,
        path: path.into(),
        exact: false,
        service: Some(("there".into(), name.into())),
    };
    assert_eq!(service_behind(&[route("/", "one"), route("/", "two")], "h", "/"), None);
    assert_eq!(service_behind(&[], "h", "/"), None);
    assert_eq!(service_behind(&[route("/mcp", "one")], "h", "/other"), None);
}

#[test]
fn the_only_host_is_the_default() {
    let located = |hosts: &[&str]| Located {
        load_balancer: Ok("lb".into()),
        hosts: hosts.iter().map(|host| (*host).to_owned()).collect(),
        routes: Vec::new(),
        deleting: false,
    };
    let source = source(Kind::Ingress);
    assert_eq!(host(Some("said.example"), &located(&["a", "b"]), &source), Ok("said.example".to_owned()));
    assert_eq!(host(None, &located(&["a"]), &source), Ok("a".to_owned()));
    for hosts in [&[][..], &["a", "b"][..]] {
        assert_eq!(host(None, &located(hosts), &source).unwrap_err().reason(), Reason::HostAmbiguous);
    }
}

fn route(parents: &serde_json::Value) -> HttpRoute {
    from_value(json!({
        "metadata": {"name": "web", "namespace": "there"},
        "spec": {"hostnames": ["mcp.example.com"], "rules": [
            {"matches": [{"path": {"type": "PathPrefix", "value": "/mcp"}}], "backendRefs": [{"name": "mcp", "port": 80}]},
            {"backendRefs": [{"name": "one", "weight": 0}, {"name": "two", "namespace": "else"}]},
        ]},
        "status": {"parents": parents},
    }))
    .unwrap()
}

fn verdict_of(name: &str, accepted: &str) -> serde_json::Value {
    json!({"parentRef": {"name": name}, "controllerName": "x", "conditions": [
        {"type": "Accepted", "status": accepted, "reason": "R", "message": "", "lastTransitionTime": "2026-11-20T09:00:00Z"},
    ]})
}

#[test]
fn a_route_is_served_by_the_one_parent_that_accepted_it() {
    let place = |name: &str| Ok(("there".to_owned(), name.to_owned()));
    let wanted = ParentRef { name: "b".into(), namespace: None };
    assert_eq!(parent_of(&route(&json!([verdict_of("a", "True")])), None), place("a"));
    assert_eq!(parent_of(&route(&json!([verdict_of("a", "True"), verdict_of("b", "False")])), None), place("a"));
    assert_eq!(
        parent_of(&route(&json!([verdict_of("a", "True"), verdict_of("b", "True")])), Some(&wanted)),
        place("b")
    );
    let why = |parents, wanted| {
        let verdict = parent_of(&route(&parents), wanted).unwrap_err();
        assert_eq!(verdict.status, Truth::False);
        verdict.reason
    };
    assert_eq!(why(json!([]), None), Reason::RouteNotAccepted);
    assert_eq!(why(json!([verdict_of("a", "False")]), None), Reason::RouteNotAccepted);
    assert_eq!(
        why(json!([verdict_of("a", "True"), verdict_of("b", "False")]), Some(&wanted)),
        Reason::RouteNotAccepted
    );
    assert_eq!(why(json!([verdict_of("a", "True"), verdict_of("b", "True")]), None), Reason::LoadBalancerAmbiguous);
}

#[test]
fn a_route_tells_hosts_and_who_is_behind_them() {
    let located = of_route(&route(&json!([])));
    assert_eq!(located.hosts, ["mcp.example.com"]);
    let behind = |path| service_behind(&located.routes, "mcp.example.com", path);
    assert_eq!(behind("/mcp"), Some(("there".to_owned(), "mcp".to_owned())));
    assert_eq!(behind("/"), Some(("else".to_owned(), "two".to_owned())));
}

#[test]
fn a_parent_tells_its_load_balancer_by_name() {
    let parent = |addresses: serde_json::Value| -> RouteParent {
        from_value(json!({"metadata": {"name": "p"}, "status": {"addresses": addresses}})).unwrap()
    };
    let name = |addresses| reason(of_parent(Some(&parent(addresses)), "there", "p", &source(Kind::HttpRoute)));
    assert_eq!(name(json!([{"type": "Hostname", "value": "lb.example"}])), "lb.example");
    assert_eq!(name(json!([{"value": "10.0.0.1"}])), "LoadBalancerPending");
    assert_eq!(name(json!([])), "LoadBalancerPending");
    assert_eq!(reason(of_parent(None, "there", "p", &source(Kind::HttpRoute))), "LoadBalancerPending");
}
