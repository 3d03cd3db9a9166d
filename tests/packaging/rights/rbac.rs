//! The page about the operator's rights in the cluster.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use lab::usage::{Right, Rights};

/// What each kind is for: the group, the kind with its subresource, and the purpose.
const PURPOSES: &[(&str, &str, &str)] = &[
    (
        "",
        "configmaps",
        "OpenAPI documents and authorities' certificates are read; the one that `connectionConfigMap` names is written",
    ),
    (
        "",
        "namespaces",
        "their labels decide whose targets a Gateway takes; the uid of `kube-system` is the cluster's name when none is given",
    ),
    ("", "pods", "of which release the servers behind a Service are"),
    ("", "services", "where endpoints come from, and what asks for a target by annotation"),
    ("apps", "daemonsets", "how far a rollout is: targets are synchronized after it"),
    ("apps", "deployments", "how far a rollout is: targets are synchronized after it"),
    ("apps", "statefulsets", "how far a rollout is: targets are synchronized after it"),
    ("coordination.k8s.io", "leases", "one of several replicas leads"),
    ("discovery.k8s.io", "endpointslices", "which pods answer for a Service"),
    ("events.k8s.io", "events", "people are told what happened"),
    ("gateway.networking.k8s.io", "gateways", "the load balancer that an HTTPRoute is served by"),
    ("gateway.networking.k8s.io", "httproutes", "where endpoints come from, and what asks for a target by annotation"),
    (
        "gateway.networking.k8s.io",
        "referencegrants",
        "whether a target may refer to a Service or a route of another namespace",
    ),
    ("networking.k8s.io", "ingresses", "where endpoints come from, and what asks for a target by annotation"),
    (
        "networking.k8s.io",
        "servicecidrs",
        "which addresses are those of Services: they are never called as a load balancer's",
    ),
    ("tools.agentcore.dev", "gateways", "specs are read, finalizers written"),
    ("tools.agentcore.dev", "gateways/status", "what became of it is written"),
    (
        "tools.agentcore.dev",
        "gatewaytargets",
        "specs are read, finalizers written; those of annotated objects are made, corrected and deleted",
    ),
    ("tools.agentcore.dev", "gatewaytargets/status", "what became of it is written"),
    ("tools.agentcore.dev", "resourceconfigurations", "specs are read, finalizers written"),
    ("tools.agentcore.dev", "resourceconfigurations/status", "what became of it is written"),
    ("tools.agentcore.dev", "resourcegateways", "specs are read, finalizers written"),
    ("tools.agentcore.dev", "resourcegateways/status", "what became of it is written"),
];

/// In the order in which people say them.
const VERBS: [&str; 8] = ["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"];

#[test]
fn the_page_is_what_the_manifest_says() -> anyhow::Result<()> {
    super::golden("rbac.md", &page(&Rights::of_the_repository()?)?)
}

#[test]
fn every_kind_has_a_purpose_and_every_purpose_a_kind() -> anyhow::Result<()> {
    let granted: BTreeSet<(String, String)> =
        Rights::of_the_repository()?.all().into_iter().map(|right| (right.group, right.resource)).collect();
    let told: BTreeSet<(String, String)> =
        PURPOSES.iter().map(|(group, resource, _)| ((*group).to_owned(), (*resource).to_owned())).collect();
    assert_eq!(granted, told);
    Ok(())
}

fn page(rights: &Rights) -> anyhow::Result<String> {
    let (of_cluster, of_namespaces) = rights.by_scope();
    let mut page = INTRODUCTION.to_owned();
    let parts = [
        ("In the cluster", "However few namespaces it watches.", &of_cluster),
        ("In the namespaces that it watches", NAMESPACES, &of_namespaces),
        ("In its own namespace", "", &rights.own_namespace),
    ];
    for (title, remark, rules) in parts {
        let mut table: BTreeMap<(String, String), BTreeSet<Right>> = BTreeMap::new();
        for rule in rules {
            let names = rule.resource_names.clone().unwrap_or_default().join(", ");
            for right in lab::usage::single(rule) {
                let key = (right.group.clone(), right.resource.clone());
                table.entry((key.0, with_names(&key.1, &names))).or_default().insert(right);
            }
        }
        if table.is_empty() {
            continue;
        }
        write!(page, "\n## {title}\n\n")?;
        if !remark.is_empty() {
            write!(page, "{remark}\n\n")?;
        }
        page += "| Group | Kind | Verbs | What for |\n|---|---|---|---|\n";
        for ((group, shown), rights) in table {
            let has = |verb: &&str| rights.iter().any(|right| right.verb == **verb);
            let verbs: Vec<&str> = VERBS.iter().filter(|verb| has(verb)).copied().collect();
            assert_eq!(verbs.len(), rights.len(), "{group} {shown} has a verb that has no place in the page");
            let group = if group.is_empty() { "core" } else { &group };
            let resource = rights.first().map(|right| right.resource.clone()).unwrap_or_default();
            let own = rights.first().map(|right| right.group.clone()).unwrap_or_default();
            let purpose = PURPOSES.iter().find(|(group, kind, _)| *group == own && *kind == resource);
            let purpose = purpose.map_or("", |(.., purpose)| purpose);
            writeln!(page, "| {group} | {shown} | {} | {purpose} |", verbs.join(", "))?;
        }
    }
    page += NOT_GRANTED;
    Ok(page)
}

fn with_names(resource: &str, names: &str) -> String {
    if names.is_empty() { format!("`{resource}`") } else { format!("`{resource}` named `{names}`") }
}

const NAMESPACES: &str = "\
All of them, or a Role in each of those that `watchNamespaces` lists. A Role goes with its namespace: before you delete one of these namespaces,
delete the operator's objects in it. Otherwise the Role may be gone before the operator has removed its finalizers, and the namespace waits
for ever.";

const INTRODUCTION: &str = "\
# What the operator may do in the cluster

<!-- Generated by `make generate` from deploy/operator.yaml and tests/packaging/rights/rbac.rs -->

These are the rights of the operator's ServiceAccount, as the chart and `deploy/operator.yaml` grant them. In the operator's tests it runs with
exactly these, and what they grant and no test uses fails the tests.
";

const NOT_GRANTED: &str = "
## What is not granted

No Secret is read, in any namespace: AWS credentials come from the pod's identity, and the credentials of targets stay in AWS. There is no
wildcard; no `escalate`, `bind` or `impersonate`; and nothing that leads into other people's pods.
";
