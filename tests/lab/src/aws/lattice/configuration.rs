//! Resource configurations of VPC Lattice.

use serde_json::{Map, Value, json};

use super::super::account::{Account, Done};
use super::super::json::{copy, default, text};
use super::super::object::{Key, Object, ObjectKind, Then};
use super::super::page;
use super::super::refusal::Refusal;
use super::super::tags;
use super::rules::{check_definition, check_domains, check_ports, check_type, check_update};
use super::{identified, identify, is_shared, own_gateway, patch, settled, unique};

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
    check_domains(account, input)?;
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
        may_change(account, object)?;
        settled(object).map_err(|refusal| Refusal::unprocessable(refusal.message))?;
        check_update(object.text("type"), input)?;
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
    may_change(account, object)?;
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
    if text(input, "/type") == Some("GROUP") {
        default(&mut body, "portRanges", json!(["1-65535"]));
    }
    if let Some(identifier) = text(input, "/domainVerificationIdentifier") {
        verified(account, identifier, &mut body);
    }
    inherit(account, &mut body);
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

/// What is said of a domain that was verified.
fn verified(account: &Account, identifier: &str, body: &mut Map<String, Value>) {
    let id = identifier.rsplit('/').next().unwrap_or_default();
    body.insert("domainVerificationId".to_owned(), json!(id));
    let arn = account.arn("vpc-lattice", &format!("domainverification/{id}"));
    body.insert("domainVerificationArn".to_owned(), json!(arn));
    body.insert("domainVerificationStatus".to_owned(), json!("VERIFIED"));
}

/// What a child has of its group: the resource gateway, and the verification of the domain.
fn inherit(account: &Account, body: &mut Map<String, Value>) {
    let Some(group) = body.get("resourceConfigurationGroupId").and_then(Value::as_str) else { return };
    let Some(group) = account.get(&Key::new(ObjectKind::ResourceConfiguration, group)) else { return };
    for member in ["resourceGatewayId", "domainVerificationId", "domainVerificationArn", "domainVerificationStatus"] {
        if let Some(value) = group.body.get(member)
            && !body.contains_key(member)
        {
            body.insert(member.to_owned(), value.clone());
        }
    }
}

fn fill_address_type(resource: &mut Value) {
    if resource.get("ipAddressType").is_none() {
        resource["ipAddressType"] = json!("IPV4");
    }
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

/// What AWS manages for itself, or another account shares, is there to be used and no more.
fn may_change(account: &Account, configuration: &Object) -> Result<(), Refusal> {
    if configuration.is_service_managed() {
        return Err(Refusal::denied("The resource configuration is managed by AWS"));
    }
    if is_shared(account, configuration) {
        return Err(Refusal::denied("The resource configuration belongs to another account"));
    }
    Ok(())
}

fn key(account: &Account, input: &Value) -> Result<Key, Refusal> {
    let identifier = text(input, "/resourceConfigurationIdentifier").unwrap_or_default();
    identified(account, ObjectKind::ResourceConfiguration, identifier)
}
