use serde_json::{from_value, json};

use super::*;

fn deployment(image: &str, replicas: i32) -> Deployment {
    from_value(json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "mcp"},
        "spec": {"replicas": replicas, "selector": {"matchLabels": {"app": "mcp"}}, "template": {
            "metadata": {"labels": {"app": "mcp"}}, "spec": {"containers": [{"name": "mcp", "image": image}]},
        }},
    }))
    .unwrap()
}

#[test]
fn a_template_is_its_labels_and_a_hash_that_moves_with_the_version_and_not_with_the_number_of_pods() {
    let one = deployment("mcp:1", 1);
    assert_eq!(one.spec.template.labels, [("app".to_owned(), "mcp".to_owned())].into());
    assert_eq!(one.spec.template.hash, deployment("mcp:1", 5).spec.template.hash);
    assert_ne!(one.spec.template.hash, deployment("mcp:2", 1).spec.template.hash);
}

#[test]
fn what_is_not_read_does_not_matter_and_what_is_missing_is_nothing() {
    let service: Service =
        from_value(json!({"metadata": {"name": "s"}, "spec": {"clusterIP": "None", "clusterIPs": ["None"]}})).unwrap();
    assert_eq!(service.spec.cluster_ips, ["None"]);
    assert_eq!(service.spec.type_, None);
    let route: HttpRoute =
        from_value(json!({"metadata": {"name": "r"}, "spec": {"rules": [{"filters": [{"type": "X"}]}]}})).unwrap();
    assert_eq!(route.spec.rules.len(), 1);
}
