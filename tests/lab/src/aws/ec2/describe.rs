//! The network in the words of EC2.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::super::account::Account;
use super::super::network::{Network, NetworkInterface, Peer, Rule, SecurityGroup, Subnet, Vpc, VpcEndpoint};

/// Describes what an account has.
pub(super) struct Describer<'a> {
    account: &'a Account,
    network: &'a Network,
}

impl<'a> Describer<'a> {
    pub(super) fn new(account: &'a Account) -> Self {
        Self { account, network: &account.network }
    }

    pub(super) fn vpcs(&self) -> Vec<Value> {
        let describe = |vpc: &Vpc| {
            json!({
                "VpcId": vpc.id,
                "CidrBlock": vpc.cidr,
                "CidrBlockAssociationSet": [{
                    "AssociationId": vpc.id.replacen("vpc-", "vpc-cidr-assoc-", 1),
                    "CidrBlock": vpc.cidr,
                    "CidrBlockState": {"State": "associated"},
                }],
                "State": "available",
                "OwnerId": vpc.owner,
                "IsDefault": false,
                "DhcpOptionsId": "dopt-0a1b2c3d4e5f60f01",
                "InstanceTenancy": "default",
                "Tags": tags(&vpc.tags),
            })
        };
        self.network.vpcs.iter().map(describe).collect()
    }

    pub(super) fn subnets(&self) -> Vec<Value> {
        let describe = |subnet: &Subnet| {
            let zone_letter = subnet.zone.bytes().last().unwrap_or(b'a').saturating_sub(b'a') + 1;
            json!({
                "SubnetId": subnet.id,
                "SubnetArn": self.arn(&subnet.owner, "subnet", &subnet.id),
                "VpcId": subnet.vpc,
                "CidrBlock": subnet.cidr,
                "AvailabilityZone": subnet.zone,
                "AvailabilityZoneId": format!("usw2-az{zone_letter}"),
                "AvailableIpAddressCount": 240,
                "State": "available",
                "OwnerId": subnet.owner,
                "DefaultForAz": false,
                "MapPublicIpOnLaunch": false,
                "Ipv6Native": false,
                "Tags": tags(&subnet.tags),
            })
        };
        self.network.subnets.iter().map(describe).collect()
    }

    pub(super) fn security_groups(&self) -> Vec<Value> {
        let describe = |group: &SecurityGroup| {
            json!({
                "GroupId": group.id,
                "GroupName": group.name,
                "Description": group.description,
                "VpcId": group.vpc,
                "OwnerId": group.owner,
                "SecurityGroupArn": self.arn(&group.owner, "security-group", &group.id),
                "IpPermissions": permissions(&group.ingress, &group.owner),
                "IpPermissionsEgress": permissions(&group.egress, &group.owner),
                "Tags": tags(&group.tags),
            })
        };
        self.network.security_groups.iter().map(describe).collect()
    }

    pub(super) fn security_group_rules(&self) -> Vec<Value> {
        let rules = |group: &'a SecurityGroup| {
            let ways = [(&group.ingress, false), (&group.egress, true)];
            ways.into_iter().flat_map(move |(rules, egress)| rules.iter().map(move |rule| (group, rule, egress)))
        };
        let all = self.network.security_groups.iter().flat_map(rules);
        all.map(|(group, rule, egress)| self.rule(group, rule, egress)).collect()
    }

    pub(super) fn network_interfaces(&self) -> Vec<Value> {
        let describe = |interface: &NetworkInterface| {
            let mut described = json!({
                "NetworkInterfaceId": interface.id,
                "VpcId": interface.vpc,
                "SubnetId": interface.subnet,
                "Description": interface.description,
                "Groups": self.groups(&interface.security_groups),
                "InterfaceType": interface.kind,
                "OwnerId": self.account.options.account,
                "PrivateIpAddress": interface.address,
                "PrivateIpAddresses": [{"Primary": true, "PrivateIpAddress": interface.address}],
                "RequesterManaged": interface.requester_managed,
                "Status": "in-use",
                "SourceDestCheck": true,
                "TagSet": tags(&interface.tags),
            });
            if let Some(subnet) = self.network.subnet(&interface.subnet) {
                described["AvailabilityZone"] = json!(subnet.zone);
            }
            if interface.description.starts_with("ELB ") {
                described["RequesterId"] = json!("amazon-elb");
            }
            described
        };
        self.network.network_interfaces.iter().map(describe).collect()
    }

    pub(super) fn vpc_endpoints(&self) -> Vec<Value> {
        let describe = |endpoint: &VpcEndpoint| {
            let names = endpoint.names.iter().map(|name| json!({"DnsName": name.name, "HostedZoneId": name.zone}));
            json!({
                "VpcEndpointId": endpoint.id,
                "VpcEndpointType": "Interface",
                "VpcId": endpoint.vpc,
                "ServiceName": endpoint.service,
                "State": endpoint.state,
                "SubnetIds": endpoint.subnets,
                "Groups": self.groups(&endpoint.security_groups),
                "IpAddressType": "ipv4",
                "PrivateDnsEnabled": endpoint.private_dns,
                "RequesterManaged": false,
                "DnsEntries": names.collect::<Vec<_>>(),
                "CreationTimestamp": "2026-01-01T00:00:00Z",
                "OwnerId": self.account.options.account,
                "Tags": tags(&endpoint.tags),
            })
        };
        self.network.vpc_endpoints.iter().map(describe).collect()
    }

    fn rule(&self, group: &SecurityGroup, rule: &Rule, egress: bool) -> Value {
        let id = group.rule_id(rule, egress);
        // Rules of protocols without ports say -1 here, and nothing in the description of their group.
        let (from, to) = rule.ports.unwrap_or((-1, -1));
        let mut described = json!({
            "SecurityGroupRuleId": id,
            "SecurityGroupRuleArn": self.arn(&group.owner, "security-group-rule", &id),
            "GroupId": group.id,
            "GroupOwnerId": group.owner,
            "IsEgress": egress,
            "IpProtocol": rule.protocol,
            "FromPort": from,
            "ToPort": to,
            "Tags": [],
        });
        let (member, peer) = match &rule.peer {
            Peer::Cidr(block) if block.contains(':') => ("CidrIpv6", json!(block)),
            Peer::Cidr(block) => ("CidrIpv4", json!(block)),
            Peer::PrefixList(id) => ("PrefixListId", json!(id)),
            Peer::Group(id) => ("ReferencedGroupInfo", json!({"GroupId": id, "UserId": group.owner})),
        };
        described[member] = peer;
        if let Some(description) = &rule.description {
            described["Description"] = json!(description);
        }
        described
    }

    /// Groups by id and name.
    fn groups(&self, ids: &[String]) -> Vec<Value> {
        let name = |id: &String| self.network.security_group(id).map_or("", |group| group.name.as_str());
        ids.iter().map(|id| json!({"GroupId": id, "GroupName": name(id)})).collect()
    }

    fn arn(&self, owner: &str, kind: &str, id: &str) -> String {
        format!("arn:aws:ec2:{}:{owner}:{kind}/{id}", self.account.options.region)
    }
}

/// What the rules of one permission agree in.
type Traffic<'a> = (&'a str, Option<(i32, i32)>);

/// Rules as groups show them: those of the same protocol and ports are one permission.
fn permissions(rules: &[Rule], owner: &str) -> Vec<Value> {
    let mut permissions: Vec<(Traffic<'_>, Value)> = Vec::new();
    for rule in rules {
        let key = (rule.protocol.as_str(), rule.ports);
        let at = permissions.iter().position(|(other, _)| *other == key).unwrap_or_else(|| {
            permissions.push((key, permission(rule)));
            permissions.len() - 1
        });
        let (list, mut entry) = match &rule.peer {
            Peer::Cidr(block) if block.contains(':') => ("Ipv6Ranges", json!({"CidrIpv6": block})),
            Peer::Cidr(block) => ("IpRanges", json!({"CidrIp": block})),
            Peer::PrefixList(id) => ("PrefixListIds", json!({"PrefixListId": id})),
            Peer::Group(id) => ("UserIdGroupPairs", json!({"GroupId": id, "UserId": owner})),
        };
        if let Some(description) = &rule.description {
            entry["Description"] = json!(description);
        }
        if let Some(entries) = permissions[at].1[list].as_array_mut() {
            entries.push(entry);
        }
    }
    permissions.into_iter().map(|(_, permission)| permission).collect()
}

/// A permission for nobody yet.
fn permission(rule: &Rule) -> Value {
    let mut permission = Map::new();
    permission.insert("IpProtocol".to_owned(), json!(rule.protocol));
    if let Some((from, to)) = rule.ports {
        permission.insert("FromPort".to_owned(), json!(from));
        permission.insert("ToPort".to_owned(), json!(to));
    }
    for list in ["IpRanges", "Ipv6Ranges", "PrefixListIds", "UserIdGroupPairs"] {
        permission.insert(list.to_owned(), json!([]));
    }
    Value::Object(permission)
}

fn tags(tags: &BTreeMap<String, String>) -> Vec<Value> {
    tags.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect()
}
