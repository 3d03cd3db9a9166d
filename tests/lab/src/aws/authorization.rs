//! What IAM is asked before an operation is performed: actions, resources, and the keys that conditions can be about.
//!
//! An operation asks for its own action, and for what the service does in the caller's name: passing a role, tagging what is made,
//! making an association or a network interface. Where the service authorization reference gives an action no resource, the resource is
//! `*`; where it gives it no key, the key is not there, so that a policy relying on it denies here as it would there.
//! <https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html>
//!
//! Where the reference and the guides are silent, what people report counts, and of two reports the stricter one. Where they contradict each
//! other, both are asked, so that a policy has to be right for both.
//!
//! Some questions are asked when the service has accepted the call already: then the object fails with the denial as its reason.

mod gateway;
mod lattice;
mod target;

use serde_json::Value;

use super::account::{Account, Done};
use super::json::{text, texts};
use super::object::{Key, Object, ObjectKind, Then};
use super::options::NewTags;
use super::policy::{Facts, Place, Policies};
use super::refusal::Refusal;
use super::service::Service;
use super::tags;

/// What making a service-linked role asks for.
const CREATE_ROLE: &str = "iam:CreateServiceLinkedRole";

/// The services whose actions happen in one region for everybody.
const GLOBAL: [&str; 2] = ["iam:", "route53:"];

/// That region.
const GLOBAL_REGION: &str = "us-east-1";

/// One question: may this be done with this?
pub(super) struct Ask {
    pub(super) action: String,
    pub(super) resource: String,
    pub(super) facts: Facts,
    /// Whether the service asks it when it has accepted the call. A denial is then how its work ends, and no refusal.
    pub(super) is_late: bool,
}

/// What became of a call's questions.
pub(super) struct Verdict {
    /// The statements that allowed something, and what.
    pub(super) allowed: Vec<(Place, String)>,
    /// The first question that no statement allows.
    pub(super) denied: Option<Ask>,
    /// The first question that no statement allows of those that are asked when the call is accepted.
    pub(super) denied_late: Option<Ask>,
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
    let mut verdict = Verdict { allowed: Vec::new(), denied: None, denied_late: None, roles: Vec::new() };
    for ask in asks(account, service, operation, input) {
        let places = policies.allowing(&ask.action, &ask.resource, &ask.facts);
        if places.is_empty() && ask.is_late {
            verdict.denied_late.get_or_insert(ask);
            continue;
        }
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
    let (status, code) = service.denial();
    Refusal::front(status, code, denial(account, ask))
}

/// How AWS says that no statement allows something.
pub(super) fn denial(account: &Account, ask: &Ask) -> String {
    let Ask { action, resource, .. } = ask;
    let on = if resource == "*" { String::new() } else { format!(" on resource: {resource}") };
    format!(
        "User: {} is not authorized to perform: {action}{on} because no identity-based policy allows the {action} action",
        account.caller()
    )
}

/// Lets the work on an object end with a denial that the service met after it had accepted the call.
pub(super) fn fails(account: &mut Account, operation: &str, done: &Done, denial: &str) {
    let Some(object) = done.object.as_ref().and_then(|key| account.get_mut(key)) else { return };
    let what = if operation.starts_with("Delete") { "delete" } else { "create" };
    let reason = format!("Failed to {what} gateway {}: {denial}", object.key.id);
    if let Some(pending) = &mut object.pending {
        pending.then = Then::Become { status: "FAILED".to_owned(), reasons: vec![reason] };
    }
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
            // Route 53 asks it, from where it is.
            asks.push(Ask::new(account, "ec2:DescribeVpcs", "*").with("aws:RequestedRegion", GLOBAL_REGION));
            asks
        }
        Service::ApiGateway => own(rest_api(account, operation, input)),
        // Of the descriptions, this one is about a resource.
        Service::Ec2 if operation == "DescribeVpcAttribute" => {
            let id = member(input, "/VpcId");
            let owner = account.network.vpc(&id).map_or(&account.options.account, |vpc| &vpc.owner);
            own(format!("arn:aws:ec2:{}:{owner}:vpc/{id}", account.options.region))
        }
        Service::Elb | Service::Ec2 => own("*".to_owned()),
    }
}

impl Ask {
    fn new(account: &Account, action: &str, resource: impl Into<String>) -> Self {
        let is_global = GLOBAL.iter().any(|service| action.starts_with(service));
        let region = if is_global { GLOBAL_REGION } else { &account.options.region };
        let mut ask =
            Self { action: action.to_owned(), resource: resource.into(), facts: Facts::default(), is_late: false };
        let owner = ask.resource.split(':').nth(4).filter(|owner| !owner.is_empty()).map(str::to_owned);
        if let Some(owner) = owner {
            ask.facts.set("aws:ResourceAccount", owner);
        }
        ask.with("aws:RequestedRegion", region)
    }

    /// With the tags that an object has.
    fn about(mut self, object: Option<&Object>) -> Self {
        if object.is_none() {
            self.facts.are_of_nothing();
        }
        for (key, value) in object.into_iter().flat_map(|object| &object.tags) {
            self.facts.add(&format!("aws:ResourceTag/{key}"), value);
        }
        self
    }

    /// With the tags that a request brings.
    fn bringing(mut self, input: &Value) -> Self {
        let tags = tags::given(input);
        for key in tags.keys().cloned().chain(texts(input, "/tagKeys")) {
            self.facts.add("aws:TagKeys", key);
        }
        for (key, value) in tags {
            self.facts.add(&format!("aws:RequestTag/{key}"), value);
        }
        self
    }

    /// With the tags that the request gives to what it makes.
    fn making(self, account: &Account, input: &Value) -> Self {
        let mut ask = self.bringing(input);
        if account.options.new_tags == NewTags::AtOnce {
            for (key, value) in tags::given(input) {
                ask.facts.add(&format!("aws:ResourceTag/{key}"), value);
            }
        }
        ask
    }

    fn with(mut self, key: &str, value: impl Into<String>) -> Self {
        self.facts.set(key, value);
        self
    }

    /// As `AgentCore` asks it in the caller's name, where AWS's own policies rely on that being said.
    fn via_agentcore(self) -> Self {
        self.with("aws:CalledVia", gateway::SERVICE).with("aws:CalledViaLast", gateway::SERVICE)
    }

    fn late(mut self) -> Self {
        self.is_late = true;
        self
    }
}

/// `TagResource`, `UntagResource` and `ListTagsForResource`.
fn tagging(account: &Account, service: Service, operation: &str, input: &Value) -> Ask {
    let action = service.action(operation);
    let arn = member(input, "/resourceArn");
    match (service, operation) {
        (Service::Lattice, "ListTagsForResource") => Ask::new(account, &action, "*"),
        (_, "ListTagsForResource") => {
            let object = tagged(account, &arn);
            Ask::new(account, &action, arn).about(object)
        }
        _ => {
            let object = tagged(account, &arn);
            Ask::new(account, &action, arn).about(object).bringing(input)
        }
    }
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
    has_tags.then(|| Ask::new(account, &service.action("TagResource"), resource).making(account, input))
}

/// A role of the service's own, which is made in the caller's name when it is needed for the first time.
fn service_linked_role(account: &Account, service: &str, name: &str) -> Option<Ask> {
    let arn = format!("arn:aws:iam::{}:role/aws-service-role/{service}/{name}", account.options.account);
    let ask = Ask::new(account, CREATE_ROLE, arn.clone()).with("iam:AWSServiceName", service);
    (!account.service_linked_roles.contains(&arn)).then_some(ask)
}

/// A look at the network of a resource gateway.
fn descriptions(account: &Account) -> Vec<Ask> {
    let describe =
        ["ec2:DescribeVpcs", "ec2:DescribeSubnets", "ec2:DescribeSecurityGroups", "ec2:DescribeNetworkInterfaces"];
    describe.into_iter().map(|action| Ask::new(account, action, "*")).collect()
}

/// What a resource gateway asks for, whoever makes it: a look at its network, and interfaces in it.
fn network_interfaces(account: &Account, subnets: &[String], groups: &[String]) -> Vec<Ask> {
    let made = std::iter::once(account.arn("ec2", "network-interface/*"));
    let subnets = subnets.iter().map(|id| {
        // A subnet that another account shares is that account's, by its ARN, too.
        let owner = account.network.subnet(id).map_or(&account.options.account, |subnet| &subnet.owner);
        format!("arn:aws:ec2:{}:{owner}:subnet/{id}", account.options.region)
    });
    let groups = groups.iter().map(|id| account.arn("ec2", &format!("security-group/{id}")));
    let mut asks = descriptions(account);
    let arns = made.chain(subnets).chain(groups);
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
