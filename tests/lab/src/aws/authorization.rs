//! What IAM is asked before an operation is performed: actions, resources, and the keys that conditions can be about.
//!
//! An operation asks for its own action, and for what the service does in the caller's name: passing a role, tagging what is made,
//! making an association or a network interface. Where the service authorization reference gives an action no resource, the resource is
//! `*`; where it gives it no key, the key is not there, so that a policy relying on it denies here as it would there.
//! <https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html>
//!
//! Where the reference and the guides are silent, what people report counts, and of two reports the stricter one.

mod gateway;
mod lattice;
mod target;

use serde_json::Value;

use super::account::Account;
use super::json::{text, texts};
use super::object::{Key, Object, ObjectKind};
use super::policy::{Facts, Place, Policies};
use super::refusal::Refusal;
use super::service::Service;
use super::tags;

/// What making a service-linked role asks for.
const CREATE_ROLE: &str = "iam:CreateServiceLinkedRole";

/// One question: may this be done with this?
pub(super) struct Ask {
    pub(super) action: String,
    pub(super) resource: String,
    pub(super) facts: Facts,
    /// Whether it names an object that is not there. Then nothing is known of its tags, and conditions on them do not hold.
    pub(super) is_of_nothing: bool,
}

/// What became of a call's questions.
pub(super) struct Verdict {
    /// The statements that allowed something, and what.
    pub(super) allowed: Vec<(Place, String)>,
    /// The first question that no statement allows.
    pub(super) denied: Option<Ask>,
    /// The roles that services make for themselves now.
    pub(super) roles: Vec<String>,
}

/// Holds a call against policies.
pub(super) fn judge(
    account: &Account,
    policies: &Policies,
    service: Service,
    operation: &str,
    input: &Value,
) -> Verdict {
    let mut verdict = Verdict { allowed: Vec::new(), denied: None, roles: Vec::new() };
    for ask in asks(account, service, operation, input) {
        let places = policies.allowing(&ask.action, &ask.resource, &ask.facts);
        if places.is_empty() {
            verdict.denied = Some(ask);
            break;
        }
        if ask.action == CREATE_ROLE {
            verdict.roles.push(ask.resource.clone());
        }
        verdict.allowed.extend(places.into_iter().map(|place| (place, ask.action.clone())));
    }
    verdict
}

/// What a caller is told whom no statement allows something.
pub(super) fn refusal(account: &Account, service: Service, ask: &Ask) -> Refusal {
    let Ask { action, resource, .. } = ask;
    let on = if resource == "*" { String::new() } else { format!(" on resource: {resource}") };
    let message = format!(
        "User: {} is not authorized to perform: {action}{on} because no identity-based policy allows the {action} action",
        account.caller()
    );
    let (status, code) = service.denial();
    Refusal::front(status, code, message)
}

/// Everything that a call asks for, its own action first.
fn asks(account: &Account, service: Service, operation: &str, input: &Value) -> Vec<Ask> {
    let own = |resource: String| vec![Ask::new(account, &service.action(operation), resource)];
    match service {
        // Whoever has credentials may ask whose they are.
        Service::Sts => Vec::new(),
        Service::AgentCore | Service::Lattice
            if operation.ends_with("agResource") || operation == "ListTagsForResource" =>
        {
            vec![tagging(account, service, operation, input)]
        }
        Service::AgentCore if operation.contains("Target") => target::asks(account, operation, input),
        Service::AgentCore => gateway::asks(account, operation, input),
        Service::Lattice => lattice::asks(account, operation, input),
        Service::Acm => own(member(input, "/CertificateArn")),
        Service::Route53 if operation == "ListResourceRecordSets" => {
            let zone = member(input, "/HostedZoneId");
            let zone = zone.rsplit('/').next().unwrap_or_default();
            own(format!("arn:aws:route53:::hostedzone/{zone}"))
        }
        Service::Route53 => {
            let mut asks = own("*".to_owned());
            asks.push(Ask::new(account, "ec2:DescribeVpcs", "*"));
            asks
        }
        Service::ApiGateway => own(rest_api(account, operation, input)),
        Service::Elb | Service::Ec2 => own("*".to_owned()),
    }
}

impl Ask {
    fn new(account: &Account, action: &str, resource: impl Into<String>) -> Self {
        let facts = [("aws:RequestedRegion".to_owned(), vec![account.options.region.clone()])].into();
        Self { action: action.to_owned(), resource: resource.into(), facts, is_of_nothing: false }
    }

    /// With the tags that an object has.
    fn about(mut self, object: Option<&Object>) -> Self {
        self.is_of_nothing = object.is_none();
        for (key, value) in object.into_iter().flat_map(|object| &object.tags) {
            self.facts.insert(format!("aws:ResourceTag/{key}"), vec![value.clone()]);
        }
        self
    }

    /// With the tags that a request brings.
    fn bringing(mut self, input: &Value) -> Self {
        let tags = tags::given(input);
        let keys: Vec<String> = tags.keys().cloned().chain(texts(input, "/tagKeys")).collect();
        if !keys.is_empty() {
            self.facts.insert("aws:TagKeys".to_owned(), keys);
        }
        for (key, value) in tags {
            self.facts.insert(format!("aws:RequestTag/{key}"), vec![value]);
        }
        self
    }

    fn with(mut self, key: &str, value: impl Into<String>) -> Self {
        self.facts.insert(key.to_owned(), vec![value.into()]);
        self
    }
}

/// `TagResource`, `UntagResource` and `ListTagsForResource`.
fn tagging(account: &Account, service: Service, operation: &str, input: &Value) -> Ask {
    let arn = member(input, "/resourceArn");
    let ask = Ask::new(account, &service.action(operation), arn.clone()).about(tagged(account, &arn));
    if operation == "ListTagsForResource" { ask } else { ask.bringing(input) }
}

/// The object that has this ARN.
fn tagged<'a>(account: &'a Account, arn: &str) -> Option<&'a Object> {
    let id = arn.rsplit('/').next().unwrap_or_default();
    let kinds = ObjectKind::ALL.into_iter().filter(|kind| kind.has_tags());
    kinds.filter_map(|kind| account.get(&Key::new(kind, id))).find(|object| object_arn(object) == arn)
}

fn object_arn(object: &Object) -> &str {
    if object.key.kind == ObjectKind::Gateway { object.text("gatewayArn") } else { object.text("arn") }
}

/// The question that making something with tags asks besides its own.
fn tagging_new(account: &Account, service: Service, resource: &str, input: &Value) -> Option<Ask> {
    let has_tags = !tags::given(input).is_empty();
    has_tags.then(|| Ask::new(account, &service.action("TagResource"), resource).bringing(input))
}

/// A role of the service's own, which is made in the caller's name when it is needed for the first time.
fn service_linked_role(account: &Account, service: &str, name: &str) -> Option<Ask> {
    let arn = format!("arn:aws:iam::{}:role/aws-service-role/{service}/{name}", account.options.account);
    let ask = Ask::new(account, CREATE_ROLE, arn.clone()).with("iam:AWSServiceName", service);
    (!account.service_linked_roles.contains(&arn)).then_some(ask)
}

/// What a resource gateway asks for, whoever makes it: a look at its network, and interfaces in it.
fn network_interfaces(account: &Account, subnets: &[String], groups: &[String]) -> Vec<Ask> {
    let describe = ["ec2:DescribeVpcs", "ec2:DescribeSubnets", "ec2:DescribeSecurityGroups"];
    let mut asks: Vec<Ask> = describe.into_iter().map(|action| Ask::new(account, action, "*")).collect();
    let made = std::iter::once("network-interface/*".to_owned());
    let subnets = subnets.iter().map(|id| format!("subnet/{id}"));
    let groups = groups.iter().map(|id| format!("security-group/{id}"));
    let arns = made.chain(subnets).chain(groups).map(|resource| account.arn("ec2", &resource));
    asks.extend(arns.map(|arn| Ask::new(account, "ec2:CreateNetworkInterface", arn)));
    asks
}

/// API Gateway's resources are the paths of its own REST API.
fn rest_api(account: &Account, operation: &str, input: &Value) -> String {
    let base = format!("arn:aws:apigateway:{}::/restapis/{}", account.options.region, member(input, "/restapi_id"));
    if operation == "GetExport" {
        format!("{base}/stages/{}/exports/{}", member(input, "/stage_name"), member(input, "/export_type"))
    } else {
        base
    }
}

fn member(input: &Value, pointer: &str) -> String {
    text(input, pointer).unwrap_or_default().to_owned()
}
