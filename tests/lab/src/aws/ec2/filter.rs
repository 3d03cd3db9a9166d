//! Filters of EC2: every filter must agree, each with any of its values, in which `*` and `?` stand for other letters.

use serde_json::Value;

use super::super::json::{list, text, texts};
use super::super::refusal::Refusal;
use super::refuse;

/// A filter's name, and where in a description the values stand that it looks at: the names of members, `*` for all entries.
pub(super) type Filter = (&'static str, &'static [&'static str]);

/// Filters can have this many values.
const MOST_VALUES: usize = 200;

pub(super) const VPCS: &[Filter] = &[
    ("vpc-id", &["VpcId"]),
    ("cidr", &["CidrBlock"]),
    ("cidr-block-association.cidr-block", &["CidrBlockAssociationSet", "*", "CidrBlock"]),
    ("dhcp-options-id", &["DhcpOptionsId"]),
    ("is-default", &["IsDefault"]),
    ("owner-id", &["OwnerId"]),
    ("state", &["State"]),
];

pub(super) const SUBNETS: &[Filter] = &[
    ("subnet-id", &["SubnetId"]),
    ("subnet-arn", &["SubnetArn"]),
    ("vpc-id", &["VpcId"]),
    ("availability-zone", &["AvailabilityZone"]),
    ("availability-zone-id", &["AvailabilityZoneId"]),
    ("cidr-block", &["CidrBlock"]),
    ("default-for-az", &["DefaultForAz"]),
    ("ipv6-native", &["Ipv6Native"]),
    ("owner-id", &["OwnerId"]),
    ("state", &["State"]),
];

pub(super) const SECURITY_GROUPS: &[Filter] = &[
    ("group-id", &["GroupId"]),
    ("group-name", &["GroupName"]),
    ("description", &["Description"]),
    ("vpc-id", &["VpcId"]),
    ("owner-id", &["OwnerId"]),
    ("ip-permission.cidr", &["IpPermissions", "*", "IpRanges", "*", "CidrIp"]),
    ("ip-permission.from-port", &["IpPermissions", "*", "FromPort"]),
    ("ip-permission.to-port", &["IpPermissions", "*", "ToPort"]),
    ("ip-permission.protocol", &["IpPermissions", "*", "IpProtocol"]),
    ("ip-permission.group-id", &["IpPermissions", "*", "UserIdGroupPairs", "*", "GroupId"]),
    ("egress.ip-permission.cidr", &["IpPermissionsEgress", "*", "IpRanges", "*", "CidrIp"]),
    ("egress.ip-permission.protocol", &["IpPermissionsEgress", "*", "IpProtocol"]),
];

pub(super) const SECURITY_GROUP_RULES: &[Filter] =
    &[("group-id", &["GroupId"]), ("security-group-rule-id", &["SecurityGroupRuleId"])];

pub(super) const NETWORK_INTERFACES: &[Filter] = &[
    ("network-interface-id", &["NetworkInterfaceId"]),
    ("vpc-id", &["VpcId"]),
    ("subnet-id", &["SubnetId"]),
    ("availability-zone", &["AvailabilityZone"]),
    ("description", &["Description"]),
    ("group-id", &["Groups", "*", "GroupId"]),
    ("group-name", &["Groups", "*", "GroupName"]),
    ("interface-type", &["InterfaceType"]),
    ("owner-id", &["OwnerId"]),
    ("private-ip-address", &["PrivateIpAddress"]),
    ("addresses.private-ip-address", &["PrivateIpAddresses", "*", "PrivateIpAddress"]),
    ("requester-id", &["RequesterId"]),
    ("requester-managed", &["RequesterManaged"]),
    ("status", &["Status"]),
];

pub(super) const VPC_ENDPOINTS: &[Filter] = &[
    ("vpc-endpoint-id", &["VpcEndpointId"]),
    ("vpc-endpoint-type", &["VpcEndpointType"]),
    ("vpc-endpoint-state", &["State"]),
    ("service-name", &["ServiceName"]),
    ("vpc-id", &["VpcId"]),
    ("ip-address-type", &["IpAddressType"]),
];

/// The objects that all filters of an input agree with.
pub(super) fn apply(known: &[Filter], input: &Value, mut objects: Vec<Value>) -> Result<Vec<Value>, Refusal> {
    for filter in list(input, "/Filters") {
        let Some(name) = text(filter, "/Name") else {
            return Err(refuse("InvalidParameterValue", "A filter needs a name."));
        };
        let values = texts(filter, "/Values");
        if values.is_empty() {
            return Err(refuse("InvalidParameterValue", format!("The filter '{name}' has no values.")));
        }
        if values.len() > MOST_VALUES {
            let message = format!("The filter '{name}' has more than {MOST_VALUES} values.");
            return Err(refuse("FilterLimitExceeded", message));
        }
        let path = known.iter().find(|(known, _)| *known == name).map(|(_, path)| *path);
        if path.is_none() && name != "tag-key" && !name.starts_with("tag:") {
            return Err(refuse("InvalidParameterValue", format!("The filter '{name}' is invalid")));
        }
        objects.retain(|object| {
            let found = path.map_or_else(|| tagged(object, name), |path| at(object, path));
            found.iter().any(|found| values.iter().any(|value| fits(value, found)))
        });
    }
    Ok(objects)
}

/// The texts at a path.
fn at(value: &Value, path: &[&str]) -> Vec<String> {
    match (path.split_first(), value) {
        (None, Value::String(text)) => vec![text.clone()],
        (None, Value::Null) => Vec::new(),
        (None, other) => vec![other.to_string()],
        (Some((&"*", rest)), _) => list(value, "").iter().flat_map(|entry| at(entry, rest)).collect(),
        (Some((member, rest)), _) => at(&value[*member], rest),
    }
}

/// The keys of an object's tags, or the values of one key.
fn tagged(object: &Value, name: &str) -> Vec<String> {
    let key = name.strip_prefix("tag:");
    let tags = list(object, "/Tags").iter().chain(list(object, "/TagSet"));
    let of_key = tags.filter(|tag| key.is_none_or(|key| text(tag, "/Key") == Some(key)));
    let member = if key.is_some() { "/Value" } else { "/Key" };
    of_key.filter_map(|tag| text(tag, member)).map(str::to_owned).collect()
}

/// Whether a text fits a pattern.
fn fits(pattern: &str, text: &str) -> bool {
    let Some(first) = pattern.chars().next() else { return text.is_empty() };
    let rest = &pattern[first.len_utf8()..];
    let mut letters = text.chars();
    match first {
        '*' => text.char_indices().map(|(at, _)| at).chain([text.len()]).any(|at| fits(rest, &text[at..])),
        '?' => letters.next().is_some() && fits(rest, letters.as_str()),
        _ => letters.next() == Some(first) && fits(rest, letters.as_str()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_and_question_marks_stand_for_letters() {
        for (pattern, text, expected) in [
            ("ELB net/one/*", "ELB net/one/0123", true),
            ("ELB net/one/*", "ELB net/two/0123", false),
            ("10.0.?.10", "10.0.1.10", true),
            ("10.0.?.10", "10.0.12.10", false),
            ("*", "", true),
            ("a*c", "abcbc", true),
            ("a", "ab", false),
        ] {
            assert_eq!(fits(pattern, text), expected, "{pattern} {text}");
        }
    }
}
