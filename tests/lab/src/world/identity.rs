//! Who an operator is: a user of the cluster and a caller of AWS, each with the rights that people install and with no others.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::Context;
use k8s_openapi::api::authorization::v1::{ResourceAttributes, SubjectAccessReview, SubjectAccessReviewSpec};
use k8s_openapi::api::rbac::v1::PolicyRule;
use kube::Api;
use kube::api::PostParams;
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::aws::Aws;
use crate::aws::policy::{Placeholders, Policies};
use crate::control_plane::ControlPlane;
use crate::objects::Objects;
use crate::usage::{Right, Rights, single};

const RBAC: &str = "rbac.authorization.k8s.io";

/// How long the API server may take to know new rights.
const PATIENCE: Duration = Duration::from_secs(30);

/// An operator that is to be introduced to a cluster and to an AWS.
#[derive(Clone, Copy)]
pub struct Newcomer<'a> {
    /// Unique among the operators of a process.
    pub name: &'a str,
    /// What it is told to be its cluster's name.
    pub cluster: &'a str,
    /// The namespaces that it watches, by their real names; none: all.
    pub namespaces: &'a [String],
    /// The namespace that it runs in.
    pub own_namespace: &'a str,
}

/// What the newcomer shows from then on.
#[derive(Clone, Debug)]
pub struct Identity {
    /// To the API server.
    pub kubeconfig: PathBuf,
    /// To AWS: the environment variables of its access key.
    pub environment: BTreeMap<String, String>,
}

/// Who the operator of this name is to the API server.
#[must_use]
pub fn user(name: &str) -> String {
    format!("operator:{name}")
}

/// Holds the operator of this name to the repository's policies in an AWS; it signs with the access key that is in the answer, as environment
/// variables.
pub(crate) fn sign_in(aws: &Aws, name: &str, cluster: &str) -> anyhow::Result<BTreeMap<String, String>> {
    grant(aws, name, cluster, |installed| installed)?;
    Ok([("AWS_ACCESS_KEY_ID".to_owned(), access_key(name))].into())
}

impl Newcomer<'_> {
    /// Grants it what `deploy/` grants, bound as the chart binds it, and waits until that holds.
    pub async fn introduce(
        &self,
        control_plane: &ControlPlane,
        objects: &Objects,
        aws: &Aws,
    ) -> anyhow::Result<Identity> {
        let rights = Rights::of_the_repository()?;
        let (of_cluster, of_namespaces) = rights.by_scope();
        if self.namespaces.is_empty() {
            self.bind(objects, "", "everywhere", &rights.cluster).await?;
        } else {
            self.bind(objects, "", "cluster", &of_cluster).await?;
        }
        for namespace in self.namespaces {
            self.bind(objects, namespace, "watched", &of_namespaces).await?;
        }
        self.bind(objects, self.own_namespace, "own", &rights.own_namespace).await?;
        self.wait(control_plane, &rights).await?;
        Ok(Identity {
            kubeconfig: control_plane.kubeconfig_for(&user(self.name), None)?,
            environment: sign_in(aws, self.name, self.cluster)?,
        })
    }

    async fn bind(&self, objects: &Objects, namespace: &str, role: &str, rules: &[PolicyRule]) -> anyhow::Result<()> {
        if rules.is_empty() {
            return Ok(());
        }
        // Operators may share a namespace: the names are each one's own.
        let name = format!("{}:{role}", user(self.name));
        let (kind, metadata) = if namespace.is_empty() {
            ("ClusterRole", json!({"name": name}))
        } else {
            ("Role", json!({"name": name, "namespace": namespace}))
        };
        let version = format!("{RBAC}/v1");
        objects.apply(&json!({"apiVersion": version, "kind": kind, "metadata": metadata, "rules": rules})).await?;
        let binding = json!({
            "apiVersion": version, "kind": format!("{kind}Binding"), "metadata": metadata,
            "roleRef": {"apiGroup": RBAC, "kind": kind, "name": name},
            "subjects": [{"apiGroup": RBAC, "kind": "User", "name": user(self.name)}],
        });
        objects.apply(&binding).await.map(drop)
    }

    /// The API server learns of roles and bindings a moment after it has stored them.
    async fn wait(&self, control_plane: &ControlPlane, rights: &Rights) -> anyhow::Result<()> {
        let reviews: Api<SubjectAccessReview> = Api::all(control_plane.client().await?);
        let (of_cluster, of_namespaces) = rights.by_scope();
        let everywhere = [String::new()];
        let watched = if self.namespaces.is_empty() { &everywhere[..] } else { self.namespaces };
        let mut awaited: Vec<(Option<Right>, &str)> = vec![(of_cluster.iter().flat_map(single).last(), "")];
        awaited
            .extend(watched.iter().map(|namespace| (of_namespaces.iter().flat_map(single).last(), namespace.as_str())));
        // What is limited to a name cannot be asked about without one.
        let own = rights.own_namespace.iter().filter(|rule| rule.resource_names.is_none());
        awaited.push((own.flat_map(single).last(), self.own_namespace));
        let deadline = Instant::now() + PATIENCE;
        for (right, namespace) in awaited {
            let Some(right) = right else { continue };
            while !allowed(&reviews, &user(self.name), &right, namespace).await? {
                anyhow::ensure!(Instant::now() < deadline, "{right} in {namespace} is not granted after {PATIENCE:?}");
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
        Ok(())
    }
}

/// Holds an operator to what `change` leaves of the repository's policies.
pub(super) fn grant(
    aws: &Aws,
    name: &str,
    cluster: &str,
    change: impl FnOnce(Policies) -> Policies,
) -> anyhow::Result<()> {
    let options = aws.options();
    let placeholders = Placeholders::new(&options.account, &options.region, cluster);
    aws.restrict(&access_key(name), change(Policies::of_the_repository(&placeholders)?));
    Ok(())
}

async fn allowed(
    reviews: &Api<SubjectAccessReview>,
    user: &str,
    right: &Right,
    namespace: &str,
) -> anyhow::Result<bool> {
    let (resource, part) = right.resource.split_once('/').unwrap_or((&right.resource, ""));
    let attributes = ResourceAttributes {
        verb: Some(right.verb.clone()),
        group: Some(right.group.clone()),
        resource: Some(resource.to_owned()),
        subresource: Some(part.to_owned()),
        namespace: Some(namespace.to_owned()),
        ..ResourceAttributes::default()
    };
    let spec = SubjectAccessReviewSpec {
        user: Some(user.to_owned()),
        resource_attributes: Some(attributes),
        ..SubjectAccessReviewSpec::default()
    };
    let review = SubjectAccessReview { spec, ..SubjectAccessReview::default() };
    let answer = reviews.create(&PostParams::default(), &review).await.context("rights could not be asked about")?;
    Ok(answer.status.is_some_and(|status| status.allowed))
}

/// An access key of the operator's own, in the form that AWS gives them.
fn access_key(name: &str) -> String {
    let number =
        Sha256::digest(name.as_bytes()).iter().take(6).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    format!("AKIDLAB{number:013X}")
}
