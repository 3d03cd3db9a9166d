//! How targets reach into a VPC: resource gateways that `AgentCore` manages, and associations with resource configurations that
//! the caller owns.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::account::Account;
use super::json::{has, text, texts};
use super::lattice::default_group;
use super::object::{Key, Object, ObjectKind, Then};
use super::reach::{self, Way};
use super::refusal::Refusal;
use super::tags::{self, MANAGED};
use super::target;

/// The service network of `AgentCore`, which lies in an account of the service.
const SERVICE_NETWORK: &str = "sn-0123456789abcdef0";
const SERVICE_ACCOUNT: &str = "999988887777";

/// The way into a VPC that a target asks for.
pub(super) enum Route {
    /// By a resource gateway that `AgentCore` makes.
    Managed(ManagedRoute),
    /// By this resource configuration.
    SelfManaged(Key),
}

/// By what managed resource gateways are told apart: targets that agree in all of it share one.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct ManagedRoute {
    vpc: String,
    subnets: BTreeSet<String>,
    groups: BTreeSet<String>,
    tags: BTreeMap<String, String>,
    address_type: String,
}

/// Checks what can be checked without looking at anything else.
pub(super) fn check(endpoint: &Value) -> Result<(), Refusal> {
    if has(endpoint, "/selfManagedLatticeResource") {
        return Ok(());
    }
    let path = "privateEndpoint.managedVpcResource";
    let subnets = texts(endpoint, "/managedVpcResource/subnetIds");
    if subnets.is_empty() {
        return Err(Refusal::invalid(&format!("{path}.subnetIds"), "At least one subnet is needed."));
    }
    if subnets.iter().collect::<BTreeSet<_>>().len() != subnets.len() {
        return Err(Refusal::invalid(&format!("{path}.subnetIds"), "A subnet is named twice."));
    }
    tags::checked(&endpoint["managedVpcResource"]).map(drop)
}

/// The way that a target asks for, when AWS can go it.
pub(super) fn route(account: &Account, target: &Value) -> Result<Option<Route>, Refusal> {
    let Some(endpoint) = target.get("privateEndpoint") else { return Ok(None) };
    let identifier = text(endpoint, "/selfManagedLatticeResource/resourceConfigurationIdentifier");
    let Some(identifier) = identifier else {
        let managed = &endpoint["managedVpcResource"];
        let vpc = text(managed, "/vpcIdentifier").unwrap_or_default().to_owned();
        check_members(account, managed, &vpc)?;
        let mut groups: BTreeSet<_> = texts(managed, "/securityGroupIds").into_iter().collect();
        if groups.is_empty() {
            groups.insert(default_group(&vpc));
        }
        return Ok(Some(Route::Managed(ManagedRoute {
            subnets: texts(managed, "/subnetIds").into_iter().collect(),
            address_type: text(managed, "/endpointIpAddressType").unwrap_or_default().to_owned(),
            tags: tags::given(managed),
            groups,
            vpc,
        })));
    };
    let refuse = |what: &str| {
        let message = format!("The resource configuration {identifier} {what}.");
        Err(Refusal::invalid("privateEndpoint.selfManagedLatticeResource.resourceConfigurationIdentifier", message))
    };
    let id = identifier.rsplit('/').next().unwrap_or_default();
    let key = Key::new(ObjectKind::ResourceConfiguration, id);
    match account.get(&key) {
        None => refuse("does not exist or is not shared with this account"),
        Some(found) if identifier.starts_with("arn:") && found.text("arn") != identifier => {
            refuse("does not exist or is not shared with this account")
        }
        Some(found) if found.text("type") != "SINGLE" => refuse("is not of the type SINGLE"),
        Some(found) if found.status() != "ACTIVE" => refuse("is not ACTIVE"),
        Some(found) if found.body.get("allowAssociationToShareableServiceNetwork") != Some(&json!(true)) => {
            refuse("does not allow associations with shareable service networks")
        }
        Some(_) => Ok(Some(Route::SelfManaged(key))),
    }
}

/// Refuses subnets and groups that do not lie in the VPC, as the service does that makes network interfaces of them.
fn check_members(account: &Account, managed: &Value, vpc: &str) -> Result<(), Refusal> {
    let (subnets, groups) = (texts(managed, "/subnetIds"), texts(managed, "/securityGroupIds"));
    account
        .network
        .check_members(vpc, &subnets, &groups)
        .map_err(|(member, message)| Refusal::invalid(&format!("privateEndpoint.managedVpcResource.{member}"), message))
}

/// Makes what a way needs, or finds it; the keys are what the target uses from now on.
pub(super) fn attach(account: &mut Account, route: Option<&Route>) -> Vec<Key> {
    let key = match route {
        None => return Vec::new(),
        Some(Route::Managed(route)) => managed_gateway(account, route),
        Some(Route::SelfManaged(configuration)) => association(account, configuration),
    };
    if let Some(object) = account.get_mut(&key) {
        object.reap_at = None;
    }
    vec![key]
}

/// The ARN of `AgentCore`'s service network.
pub(super) fn service_network(account: &Account) -> String {
    let region = &account.options.region;
    format!("arn:aws:vpc-lattice:{region}:{SERVICE_ACCOUNT}:servicenetwork/{SERVICE_NETWORK}")
}

/// What a target's description says about the things that were made for it.
pub(super) fn resources(account: &Account, host: Option<&str>, uses: &[Key]) -> Vec<Value> {
    let describe = |key: &Key| {
        let object = account.get(key)?;
        let mut resource = Map::new();
        resource.extend(host.map(|host| ("domain".to_owned(), json!(host))));
        let associated = key.kind == ObjectKind::Association;
        let member = if associated { "resourceAssociationArn" } else { "resourceGatewayArn" };
        resource.insert(member.to_owned(), json!(object.text("arn")));
        Some(Value::Object(resource))
    };
    uses.iter().filter_map(describe).collect()
}

/// Whether packets of `AgentCore` find their way to a target, or what its server's silence looks like.
pub(super) fn reachable(account: &Account, key: &Key) -> Result<(), String> {
    let Some(object) = account.get(key) else { return Err("the target is gone".to_owned()) };
    let target = Value::Object(object.body.clone());
    let host = target::host(&target).unwrap_or_default();
    let server =
        Server { host: &host, port: port(&target), brings_authority: has(&target, "/certificateConfigurations") };
    match target.get("privateEndpoint") {
        None if account.has_private_zone(&host) => Err(reach::unknown(&host)),
        None => reach::go_public(account, &host, server.port),
        Some(endpoint) if has(endpoint, "/selfManagedLatticeResource") => {
            match object.uses.first().and_then(|key| configuration_of(account, key)) {
                Some(configuration) => self_managed(account, &server, configuration),
                None => Err("Connection closed by peer".to_owned()),
            }
        }
        // A managed gateway resolves with the resolver of its VPC.
        Some(endpoint) => {
            let managed = &endpoint["managedVpcResource"];
            let name = text(managed, "/routingDomain").unwrap_or(&host);
            let vpc = text(managed, "/vpcIdentifier").unwrap_or_default();
            through(account, &server, managed, (vpc, name, true))
        }
    }
}

/// The server as its callers name it.
struct Server<'a> {
    host: &'a str,
    port: u16,
    brings_authority: bool,
}

fn self_managed(account: &Account, server: &Server<'_>, configuration: &Object) -> Result<(), String> {
    let configuration = Value::Object(configuration.body.clone());
    let id = text(&configuration, "/resourceGatewayId").unwrap_or_default();
    let gateway = account.get(&Key::new(ObjectKind::ResourceGateway, id));
    let gateway = gateway.map(|gateway| Value::Object(gateway.body.clone())).unwrap_or_default();
    let in_vpc = text(&gateway, "/resourceConfigDnsResolution") != Some("PUBLIC");
    let definition = configuration.get("resourceConfigurationDefinition").cloned().unwrap_or_default();
    let domain = text(&definition, "/dnsResource/domainName");
    if let Some(name) = domain.filter(|name| !in_vpc && account.has_private_zone(name)) {
        return Err(reach::unknown(name));
    }
    if !serves_port(&configuration, server.port) {
        return Err("Connection timed out".to_owned());
    }
    let name = domain.or(text(&definition, "/ipResource/ipAddress")).unwrap_or_default();
    through(account, server, &gateway, (text(&gateway, "/vpcId").unwrap_or_default(), name, in_vpc))
}

/// Goes through a resource gateway with these subnets and groups, when the network knows its VPC.
fn through(
    account: &Account,
    server: &Server<'_>,
    gateway: &Value,
    (vpc, name, in_vpc): (&str, &str, bool),
) -> Result<(), String> {
    if account.network.vpc(vpc).is_none() {
        return Ok(());
    }
    reach::go(
        account,
        &Way {
            vpc,
            subnets: &texts(gateway, "/subnetIds"),
            groups: &texts(gateway, "/securityGroupIds"),
            in_vpc,
            name,
            host: server.host,
            port: server.port,
            brings_authority: server.brings_authority,
        },
    )
}

fn configuration_of<'a>(account: &'a Account, association: &Key) -> Option<&'a Object> {
    let id = account.get(association)?.text("resourceConfigurationId");
    account.get(&Key::new(ObjectKind::ResourceConfiguration, id))
}

fn port(target: &Value) -> u16 {
    target::endpoint(target).and_then(|url| reqwest::Url::parse(url).ok()?.port_or_known_default()).unwrap_or(443)
}

fn serves_port(configuration: &Value, port: u16) -> bool {
    texts(configuration, "/portRanges").iter().any(|range| {
        let (from, to) = range.split_once('-').unwrap_or((range, range));
        matches!((from.parse::<u16>(), to.parse::<u16>()), (Ok(from), Ok(to)) if from <= port && port <= to)
    })
}

fn managed_gateway(account: &mut Account, route: &ManagedRoute) -> Key {
    let same = account
        .of_kind(ObjectKind::ResourceGateway)
        .into_iter()
        .find(|gateway| gateway.is_service_managed() && is_route(gateway, route))
        .map(|gateway| gateway.key.clone());
    if let Some(key) = same {
        return key;
    }
    let id = account.ids.prefixed("rgw");
    let body = json!({
        "id": id,
        "arn": account.arn("vpc-lattice", &format!("resourcegateway/{id}")),
        "name": format!("bedrock-agentcore-{}", id.trim_start_matches("rgw-")),
        "vpcId": route.vpc,
        "vpcIdentifier": route.vpc,
        "subnetIds": route.subnets,
        "securityGroupIds": route.groups,
        "ipAddressType": route.address_type,
        "resourceConfigDnsResolution": "IN_VPC",
        "serviceManaged": true,
        "managedBy": "bedrock-agentcore.amazonaws.com",
        "createdAt": account.stamp(),
        "lastUpdatedAt": account.stamp(),
    });
    let mut object = Object::new(Key::new(ObjectKind::ResourceGateway, id), members(body));
    object.tags.clone_from(&route.tags);
    object.tags.insert(MANAGED.to_owned(), "true".to_owned());
    let key = account.insert(object);
    let takes = account.options.provisioning.resource_gateway_create;
    account.begin(&key, "CREATE_IN_PROGRESS", takes, Then::become_status("ACTIVE"));
    key
}

fn is_route(gateway: &Object, route: &ManagedRoute) -> bool {
    let body = Value::Object(gateway.body.clone());
    let set = |pointer: &str| texts(&body, pointer).into_iter().collect::<BTreeSet<_>>();
    let mut tags = gateway.tags.clone();
    tags.remove(MANAGED);
    let own = ManagedRoute {
        vpc: gateway.text("vpcId").to_owned(),
        subnets: set("/subnetIds"),
        groups: set("/securityGroupIds"),
        tags,
        address_type: gateway.text("ipAddressType").to_owned(),
    };
    own == *route
}

fn association(account: &mut Account, configuration: &Key) -> Key {
    let same = account
        .of_kind(ObjectKind::Association)
        .into_iter()
        .find(|association| association.text("resourceConfigurationId") == configuration.id)
        .map(|association| association.key.clone());
    if let Some(key) = same {
        return key;
    }
    let id = account.ids.prefixed("snra");
    let (arn, name) = account
        .get(configuration)
        .map(|object| (object.text("arn").to_owned(), object.text("name").to_owned()))
        .unwrap_or_default();
    let body = json!({
        "id": id,
        "arn": account.arn("vpc-lattice", &format!("servicenetworkresourceassociation/{id}")),
        "createdBy": account.options.account,
        "createdAt": account.stamp(),
        "lastUpdatedAt": account.stamp(),
        "resourceConfigurationId": configuration.id,
        "resourceConfigurationArn": arn,
        "resourceConfigurationName": name,
        "serviceNetworkId": SERVICE_NETWORK,
        "serviceNetworkArn": service_network(account),
        "serviceNetworkName": "bedrock-agentcore",
        "privateDnsEnabled": false,
        "isManagedAssociation": true,
    });
    let key = account.insert(Object::new(Key::new(ObjectKind::Association, id), members(body)));
    let takes: Duration = account.options.provisioning.association_create;
    account.begin(&key, "CREATE_IN_PROGRESS", takes, Then::become_status("ACTIVE"));
    key
}

fn members(body: Value) -> Map<String, Value> {
    if let Value::Object(members) = body { members } else { Map::new() }
}
