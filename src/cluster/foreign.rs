//! Objects that are not ours, as far as we read them. What is not named here is never parsed and never kept: copies of thousands of
//! Services and Deployments stay small.
//!
//! The kinds of the Gateway API may be absent from a cluster; a copy of what is not served is empty (see [`super::stores`]).

use std::{borrow::Cow, collections::BTreeMap};

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use kube::{
    api::ObjectMeta,
    core::{NamespaceResourceScope, Resource},
};
use serde::{Deserialize, Deserializer, Serialize};

use crate::aws::ownership::hash;

/// The group of the Gateway API.
pub const GATEWAY_API: &str = "gateway.networking.k8s.io";

/// The group of Ingresses.
pub const NETWORKING: &str = "networking.k8s.io";

/// Declares structs of which every member may be missing.
macro_rules! parts {
    ($($(#[$meta:meta])+ $name:ident { $($(#[$field_meta:meta])+ $field:ident: $type:ty,)+ })+) => {
        $($(#[$meta])+
        #[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
        #[serde(rename_all = "camelCase", default)]
        pub struct $name {
            $($(#[$field_meta])+ pub $field: $type,)+
        }
        )+
    };
}

/// Says what kinds are called.
macro_rules! kinds {
    ($($name:ident = $group:expr, $version:literal, $kind:literal, $plural:literal;)+) => {
        $(impl Resource for $name {
            type DynamicType = ();
            type Scope = NamespaceResourceScope;

            fn kind((): &()) -> Cow<'_, str> {
                $kind.into()
            }

            fn group((): &()) -> Cow<'_, str> {
                $group.into()
            }

            fn version((): &()) -> Cow<'_, str> {
                $version.into()
            }

            fn plural((): &()) -> Cow<'_, str> {
                $plural.into()
            }

            fn meta(&self) -> &ObjectMeta {
                &self.metadata
            }

            fn meta_mut(&mut self) -> &mut ObjectMeta {
                &mut self.metadata
            }
        })+
    };
}

kinds! {
    Service = "", "v1", "Service", "services";
    Ingress = NETWORKING, "v1", "Ingress", "ingresses";
    Deployment = "apps", "v1", "Deployment", "deployments";
    StatefulSet = "apps", "v1", "StatefulSet", "statefulsets";
    DaemonSet = "apps", "v1", "DaemonSet", "daemonsets";
    HttpRoute = GATEWAY_API, "v1", "HTTPRoute", "httproutes";
    RouteParent = GATEWAY_API, "v1", "Gateway", "gateways";
    ReferenceGrant = GATEWAY_API, "v1beta1", "ReferenceGrant", "referencegrants";
    EndpointSlice = "discovery.k8s.io", "v1", "EndpointSlice", "endpointslices";
    Pod = "", "v1", "Pod", "pods";
}

parts! {
    /// A Service.
    Service {
        /// Its metadata.
        metadata: ObjectMeta,
        /// What it asks for.
        spec: ServiceSpec,
        /// What became of it.
        status: LoadBalancedStatus,
    }

    /// What a Service asks for.
    ServiceSpec {
        /// `ClusterIP`, `NodePort`, `LoadBalancer` or `ExternalName`.
        #[serde(rename = "type")]
        type_: Option<String>,
        /// The labels of its pods.
        selector: BTreeMap<String, String>,
        /// Its ports.
        ports: Vec<ServicePort>,
        /// Its addresses inside the cluster.
        #[serde(rename = "clusterIPs")]
        cluster_ips: Vec<String>,
    }

    /// A port of a Service.
    ServicePort {
        /// Its name.
        name: Option<String>,
        /// Its number.
        port: i32,
        /// What is spoken there, for example `agentgateway.dev/mcp`.
        app_protocol: Option<String>,
    }

    /// What became of an object that asks for a load balancer.
    LoadBalancedStatus {
        /// The load balancers.
        load_balancer: LoadBalancers,
    }

    /// The load balancers of an object.
    LoadBalancers {
        /// One entry a name or address.
        ingress: Vec<LoadBalancerEntry>,
    }

    /// A name or address of a load balancer.
    LoadBalancerEntry {
        /// The load balancer's name in DNS.
        hostname: Option<String>,
        /// The load balancer's address.
        ip: Option<String>,
    }

    /// An Ingress.
    Ingress {
        /// Its metadata.
        metadata: ObjectMeta,
        /// What it asks for.
        spec: IngressSpec,
        /// What became of it.
        status: LoadBalancedStatus,
    }

    /// What an Ingress asks for.
    IngressSpec {
        /// Who makes it so.
        ingress_class_name: Option<String>,
        /// Who gets what no rule takes.
        default_backend: Option<IngressBackend>,
        /// Which host and path lead where.
        rules: Vec<IngressRule>,
    }

    /// One host of an Ingress.
    IngressRule {
        /// The host; none: every host.
        host: Option<String>,
        /// Its paths.
        http: IngressPaths,
    }

    /// The paths of one host.
    IngressPaths {
        /// The paths.
        paths: Vec<IngressPath>,
    }

    /// One path of an Ingress.
    IngressPath {
        /// The path.
        path: Option<String>,
        /// `Exact`, `Prefix` or `ImplementationSpecific`.
        path_type: String,
        /// Where it leads.
        backend: IngressBackend,
    }

    /// Where a path leads.
    IngressBackend {
        /// A Service of the same namespace.
        service: Option<BackendService>,
    }

    /// A Service that a path leads to.
    BackendService {
        /// Its name.
        name: String,
    }

    /// An HTTPRoute of the Gateway API.
    HttpRoute {
        /// Its metadata.
        metadata: ObjectMeta,
        /// What it asks for.
        spec: HttpRouteSpec,
        /// What became of it.
        status: HttpRouteStatus,
    }

    /// What an HTTPRoute asks for.
    HttpRouteSpec {
        /// The hosts; none: those of the parents' listeners.
        hostnames: Vec<String>,
        /// Which request leads where.
        rules: Vec<HttpRouteRule>,
    }

    /// Which requests lead where.
    HttpRouteRule {
        /// Requests of which one has to match; none: every request.
        matches: Vec<HttpRouteMatch>,
        /// Where they lead.
        backend_refs: Vec<BackendRef>,
    }

    /// What a request has to be like.
    HttpRouteMatch {
        /// Its path.
        path: Option<HttpPathMatch>,
    }

    /// What a path has to be like.
    HttpPathMatch {
        /// `Exact`, `PathPrefix` (the default) or `RegularExpression`.
        #[serde(rename = "type")]
        type_: Option<String>,
        /// The path, by default `/`.
        value: Option<String>,
    }

    /// Where requests lead.
    BackendRef {
        /// The group, by default that of Services.
        group: Option<String>,
        /// The kind, by default `Service`.
        kind: Option<String>,
        /// The name.
        name: String,
        /// The namespace, by default the route's.
        namespace: Option<String>,
        /// Its share of the requests, by default 1.
        weight: Option<i32>,
    }

    /// What became of an HTTPRoute.
    HttpRouteStatus {
        /// What each parent made of it.
        parents: Vec<RouteParentVerdict>,
    }

    /// What a parent made of a route.
    RouteParentVerdict {
        /// The parent.
        parent_ref: RouteParentRef,
        /// Whether it took the route: `Accepted`, `ResolvedRefs`.
        conditions: Vec<Condition>,
    }

    /// Names a parent.
    RouteParentRef {
        /// The group, by default the Gateway API's.
        group: Option<String>,
        /// The kind, by default `Gateway`.
        kind: Option<String>,
        /// The name.
        name: String,
        /// The namespace, by default the route's.
        namespace: Option<String>,
    }

    /// A Gateway of the Gateway API: what HTTPRoutes attach to.
    RouteParent {
        /// Its metadata.
        metadata: ObjectMeta,
        /// What became of it.
        status: RouteParentStatus,
    }

    /// What became of a Gateway of the Gateway API.
    RouteParentStatus {
        /// Where it is reached.
        addresses: Vec<RouteParentAddress>,
    }

    /// Where a Gateway of the Gateway API is reached.
    RouteParentAddress {
        /// `Hostname` or `IPAddress` (the default).
        #[serde(rename = "type")]
        type_: Option<String>,
        /// The name or address.
        value: String,
    }

    /// A ReferenceGrant of the Gateway API: who from elsewhere may refer to objects of its namespace.
    ReferenceGrant {
        /// Its metadata.
        metadata: ObjectMeta,
        /// Who may refer to what.
        spec: ReferenceGrantSpec,
    }

    /// Who may refer to what.
    ReferenceGrantSpec {
        /// Who.
        from: Vec<GrantFrom>,
        /// To what.
        to: Vec<GrantTo>,
    }

    /// Who may refer.
    GrantFrom {
        /// Its group.
        group: String,
        /// Its kind.
        kind: String,
        /// Its namespace.
        namespace: String,
    }

    /// What may be referred to.
    GrantTo {
        /// Its group.
        group: String,
        /// Its kind.
        kind: String,
        /// Its name; none: all of the kind.
        name: Option<String>,
    }

    /// A Deployment.
    Deployment {
        /// Its metadata.
        metadata: ObjectMeta,
        /// What it asks for.
        spec: WorkloadSpec,
        /// What became of it.
        status: WorkloadStatus,
    }

    /// A StatefulSet.
    StatefulSet {
        /// Its metadata.
        metadata: ObjectMeta,
        /// What it asks for.
        spec: WorkloadSpec,
        /// What became of it.
        status: WorkloadStatus,
    }

    /// A DaemonSet.
    DaemonSet {
        /// Its metadata.
        metadata: ObjectMeta,
        /// What it asks for.
        spec: WorkloadSpec,
        /// What became of it.
        status: WorkloadStatus,
    }

    /// What a workload asks for.
    WorkloadSpec {
        /// How many pods; DaemonSets do not say.
        replicas: Option<i32>,
        /// Its pods.
        template: PodTemplate,
    }

    /// What became of a workload. Deployments and StatefulSets speak of replicas, DaemonSets of numbers.
    WorkloadStatus {
        /// The generation that its controller has seen.
        observed_generation: Option<i64>,
        /// Pods there are, of any version.
        replicas: i32,
        /// Pods of the newest version.
        updated_replicas: i32,
        /// Pods that are ready.
        ready_replicas: i32,
        /// Pods that have been ready for long enough.
        available_replicas: i32,
        /// StatefulSet: the version that pods had before.
        current_revision: Option<String>,
        /// StatefulSet: the version that pods get.
        update_revision: Option<String>,
        /// DaemonSet: nodes that should have a pod.
        desired_number_scheduled: i32,
        /// DaemonSet: nodes with a pod of the newest version.
        updated_number_scheduled: i32,
        /// DaemonSet: nodes with a pod that is ready.
        number_ready: i32,
        /// DaemonSet: nodes with a pod that has been ready for long enough.
        number_available: i32,
    }

    /// The pods behind a Service.
    EndpointSlice {
        /// Its metadata.
        metadata: ObjectMeta,
        /// One entry a pod.
        endpoints: Vec<Endpoint>,
    }

    /// A pod behind a Service.
    Endpoint {
        /// What it is good for.
        conditions: EndpointConditions,
    }

    /// What a pod behind a Service is good for.
    EndpointConditions {
        /// It may be called; nothing said means yes.
        ready: Option<bool>,
    }

    /// A Pod.
    Pod {
        /// Its metadata.
        metadata: ObjectMeta,
        /// What became of it.
        status: PodStatus,
    }

    /// What became of a Pod.
    PodStatus {
        /// `Pending`, `Running`, `Succeeded`, `Failed` or `Unknown`.
        phase: Option<String>,
        /// Its containers.
        container_statuses: Vec<ContainerStatus>,
        /// Those that run before.
        init_container_statuses: Vec<ContainerStatus>,
    }

    /// What became of a container.
    ContainerStatus {
        /// Its name.
        name: String,
        /// What it does.
        state: ContainerState,
    }

    /// What a container does.
    ContainerState {
        /// It waits.
        waiting: Option<ContainerWaiting>,
    }

    /// Why a container waits.
    ContainerWaiting {
        /// Why, in one word: `CrashLoopBackOff`, `ImagePullBackOff`.
        reason: Option<String>,
    }
}

/// The pods of a workload: of the template only its labels and a hash of all of it are kept, which is another for every version.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PodTemplate {
    /// The labels of the pods.
    pub labels: BTreeMap<String, String>,
    /// A hash of the whole template.
    pub hash: String,
}

impl<'de> Deserialize<'de> for PodTemplate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // serde_json's maps are sorted: equal templates have equal texts.
        let template = serde_json::Value::deserialize(deserializer)?;
        let labels = template.pointer("/metadata/labels").cloned().unwrap_or_default();
        Ok(Self { labels: serde_json::from_value(labels).unwrap_or_default(), hash: hash(&template.to_string(), 16) })
    }
}

#[cfg(test)]
mod tests;
