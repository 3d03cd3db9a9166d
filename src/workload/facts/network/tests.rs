//! What EC2 answers, as it is kept.

use super::*;

fn rule() -> aws_sdk_ec2::types::builders::SecurityGroupRuleBuilder {
    sdk::SecurityGroupRule::builder().group_id("sg-1").is_egress(false).ip_protocol("tcp").from_port(443).to_port(443)
}

#[test]
fn rules_that_let_tcp_through_are_kept() {
    let everywhere = Peer::Addresses("0.0.0.0/0".parse().unwrap());
    let group = sdk::ReferencedSecurityGroup::builder().group_id("sg-2").build();
    let kept = |direction, ports, peer| Some(Rule { group: "sg-1".into(), direction, ports, peer });
    let table = [
        ("in", rule().cidr_ipv4("0.0.0.0/0"), kept(Direction::In, (443, 443), everywhere.clone())),
        ("out", rule().cidr_ipv4("0.0.0.0/0").is_egress(true), kept(Direction::Out, (443, 443), everywhere.clone())),
        (
            "all protocols have no ports",
            rule().cidr_ipv4("0.0.0.0/0").ip_protocol("-1").from_port(-1).to_port(-1),
            kept(Direction::In, (0, 65535), everywhere.clone()),
        ),
        (
            "TCP by number",
            rule().cidr_ipv4("0.0.0.0/0").ip_protocol("6").from_port(0).to_port(65535),
            kept(Direction::In, (0, 65535), everywhere.clone()),
        ),
        (
            "IPv6",
            rule().cidr_ipv6("fd00::/8"),
            kept(Direction::In, (443, 443), Peer::Addresses("fd00::/8".parse().unwrap())),
        ),
        ("group", rule().referenced_group_info(group), kept(Direction::In, (443, 443), Peer::Group("sg-2".into()))),
        (
            "prefix list",
            rule().prefix_list_id("pl-1"),
            kept(Direction::In, (443, 443), Peer::PrefixList("pl-1".into())),
        ),
        ("UDP", rule().cidr_ipv4("0.0.0.0/0").ip_protocol("udp"), None),
        ("the placeholder", rule().cidr_ipv4("255.255.255.255/32").ip_protocol("icmp"), None),
        ("no other side", rule(), None),
    ];
    for (case, answer, expected) in table {
        assert_eq!(Rule::parse(answer.build()), expected, "{case}");
    }
}

#[test]
fn a_subnet_has_addresses_of_both_families() {
    let six = sdk::SubnetIpv6CidrBlockAssociation::builder().ipv6_cidr_block("fd00:1::/64").build();
    let answer = sdk::Subnet::builder()
        .subnet_id("subnet-1")
        .vpc_id("vpc-1")
        .cidr_block("10.0.1.0/24")
        .ipv6_cidr_block_association_set(six);
    let expected = Subnet {
        id: "subnet-1".into(),
        vpc: "vpc-1".into(),
        addresses: vec!["10.0.1.0/24".parse().unwrap(), "fd00:1::/64".parse().unwrap()],
    };
    assert_eq!(Subnet::from(answer.build()), expected);
}

#[test]
fn a_target_is_found_by_any_address_and_an_instance_by_its_first_interface() {
    let group = |id: &str| sdk::GroupIdentifier::builder().group_id(id).build();
    let attachment = |index| sdk::NetworkInterfaceAttachment::builder().instance_id("i-1").device_index(index).build();
    let address = |text: &str| sdk::NetworkInterfacePrivateIpAddress::builder().private_ip_address(text).build();
    let second = sdk::NetworkInterface::builder()
        .attachment(attachment(1))
        .groups(group("sg-second"))
        .private_ip_address("10.0.1.8")
        .private_ip_addresses(address("10.0.1.8"))
        .private_ip_addresses(address("10.0.1.9"))
        .ipv6_addresses(sdk::NetworkInterfaceIpv6Address::builder().ipv6_address("fd00::9").build());
    let first = sdk::NetworkInterface::builder().attachment(attachment(0)).groups(group("sg-first"));
    let interfaces = [second.build(), first.build()].map(Interface::from);
    let table = [
        ("10.0.1.8", Some("sg-second")),
        ("10.0.1.9", Some("sg-second")),
        ("fd00::9", Some("sg-second")),
        ("i-1", Some("sg-first")),
        ("i-2", None),
        ("10.0.1.10", None),
    ];
    for (target, expected) in table {
        assert_eq!(groups(&interfaces, target), expected.map(|group| vec![group.to_owned()]), "{target}");
    }
}

#[test]
fn each_kind_of_target_has_its_filter() {
    let targets = ["10.0.1.8", "i-1", "fd00::9", "10.0.1.9"].map(str::to_owned).to_vec();
    assert_eq!(
        by_filter(targets),
        [
            ("addresses.private-ip-address", vec!["10.0.1.8".to_owned(), "10.0.1.9".to_owned()]),
            ("ipv6-addresses.ipv6-address", vec!["fd00::9".to_owned()]),
            ("attachment.instance-id", vec!["i-1".to_owned()]),
        ]
    );
    assert!(by_filter(Vec::new()).is_empty());
}

#[test]
fn a_target_without_a_port_is_none() {
    let target = |port| Target { id: "10.0.1.8".into(), port, health: super::super::Health::Healthy };
    assert_eq!(backend(&target(None), None), None);
    let groups = Some(vec!["sg-1".to_owned()]);
    let expected = Backend { id: "10.0.1.8".into(), port: 8000, groups: groups.clone() };
    assert_eq!(backend(&target(Some(8000)), groups), Some(expected));
}
