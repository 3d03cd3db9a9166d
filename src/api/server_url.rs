//! Where a REST API is called, when its document does not say it.

use std::borrow::Cow;

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::workload::{EndpointFrom, HOST_IN_WORDS, HttpRouteRef, LOAD_BALANCER_IN_WORDS, LoadBalancedRef};
use super::{rules, schema};

/// What the id of a VPC endpoint looks like.
const VPC_ENDPOINT_ID: &str = r"^vpce-(([0-9a-f]{8})|([0-9a-f]{17}))$";

/// Where a REST API is called: `https://<host>[:<port>]<path>`, served by the load balancer of an object in the cluster, or a private
/// REST API of API Gateway.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = rules::exactly_one_of(&["serviceRef", "ingressRef", "httpRouteRef", "privateApiGateway"]))]
#[x_kube(
    validation = Rule::new("!has(self.serviceRef) || has(self.host)")
        .message("serviceRef needs host: a Service does not say by which name it is called")
        .reason(Reason::FieldValueRequired)
        .field_path(".host")
)]
#[x_kube(
    validation = Rule::new(
        "!has(self.privateApiGateway) || ![has(self.loadBalancerHostname), has(self.host), has(self.path), has(self.port), \
         has(self.allowInternetFacing)].exists(given, given)"
    )
    .message("privateApiGateway says by itself where the API is called; remove loadBalancerHostname, host, path, port and allowInternetFacing")
    .reason(Reason::FieldValueForbidden)
)]
pub struct ServerUrlFrom {
    /// A Service of type LoadBalancer. Exactly one of this, `ingressRef`, `httpRouteRef` and `privateApiGateway`.
    /// Example: `{name: nginx-ingress-nlb, namespace: ingress-nginx}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_ref: Option<LoadBalancedRef>,

    /// An Ingress. Exactly one of this, `serviceRef`, `httpRouteRef` and `privateApiGateway`. Example: `{name: rest-api}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ingress_ref: Option<LoadBalancedRef>,

    /// An HTTPRoute of the Gateway API. Exactly one of this, `serviceRef`, `ingressRef` and `privateApiGateway`. Example: `{name: api}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub http_route_ref: Option<HttpRouteRef>,

    /// A stage of a private REST API of API Gateway, reached through a VPC endpoint. Exactly one of this, `serviceRef`, `ingressRef` and
    /// `httpRouteRef`.
    /// Example: `{restApiId: a1b2c3d4e5, stage: prod, vpcEndpointId: vpce-0a1b2c3d4e5f60c01, via: EndpointName}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub private_api_gateway: Option<PrivateApiGateway>,

    /// Which load balancer, where the object's status has several. Default: the only one.
    /// Example: `internal-k8s-rest-0123456789.us-west-2.elb.amazonaws.com`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253), regex(pattern = schema::HOST_NAME))]
    #[x_kube(validation = rules::matching(schema::HOST_NAME, LOAD_BALANCER_IN_WORDS))]
    pub load_balancer_hostname: Option<String>,

    /// The name by which the API is called and which its certificate has to carry. Required with `serviceRef`. Default: the only host of
    /// the Ingress or HTTPRoute. Example: `api.internal.example.com`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253), regex(pattern = schema::HOST_NAME))]
    #[x_kube(validation = rules::matching(schema::HOST_NAME, HOST_IN_WORDS))]
    pub host: Option<String>,

    /// The path in front of the paths of the document. Default: none. Example: `/v1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 1024), regex(pattern = schema::URL_PATH))]
    #[x_kube(validation = rules::matching(schema::URL_PATH, "path starts with a slash and has no spaces, query or fragment, like /v1"))]
    pub path: Option<String>,

    /// The port of the load balancer, 1 to 65535. Default: 443. Example: `8443`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 65535))]
    pub port: Option<i32>,

    /// `true`: a load balancer that the whole internet can reach is taken, too. Default: `false`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allow_internet_facing: Option<bool>,
}

impl ServerUrlFrom {
    /// The object in the cluster whose load balancer serves the API, and how it is called. `None`: no object does.
    #[must_use]
    pub fn endpoint_from(&self) -> Option<Cow<'_, EndpointFrom>> {
        if self.private_api_gateway.is_some() {
            return None;
        }
        Some(Cow::Owned(EndpointFrom {
            service_ref: self.service_ref.clone(),
            ingress_ref: self.ingress_ref.clone(),
            http_route_ref: self.http_route_ref.clone(),
            load_balancer_hostname: self.load_balancer_hostname.clone(),
            host: self.host.clone(),
            path: self.path.clone(),
            port: self.port,
            allow_internet_facing: self.allow_internet_facing,
        }))
    }
}

/// A stage of a private REST API of API Gateway. It must be of the operator's own account and region.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct PrivateApiGateway {
    /// The REST API. Example: `a1b2c3d4e5`.
    #[schemars(length(min = 1, max = 64), regex(pattern = r"^[a-z0-9]+$"))]
    pub rest_api_id: String,

    /// The stage. Example: `prod`.
    #[schemars(length(min = 1, max = 128), regex(pattern = r"^[a-zA-Z0-9_-]+$"))]
    pub stage: String,

    /// The VPC endpoint of the service `execute-api` that the API is called through; the API must be associated with it where `via` is
    /// `EndpointName`, and its resource policy must let it in. VPC and subnets that `privateEndpoint.managedVpcResource` leaves out are those
    /// of the VPC endpoint. Example: `vpce-0a1b2c3d4e5f60c01`.
    #[schemars(length(min = 1, max = 256), regex(pattern = VPC_ENDPOINT_ID))]
    #[x_kube(validation = rules::matching(VPC_ENDPOINT_ID, "vpcEndpointId is the id of a VPC endpoint, like vpce-0a1b2c3d4e5f60c01"))]
    pub vpc_endpoint_id: String,

    /// By which name the API is called. `EndpointName`: by one of its own that leads to the VPC endpoint everywhere,
    /// `<restApiId>-<vpcEndpointId>.execute-api.<region>.amazonaws.com`. `RoutingDomain`: by its usual one,
    /// `<restApiId>.execute-api.<region>.amazonaws.com`, and the VPC endpoint's name in DNS becomes the routing domain, unless
    /// `privateEndpoint.managedVpcResource.routingDomain` names another; not with `selfManagedLatticeResource`.
    pub via: PrivateApiName,
}

/// By which name a private REST API is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(description = "")]
pub enum PrivateApiName {
    /// The one that leads to the VPC endpoint.
    EndpointName,
    /// The usual one.
    RoutingDomain,
}
