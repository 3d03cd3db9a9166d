//! Resource configurations of VPC Lattice.

use std::net::IpAddr;

use serde_json::{Map, Value, json};

use super::super::account::{Account, Done};
use super::super::json::{copy, default, has, text, texts, variant};
use super::super::object::{Key, Object, ObjectKind, Then};
use super::super::page;
use super::super::refusal::Refusal;
use super::super::tags;
use super::{identified, identify, own_gateway, patch, settled, unique};

/// `CreateResourceConfiguration`.
pub(in crate::aws) fn create(account: &mut Account, input: &Value) -> Result<Done, Refusal> {
    if let Some(done) = account.recall_equal("CreateResourceConfiguration", input)? {
        return Ok(done);
    }
    check_type(input)?;
    check_ports(input)?;
    check_definition(input.get("resourceConfigurationDefinition"))?;
    let tags = tags::checked(input)?;
    check_gateway(account, input)?;
    check_group(account, input)?;
    unique(account, ObjectKind::ResourceConfiguration, input)?;
    let id = account.ids.prefixed("rcfg");
    let mut object = Object::new(Key::new(ObjectKind::ResourceConfiguration, &id), describe(account, &id, input));
    object.tags = tags;
    let key = account.insert(object);
    let takes = account.options.provisioning.resource_configuration_create;
    account.begin(&key, "CREATE_IN_PROGRESS", takes, Then::become_status("ACTIVE"));
    Ok(account.created("CreateResourceConfiguration", input, key))
}

/// `GetResourceConfiguration`.
pub(in crate::aws) fn get(account: &mut Account, input: &Value) -> Result<Done, Refusal> {
    let key = key(account, input)?;
    account.read(&key).map(Done::read).ok_or_else(|| Refusal::not_found(key.kind.name(), &key.id))
}

/// `UpdateResourceConfiguration`: only what is sent changes. It knows no conflict: what is under way is a validation error.
pub(in crate::aws) fn update(account: &mut Account, input: &Value) -> Result<Done, Refusal> {
    let key = key(account, input)?;
    if let Some(object) = account.get(&key) {
        settled(object).map_err(|refusal| Refusal::unprocessable(refusal.message))?;
        let ports = texts(input, "/portRanges");
        if has(input, "/portRanges") && (ports.is_empty() || object.text("type") == "ARN") {
            return Err(Refusal::invalid("portRanges", "The port ranges do not go with the type."));
        }
        if let Some((name, _)) = input.get("resourceConfigurationDefinition").and_then(variant)
            && !definitions(object.text("type")).contains(&name)
        {
            let message = "The definition does not go with the type.";
            return Err(Refusal::invalid("resourceConfigurationDefinition", message));
        }
    }
    check_ports(input)?;
    check_definition(input.get("resourceConfigurationDefinition"))?;
    let takes = account.options.provisioning.resource_configuration_update;
    let mut input = input.clone();
    if let Some(resource) = input.pointer_mut("/resourceConfigurationDefinition/dnsResource") {
        fill_address_type(resource);
    }
    let members = ["resourceConfigurationDefinition", "allowAssociationToShareableServiceNetwork", "portRanges"];
    patch(account, &key, &input, &members);
    account.begin(&key, "UPDATE_IN_PROGRESS", takes, Then::become_status("ACTIVE"));
    Ok(account.changed(key))
}

/// `DeleteResourceConfiguration`, which is refused while a service network is associated.
pub(in crate::aws) fn delete(account: &mut Account, input: &Value) -> Result<Done, Refusal> {
    let key = key(account, input)?;
    let Some(object) = account.get(&key) else { return Err(Refusal::not_found(key.kind.name(), &key.id)) };
    settled(object)?;
    let associated = account
        .of_kind(ObjectKind::Association)
        .iter()
        .any(|association| association.text("resourceConfigurationId") == key.id);
    if associated {
        let arn = object.text("arn");
        let message = format!("Resource configuration {arn} has existing association with service networks");
        return Err(if account.options.conflict_for_associated {
            Refusal::conflict(key.kind.name(), &key.id, message)
        } else {
            Refusal::unprocessable(message)
        });
    }
    let children = account.of_kind(ObjectKind::ResourceConfiguration);
    if children.iter().any(|child| child.text("resourceConfigurationGroupId") == key.id) {
        return Err(Refusal::conflict(key.kind.name(), &key.id, "The group has members."));
    }
    account.before_change(&key);
    let takes = account.options.provisioning.resource_configuration_delete;
    account.begin(&key, "DELETE_IN_PROGRESS", takes, Then::Disappear);
    Ok(Done { answer: json!({}), changed: true, object: Some(key) })
}

/// `ListResourceConfigurations`.
pub(in crate::aws) fn list(account: &Account, input: &Value) -> Result<Done, Refusal> {
    let matches = |object: &Object, parameter: &str, member: &str| match text(input, &format!("/{parameter}")) {
        None => true,
        Some(wanted) => Some(object.text(member)) == wanted.rsplit('/').next(),
    };
    let entries = account
        .listed(ObjectKind::ResourceConfiguration)
        .into_iter()
        .filter(|(_, it, _)| matches(it, "resourceGatewayIdentifier", "resourceGatewayId"))
        .filter(|(_, it, _)| matches(it, "resourceConfigurationGroupIdentifier", "resourceConfigurationGroupId"))
        .filter(|(_, it, _)| matches(it, "domainVerificationIdentifier", "domainVerificationId"))
        .map(|(at, _, body)| (at, body))
        .collect();
    page::answer(account, "resourceconfigurations", entries, input).map(Done::read)
}

/// All members of the description of a resource configuration, with the defaults that AWS fills in.
pub(in crate::aws) fn describe(account: &Account, id: &str, input: &Value) -> Map<String, Value> {
    let mut body = Map::new();
    let members = [
        "name",
        "type",
        "portRanges",
        "protocol",
        "resourceConfigurationDefinition",
        "allowAssociationToShareableServiceNetwork",
        "customDomainName",
        "groupDomain",
    ];
    copy(input, &members, &mut body);
    for (parameter, member) in [
        ("resourceGatewayIdentifier", "resourceGatewayId"),
        ("resourceConfigurationGroupIdentifier", "resourceConfigurationGroupId"),
    ] {
        if let Some(id) = text(input, &format!("/{parameter}")).and_then(|identifier| identifier.rsplit('/').next()) {
            body.insert(member.to_owned(), json!(id));
        }
    }
    if matches!(text(input, "/type"), Some("SINGLE" | "GROUP" | "CIDR")) {
        default(&mut body, "protocol", "TCP");
    }
    if matches!(text(input, "/type"), Some("SINGLE" | "GROUP" | "ARN")) {
        default(&mut body, "allowAssociationToShareableServiceNetwork", false);
    }
    if let Some(resource) =
        body.get_mut("resourceConfigurationDefinition").and_then(|definition| definition.pointer_mut("/dnsResource"))
    {
        fill_address_type(resource);
    }
    body.insert("amazonManaged".to_owned(), json!(false));
    identify(account, "resourceconfiguration", id, &mut body);
    body
}

fn fill_address_type(resource: &mut Value) {
    if resource.get("ipAddressType").is_none() {
        resource["ipAddressType"] = json!("IPV4");
    }
}

/// Which definitions a type takes.
fn definitions(kind: &str) -> &'static [&'static str] {
    match kind {
        "SINGLE" | "CHILD" => &["dnsResource", "ipResource"],
        "ARN" => &["arnResource"],
        "CIDR" => &["cidrResource"],
        _ => &[],
    }
}

fn check_type(input: &Value) -> Result<(), Refusal> {
    let kind = text(input, "/type").unwrap_or_default();
    let expect = |member: &str, wanted: bool| {
        if has(input, &format!("/{member}")) == wanted {
            return Ok(());
        }
        let verb = if wanted { "needs" } else { "does not take" };
        Err(Refusal::invalid(member, format!("A resource configuration of the type {kind} {verb} {member}.")))
    };
    expect("resourceGatewayIdentifier", kind != "CHILD")?;
    expect("resourceConfigurationGroupIdentifier", kind == "CHILD")?;
    expect("resourceConfigurationDefinition", kind != "GROUP")?;
    expect("portRanges", kind != "ARN")?;
    match input.get("resourceConfigurationDefinition").and_then(variant) {
        Some((name, _)) if !definitions(kind).contains(&name) => {
            let message = format!("The type {kind} does not take a definition {name}.");
            return Err(Refusal::invalid("resourceConfigurationDefinition", message));
        }
        _ => {}
    }
    if text(input, "/protocol") == Some("TCP_UDP") && kind != "CIDR" {
        return Err(Refusal::invalid("protocol", "Only the type CIDR takes TCP_UDP."));
    }
    Ok(())
}

fn check_ports(input: &Value) -> Result<(), Refusal> {
    if has(input, "/portRanges") && texts(input, "/portRanges").is_empty() {
        return Err(Refusal::invalid("portRanges", "At least one port is needed."));
    }
    for range in texts(input, "/portRanges") {
        let (from, to) = range.split_once('-').unwrap_or((&range, &range));
        let port = |text: &str| text.parse::<u16>().ok().filter(|port| *port > 0);
        if !matches!((port(from), port(to)), (Some(from), Some(to)) if from <= to) {
            return Err(Refusal::invalid("portRanges", format!("{range} is no range of ports from 1 to 65535.")));
        }
    }
    Ok(())
}

fn check_definition(definition: Option<&Value>) -> Result<(), Refusal> {
    let path = "resourceConfigurationDefinition";
    match definition.and_then(variant) {
        Some(("dnsResource", resource)) => {
            let name = text(resource, "/domainName").unwrap_or_default();
            let label = |label: &str| {
                !label.is_empty()
                    && label.len() <= 63
                    && !label.starts_with('-')
                    && !label.ends_with('-')
                    && label.chars().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_'))
            };
            if !name.contains('.') || !name.split('.').all(label) {
                return Err(Refusal::invalid(path, format!("{name:?} is no domain name.")));
            }
            if text(resource, "/ipAddressType") == Some("DUALSTACK") {
                return Err(Refusal::invalid(path, "A DNS resource is either IPV4 or IPV6."));
            }
            Ok(())
        }
        Some(("ipResource", resource)) => {
            let address = text(resource, "/ipAddress").unwrap_or_default();
            let in_vpc = match address.parse() {
                Ok(IpAddr::V4(address)) => address.is_private() || is_shared(address.octets()),
                Ok(IpAddr::V6(_)) => true,
                Err(_) => false,
            };
            if in_vpc { Ok(()) } else { Err(Refusal::invalid(path, format!("{address:?} is no address in a VPC."))) }
        }
        _ => Ok(()),
    }
}

/// The shared address space of RFC 6598, which VPCs may use.
fn is_shared([first, second, ..]: [u8; 4]) -> bool {
    first == 100 && (64..128).contains(&second)
}

fn check_gateway(account: &Account, input: &Value) -> Result<(), Refusal> {
    let Some(identifier) = text(input, "/resourceGatewayIdentifier") else { return Ok(()) };
    let key = identified(account, ObjectKind::ResourceGateway, identifier)?;
    let gateway = own_gateway(account, &key)?;
    if gateway.status() != "ACTIVE" {
        let message = format!("Resource gateway {} is {}, not ACTIVE.", key.id, gateway.status());
        return Err(Refusal::conflict("ResourceGateway", &key.id, message));
    }
    match (text(input, "/type"), gateway.text("resourceConfigDnsResolution")) {
        (Some("ARN"), "IN_VPC") => {
            Err(Refusal::invalid("type", "ARN does not go with a gateway that resolves IN_VPC."))
        }
        (Some("CIDR"), "PUBLIC") => Err(Refusal::invalid("type", "CIDR needs a gateway that resolves IN_VPC.")),
        _ => Ok(()),
    }
}

fn check_group(account: &Account, input: &Value) -> Result<(), Refusal> {
    let Some(identifier) = text(input, "/resourceConfigurationGroupIdentifier") else { return Ok(()) };
    let key = identified(account, ObjectKind::ResourceConfiguration, identifier)?;
    match account.get(&key) {
        Some(group) if group.text("type") == "GROUP" && group.status() == "ACTIVE" => Ok(()),
        _ => Err(Refusal::invalid("resourceConfigurationGroupIdentifier", "It is no ACTIVE group.")),
    }
}

fn key(account: &Account, input: &Value) -> Result<Key, Refusal> {
    let identifier = text(input, "/resourceConfigurationIdentifier").unwrap_or_default();
    identified(account, ObjectKind::ResourceConfiguration, identifier)
}
