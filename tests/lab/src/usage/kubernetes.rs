//! Rights in Kubernetes: those that the operator is granted, and those that it used.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use k8s_openapi::api::rbac::v1::PolicyRule;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::control_plane::AuditEvent;
use crate::objects::parse;

/// Kinds that have no namespace, of those that operators are granted something with.
const OF_CLUSTER: [&str; 2] = ["namespaces", "servicecidrs"];

/// A verb with a kind.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Right {
    /// `get`, `list` and so on.
    pub verb: String,
    /// The API group, empty for the core.
    pub group: String,
    /// The plural of the kind, with its subresource: `gateways/status`.
    pub resource: String,
}

impl Right {
    /// What a request used.
    #[must_use]
    pub fn used(event: &AuditEvent) -> Right {
        let resource = match event.subresource.as_str() {
            "" => event.resource.clone(),
            part => format!("{}/{part}", event.resource),
        };
        Right { verb: event.verb.clone(), group: event.group.clone(), resource }
    }
}

impl std::fmt::Display for Right {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Right { verb, group, resource } = self;
        if group.is_empty() {
            write!(formatter, "{verb} {resource}")
        } else {
            write!(formatter, "{verb} {resource}.{group}")
        }
    }
}

/// What the operator is granted.
#[derive(Clone, Debug, Default)]
pub struct Rights {
    /// In the cluster, by a `ClusterRoleBinding`.
    pub cluster: Vec<PolicyRule>,
    /// In the namespace that it runs in, by a `RoleBinding`.
    pub own_namespace: Vec<PolicyRule>,
}

impl Rights {
    /// What people install: the roles in [`file`].
    pub fn of_the_repository() -> anyhow::Result<Rights> {
        let file = file();
        let text = std::fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
        Rights::read(&text).with_context(|| file.display().to_string())
    }

    /// The rules of the roles that a manifest binds; roles that it only defines are for others.
    pub fn read(manifest: &str) -> anyhow::Result<Rights> {
        let objects = parse(manifest)?;
        let of_kind = |kind: &'static str| objects.iter().filter(move |object| object["kind"] == kind);
        let mut rights = Rights::default();
        for binding in of_kind("ClusterRoleBinding").chain(of_kind("RoleBinding")) {
            let (kind, name) = (&binding["roleRef"]["kind"], &binding["roleRef"]["name"]);
            let namespace = if kind == "Role" { &binding["metadata"]["namespace"] } else { &Value::Null };
            let role = objects.iter().find(|role| {
                role["kind"] == *kind
                    && role["metadata"]["name"] == *name
                    && role["metadata"]["namespace"] == *namespace
            });
            let role = role.with_context(|| format!("there is no {kind} {name}, which is bound"))?;
            let rules: Vec<PolicyRule> = serde_json::from_value(role["rules"].clone())?;
            for rule in rules {
                ensure!(rule.non_resource_urls.is_none(), "{kind} {name} is about paths, not resources");
                if binding["kind"] == "ClusterRoleBinding" { &mut rights.cluster } else { &mut rights.own_namespace }
                    .push(rule);
            }
        }
        ensure!(!rights.cluster.is_empty(), "no role is bound in the cluster");
        Ok(rights)
    }

    /// All of them, one by one.
    #[must_use]
    pub fn all(&self) -> BTreeSet<Right> {
        self.cluster.iter().chain(&self.own_namespace).flat_map(single).collect()
    }

    /// The rules about kinds that have no namespace, and those about kinds that have one: an operator that watches some namespaces only
    /// has these in each of them.
    #[must_use]
    pub fn by_scope(&self) -> (Vec<PolicyRule>, Vec<PolicyRule>) {
        let part = |of_cluster: bool| {
            let rules = self.cluster.iter().cloned().map(|mut rule| {
                let kept = |resource: &String| OF_CLUSTER.contains(&resource.as_str()) == of_cluster;
                rule.resources = rule.resources.map(|all| all.into_iter().filter(kept).collect());
                rule
            });
            rules.filter(|rule| rule.resources.as_ref().is_some_and(|resources| !resources.is_empty())).collect()
        };
        (part(true), part(false))
    }

    /// Why these rights are more than an operator should ever ask for, one sentence each.
    #[must_use]
    pub fn excesses(&self) -> Vec<String> {
        let mut excesses = Vec::new();
        for (rules, everywhere) in [(&self.cluster, true), (&self.own_namespace, false)] {
            for right in rules.iter().flat_map(single) {
                let Right { verb, group, resource } = &right;
                if [verb, group, resource].iter().any(|text| text.contains('*')) {
                    excesses.push(format!("{right}: a wildcard grants what nobody has thought of"));
                }
                if matches!(verb.as_str(), "escalate" | "bind" | "impersonate") {
                    excesses.push(format!("{right}: with it, every other right can be had"));
                }
                if resource == "secrets" && everywhere {
                    excesses.push(format!("{right}: the Secrets of all namespaces are nobody's to read"));
                }
                let runs_code =
                    ["pods/exec", "pods/attach", "pods/portforward", "serviceaccounts/token", "nodes/proxy"];
                if runs_code.contains(&resource.as_str()) {
                    excesses.push(format!("{right}: it leads into other people's workloads"));
                }
            }
        }
        excesses
    }
}

/// Where the rights stand that people install.
#[must_use]
pub fn file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/operator.yaml")
}

/// A rule's rights, one by one.
pub fn single(rule: &PolicyRule) -> impl Iterator<Item = Right> {
    let (groups, resources) = (rule.api_groups.clone().unwrap_or_default(), rule.resources.clone().unwrap_or_default());
    let verbs = rule.verbs.clone();
    groups.into_iter().flat_map(move |group| {
        let verbs = verbs.clone();
        resources.clone().into_iter().flat_map(move |resource| {
            let group = group.clone();
            verbs.clone().into_iter().map(move |verb| Right { verb, group: group.clone(), resource: resource.clone() })
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: &str = r#"
kind: ClusterRole
metadata: {name: operator}
rules:
- {apiGroups: [""], resources: [services, namespaces], verbs: [list]}
- {apiGroups: [apps], resources: [deployments], verbs: [get, list]}
---
kind: ClusterRole
metadata: {name: for-people}
rules:
- {apiGroups: ["*"], resources: ["*"], verbs: ["*"]}
---
kind: Role
metadata: {name: lease, namespace: system}
rules:
- {apiGroups: [coordination.k8s.io], resources: [leases], verbs: [create]}
---
kind: ClusterRoleBinding
metadata: {name: operator}
roleRef: {kind: ClusterRole, name: operator}
---
kind: RoleBinding
metadata: {name: lease, namespace: system}
roleRef: {kind: Role, name: lease}
"#;

    fn told(rights: impl IntoIterator<Item = Right>) -> Vec<String> {
        rights.into_iter().map(|right| right.to_string()).collect()
    }

    #[test]
    fn what_is_bound_is_granted_and_nothing_else() -> anyhow::Result<()> {
        let rights = Rights::read(MANIFEST)?;
        let mut all = told(rights.all());
        all.sort();
        assert_eq!(
            all,
            [
                "create leases.coordination.k8s.io",
                "get deployments.apps",
                "list deployments.apps",
                "list namespaces",
                "list services"
            ]
        );
        let (of_cluster, of_namespaces) = rights.by_scope();
        assert_eq!(told(of_cluster.iter().flat_map(single)), ["list namespaces"]);
        assert_eq!(
            told(of_namespaces.iter().flat_map(single)),
            ["list services", "get deployments.apps", "list deployments.apps"]
        );
        assert!(Rights::read(&MANIFEST.replace("{kind: Role, name: lease}", "{kind: Role, name: other}")).is_err());
        Ok(())
    }

    #[test]
    fn every_excess_is_told() -> anyhow::Result<()> {
        let granting = |rule: &str| {
            let rules = "- {apiGroups: [apps], resources: [deployments], verbs: [get, list]}";
            Rights::read(&MANIFEST.replace(rules, rule)).map(|rights| rights.excesses().len())
        };
        let table = [
            ("- {apiGroups: [apps], resources: [deployments], verbs: [get]}", 0),
            ("- {apiGroups: [apps], resources: [deployments], verbs: ['*']}", 1),
            ("- {apiGroups: ['*'], resources: [deployments], verbs: [get]}", 1),
            ("- {apiGroups: [apps], resources: ['*/status'], verbs: [get]}", 1),
            ("- {apiGroups: [rbac.authorization.k8s.io], resources: [clusterroles], verbs: [bind, escalate]}", 2),
            ("- {apiGroups: [''], resources: [users], verbs: [impersonate]}", 1),
            ("- {apiGroups: [''], resources: [secrets], verbs: [get]}", 1),
            ("- {apiGroups: [''], resources: [pods/exec], verbs: [create]}", 1),
        ];
        for (rule, expected) in table {
            assert_eq!(granting(rule)?, expected, "{rule}");
        }
        Ok(())
    }

    #[test]
    fn the_operator_is_granted_no_excess() -> anyhow::Result<()> {
        assert_eq!(Rights::of_the_repository()?.excesses(), [""; 0]);
        Ok(())
    }
}
