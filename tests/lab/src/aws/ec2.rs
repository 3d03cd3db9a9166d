//! What EC2 describes: VPCs, subnets, security groups and their rules, network interfaces, VPC endpoints.

mod describe;
mod filter;

use serde_json::{Value, json};

use super::account::{Account, Done};
use super::json::{has, text, texts};
use super::page;
use super::refusal::Refusal;
use describe::Describer;
use filter::Filter;

/// How a kind of objects is described: where its ids and its list stand, and how refusals call it.
struct Kind {
    /// The input's list of ids.
    ids: &'static str,
    /// The parameter that the list of ids is called in requests.
    parameter: &'static str,
    /// The answer's list.
    list: &'static str,
    /// The member with the id.
    id: &'static str,
    /// What ids begin with.
    prefix: &'static str,
    /// The code for an id that is not there.
    not_found: &'static str,
    /// The code for what is no id.
    malformed: &'static str,
    /// What refusals call it.
    name: &'static str,
    /// The filters and where the values stand that they look at.
    filters: &'static [Filter],
    /// What there is.
    describe: fn(&Describer<'_>) -> Vec<Value>,
}

const VPCS: Kind = Kind {
    ids: "VpcIds",
    parameter: "VpcId",
    list: "Vpcs",
    id: "VpcId",
    prefix: "vpc-",
    not_found: "InvalidVpcID.NotFound",
    malformed: "InvalidVpcID.Malformed",
    name: "vpc ID",
    filters: filter::VPCS,
    describe: |describer| describer.vpcs(),
};

const SUBNETS: Kind = Kind {
    ids: "SubnetIds",
    parameter: "SubnetId",
    list: "Subnets",
    id: "SubnetId",
    prefix: "subnet-",
    not_found: "InvalidSubnetID.NotFound",
    malformed: "InvalidSubnetID.Malformed",
    name: "subnet ID",
    filters: filter::SUBNETS,
    describe: |describer| describer.subnets(),
};

const SECURITY_GROUPS: Kind = Kind {
    ids: "GroupIds",
    parameter: "GroupId",
    list: "SecurityGroups",
    id: "GroupId",
    prefix: "sg-",
    not_found: "InvalidGroup.NotFound",
    malformed: "InvalidGroupId.Malformed",
    name: "security group",
    filters: filter::SECURITY_GROUPS,
    describe: |describer| describer.security_groups(),
};

const SECURITY_GROUP_RULES: Kind = Kind {
    ids: "SecurityGroupRuleIds",
    parameter: "SecurityGroupRuleId",
    list: "SecurityGroupRules",
    id: "SecurityGroupRuleId",
    prefix: "sgr-",
    not_found: "InvalidSecurityGroupRuleId.NotFound",
    malformed: "InvalidSecurityGroupRuleId.Malformed",
    name: "security group rule ID",
    filters: filter::SECURITY_GROUP_RULES,
    describe: |describer| describer.security_group_rules(),
};

const NETWORK_INTERFACES: Kind = Kind {
    ids: "NetworkInterfaceIds",
    parameter: "NetworkInterfaceId",
    list: "NetworkInterfaces",
    id: "NetworkInterfaceId",
    prefix: "eni-",
    not_found: "InvalidNetworkInterfaceID.NotFound",
    malformed: "InvalidNetworkInterfaceId.Malformed",
    name: "networkInterface ID",
    filters: filter::NETWORK_INTERFACES,
    describe: |describer| describer.network_interfaces(),
};

const VPC_ENDPOINTS: Kind = Kind {
    ids: "VpcEndpointIds",
    parameter: "VpcEndpointId",
    list: "VpcEndpoints",
    id: "VpcEndpointId",
    prefix: "vpce-",
    not_found: "InvalidVpcEndpointId.NotFound",
    malformed: "InvalidVpcEndpointId.Malformed",
    name: "Vpc Endpoint Id",
    filters: filter::VPC_ENDPOINTS,
    describe: |describer| describer.vpc_endpoints(),
};

/// Performs an operation of EC2.
pub(super) fn perform(account: &Account, operation: &str, input: &Value) -> Result<Done, Refusal> {
    if input["DryRun"] == json!(true) {
        let message = "Request would have succeeded, but DryRun flag is set.";
        return Err(Refusal::front(412, "DryRunOperation", message));
    }
    let kind = match operation {
        "DescribeVpcAttribute" => return vpc_attribute(account, input),
        "DescribeVpcs" => &VPCS,
        "DescribeSubnets" => &SUBNETS,
        "DescribeSecurityGroups" => &SECURITY_GROUPS,
        "DescribeSecurityGroupRules" => &SECURITY_GROUP_RULES,
        "DescribeNetworkInterfaces" => &NETWORK_INTERFACES,
        "DescribeVpcEndpoints" => &VPC_ENDPOINTS,
        _ => return Err(Refusal::front(501, "NotImplemented", format!("The emulation does not know {operation}."))),
    };
    describe(account, operation, kind, input)
}

fn describe(account: &Account, operation: &str, kind: &Kind, input: &Value) -> Result<Done, Refusal> {
    let pointer = format!("/{}", kind.ids);
    let ids = texts(input, &pointer);
    let named = !ids.is_empty();
    if named && (has(input, "/MaxResults") || has(input, "/NextToken")) {
        let message = format!("The parameter {} cannot be used with the parameter MaxResults", kind.parameter);
        return Err(refuse("InvalidParameterCombination", message));
    }
    let mut found = (kind.describe)(&Describer::new(account));
    for id in &ids {
        check_id(kind, id, &found)?;
    }
    found.retain(|object| !named || ids.iter().any(|id| object[kind.id] == json!(id)));
    check_names(input)?;
    let found = filter::apply(kind.filters, input, found)?;
    // Whoever names what they want gets all of it.
    let own = if named { usize::MAX } else { account.options.page_size };
    let wanted = input["MaxResults"].as_u64().and_then(|most| usize::try_from(most).ok()).unwrap_or(usize::MAX);
    let token = text(input, "/NextToken");
    let Some((items, next)) = page::cut(operation, page::numbered(found), token, wanted.min(own)) else {
        return Err(refuse("InvalidNextToken", "The token is not valid."));
    };
    let mut answer = json!({kind.list: items});
    if let Some(token) = next {
        answer["NextToken"] = json!(token);
    }
    Ok(Done::read(answer))
}

fn check_id(kind: &Kind, id: &str, found: &[Value]) -> Result<(), Refusal> {
    let digits = id.strip_prefix(kind.prefix).unwrap_or_default();
    if !matches!(digits.len(), 8 | 17) || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return Err(refuse(kind.malformed, format!("Invalid id: \"{id}\" (expecting \"{}...\")", kind.prefix)));
    }
    if found.iter().any(|object| object[kind.id] == json!(id)) {
        return Ok(());
    }
    Err(refuse(kind.not_found, format!("The {} '{id}' does not exist", kind.name)))
}

/// Security groups can be asked for by name in a default VPC only, of which there is none here.
fn check_names(input: &Value) -> Result<(), Refusal> {
    match text(input, "/GroupNames/0") {
        Some(name) => {
            let message = format!("The security group '{name}' does not exist in default VPC");
            Err(refuse("InvalidGroup.NotFound", message))
        }
        None => Ok(()),
    }
}

/// `DescribeVpcAttribute`, which tells one attribute at a time.
fn vpc_attribute(account: &Account, input: &Value) -> Result<Done, Refusal> {
    let id = text(input, "/VpcId").unwrap_or_default();
    check_id(&VPCS, id, &Describer::new(account).vpcs())?;
    let Some(vpc) = account.network.vpc(id) else {
        return Err(refuse(VPCS.not_found, format!("The vpc ID '{id}' does not exist")));
    };
    let attribute = match text(input, "/Attribute") {
        Some("enableDnsSupport") => ("EnableDnsSupport", vpc.dns_support),
        Some("enableDnsHostnames") => ("EnableDnsHostnames", vpc.dns_hostnames),
        _ => return Err(refuse("InvalidParameterValue", "The emulation does not know the attribute.")),
    };
    Ok(Done::read(json!({"VpcId": id, attribute.0: {"Value": attribute.1}})))
}

/// A refusal of EC2, whose model declares none.
fn refuse(code: &str, message: impl Into<String>) -> Refusal {
    Refusal::front(400, code, message)
}
