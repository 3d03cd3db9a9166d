//! Every row of both tables, and what a routing domain makes of them.

use std::sync::Arc;

use super::*;
use crate::{
    aws::Fault,
    workload::{facts::Zone, hop::Truth},
};

const HOST: &str = "api.internal.example.com";
const ALB: &str = "internal-k8s-restapi-restapi-0123456789-1234567890.us-west-2.elb.amazonaws.com";
const VPC: &str = "vpc-0a1b2c3d4e5f60718";

fn demand(routing: Routing<'static>) -> Demand<'static> {
    Demand { host: HOST, load_balancer: Some(ALB), resolver: Resolver::InVpc, routing }
}

fn denied(operation: &'static str) -> Fault {
    Fault::new(operation, Some("AccessDenied"), "not authorized")
}

fn record(kind: &str) -> Record {
    Record { name: HOST.into(), kind: kind.into(), leads_to: vec![ALB.into()] }
}

/// A zone of an account, with what is known of its records when it is the operator's.
fn zone_of(owner: &str, records: Option<Known<Vec<Record>>>) -> Known<Option<Covering>> {
    let zone = Zone { id: "Z1".into(), name: "internal.example.com".into(), owner: owner.into() };
    let records = records.map(|records| records.map(Arc::new));
    Known::Read(Some(Covering { zone, records }))
}

fn zone(records: Known<Vec<Record>>) -> Known<Option<Covering>> {
    zone_of("111122223333", Some(records))
}

fn with_record() -> Known<Option<Covering>> {
    zone(Known::Read(vec![record("A")]))
}

fn without_record() -> Known<Option<Covering>> {
    zone(Known::Read(Vec::new()))
}

fn no_zone() -> Known<Option<Covering>> {
    Known::Read(None)
}

fn vpc(support: Known<bool>, hostnames: Known<bool>, covering: Known<Option<Covering>>) -> VpcDns {
    VpcDns { vpc: VPC.into(), support, hostnames, covering }
}

/// A VPC with both attributes on.
fn usual(covering: Known<Option<Covering>>) -> VpcDns {
    vpc(Known::Read(true), Known::Read(true), covering)
}

fn at(address: &str) -> LookUp {
    LookUp::Resolves(vec![address.parse().unwrap()])
}

fn failed() -> LookUp {
    LookUp::Failed("Temporary failure in name resolution".into())
}

struct Row {
    case: &'static str,
    vpc: VpcDns,
    look_up: LookUp,
    status: Truth,
    reason: Reason,
    way: Way,
    certainty: Certainty,
    words: Vec<&'static str>,
}

#[track_caller]
fn check(demand: &Demand<'_>, row: &Row) {
    let resolution = judge(demand, &row.vpc, &row.look_up);
    let message = &resolution.verdict.message;
    let found = (resolution.verdict.status, resolution.verdict.reason, resolution.way, resolution.certainty);
    assert_eq!(found, (row.status, row.reason, row.way, row.certainty), "{}: {message}", row.case);
    for word in &row.words {
        assert!(message.contains(word), "{}: {word} in: {message}", row.case);
    }
    assert_eq!(resolution.routing_domain, None, "{}", row.case);
}

macro_rules! rows {
    ($($case:literal: $vpc:expr, $look_up:expr => $status:ident $reason:ident $way:ident $certainty:ident [$($word:expr),*];)+) => {
        vec![$(Row {
            case: $case,
            vpc: $vpc,
            look_up: $look_up,
            status: Truth::$status,
            reason: Reason::$reason,
            way: Way::$way,
            certainty: Certainty::$certainty,
            words: vec![$($word),*],
        }),+]
    };
}

#[test]
fn resolved_in_the_vpc() {
    use Known::{Read, Unreadable};
    use LookUp::NoSuchName;
    let attribute = || Unreadable(denied("DescribeVpcAttribute"));
    let zones = || Unreadable(denied("ListHostedZonesByVPC"));
    let records = || zone(Unreadable(denied("ListResourceRecordSets")));
    for row in rows![
        "DNS off": vpc(Read(false), Read(true), with_record()), NoSuchName
            => False VpcDnsDisabled Unknown Unproved [VPC, "enableDnsSupport", HOST];
        "DNS off, whatever the operator finds": vpc(Read(false), attribute(), zones()), at("10.0.1.7")
            => False VpcDnsDisabled Unknown Unproved ["enableDnsSupport"];
        "hostnames off": vpc(Read(true), Read(false), with_record()), NoSuchName
            => False VpcDnsDisabled Unknown CannotResolve [VPC, "enableDnsHostnames", "internal.example.com"];
        "hostnames off, and the records hidden": vpc(Read(true), Read(false), records()), NoSuchName
            => False VpcDnsDisabled Unknown CannotResolve ["enableDnsHostnames"];
        "hostnames off, no look-up": vpc(Read(true), Read(false), with_record()), failed()
            => False VpcDnsDisabled Unknown Unproved ["enableDnsHostnames"];
        "hostnames off, and found": vpc(Read(true), Read(false), with_record()), at("10.0.1.7")
            => Unknown VpcDnsDisabled Unknown Unproved ["enableDnsHostnames", "private addresses"];
        "hostnames off, and no zone needs them": vpc(Read(true), Read(false), no_zone()), at("10.0.1.7")
            => True Settled Public Resolves ["private addresses"];
        "in the zone": usual(with_record()), failed()
            => True Settled PrivateHostedZone Resolves [HOST, VPC, "internal.example.com", ALB];
        "in the zone, and unknown here": usual(with_record()), NoSuchName
            => True Settled PrivateHostedZone Resolves [];
        "not in the zone": usual(without_record()), NoSuchName
            => False PrivateDnsMissing Unknown CannotResolve [HOST, "internal.example.com", VPC, "Add a record"];
        "not in the zone, no look-up": usual(without_record()), failed()
            => False PrivateDnsMissing Unknown CannotResolve [HOST];
        "not in the zone, and found": usual(without_record()), at("10.0.1.7")
            => Unknown PrivateDnsMissing Unknown Unproved [HOST, "private addresses"];
        "other records only": usual(zone(Read(vec![record("TXT")]))), NoSuchName
            => False PrivateDnsMissing Unknown CannotResolve [HOST];
        "handed over": usual(zone(Read(vec![record("NS")]))), NoSuchName
            => Unknown PrivateDnsMissing Unknown Unproved ["hands"];
        "no zone, and found": usual(no_zone()), at("10.0.1.7")
            => True Settled Public Resolves ["private addresses"];
        "no zone, and unknown": usual(no_zone()), NoSuchName
            => False PrivateDnsMissing Unknown CannotResolve [HOST, VPC, "No private hosted zone", "Associate"];
        "no zone, no look-up": usual(no_zone()), failed()
            => False PrivateDnsMissing Unknown CannotResolve [HOST, VPC, "Temporary failure", "Associate"];
        "support hidden, no zone, no look-up": vpc(attribute(), Read(true), no_zone()), failed()
            => Unknown Denied Unknown Unproved ["ec2:DescribeVpcAttribute", "Temporary failure"];
        "attributes hidden": vpc(attribute(), Read(true), with_record()), NoSuchName
            => Unknown Denied Unknown Unproved ["ec2:DescribeVpcAttribute"];
        "hostnames hidden": vpc(Read(true), attribute(), with_record()), NoSuchName
            => Unknown Denied Unknown Unproved ["ec2:DescribeVpcAttribute"];
        "support hidden, no zone": vpc(attribute(), Read(true), no_zone()), NoSuchName
            => Unknown Denied Unknown Unproved ["ec2:DescribeVpcAttribute"];
        "hostnames hidden, no zone needs them": vpc(Read(true), attribute(), no_zone()), NoSuchName
            => False PrivateDnsMissing Unknown CannotResolve [];
        "zones hidden": usual(zones()), at("10.0.1.7")
            => Unknown Denied Unknown Unproved ["route53:ListHostedZonesByVPC", "private addresses"];
        "records hidden": usual(records()), NoSuchName
            => Unknown Denied Unknown Unproved ["route53:ListResourceRecordSets", "internal.example.com"];
        "a zone of another account": usual(zone_of("444455556666", None)), NoSuchName
            => Unknown Denied Unknown Unproved ["444455556666", "internal.example.com", "owner only"];
        "a zone of another account, and found": usual(zone_of("444455556666", None)), at("10.0.1.7")
            => Unknown Denied Unknown Unproved ["444455556666", "private addresses"];
        "a zone of another account, and hostnames off": vpc(Read(true), Read(false), zone_of("444455556666", None)), NoSuchName
            => False VpcDnsDisabled Unknown CannotResolve ["enableDnsHostnames"];
    ] {
        check(&demand(Routing::Never), &row);
    }
}

#[test]
fn the_apex_of_a_zone_has_name_servers_of_its_own() {
    let apex = Demand { host: "internal.example.com", ..demand(Routing::Never) };
    let own = |kind: &str| Record { name: "internal.example.com".into(), ..record(kind) };
    let bare = usual(zone(Known::Read(vec![own("NS"), own("SOA")])));
    let resolution = judge(&apex, &bare, &LookUp::NoSuchName);
    assert_eq!(
        (resolution.verdict.reason, resolution.certainty),
        (Reason::PrivateDnsMissing, Certainty::CannotResolve)
    );
    let alias = usual(zone(Known::Read(vec![own("A"), own("NS"), own("SOA")])));
    assert_eq!(judge(&apex, &alias, &LookUp::NoSuchName).way, Way::PrivateHostedZone);
}

#[test]
fn resolved_by_public_dns() {
    use Known::{Read, Unreadable};
    use LookUp::NoSuchName;
    let off = vpc(Read(false), Read(false), no_zone());
    let zones = Unreadable(denied("ListHostedZonesByVPC"));
    let records = zone(Unreadable(denied("ListResourceRecordSets")));
    let public = Demand { resolver: Resolver::Public, ..demand(Routing::Never) };
    for row in rows![
        "a private name": usual(with_record()), NoSuchName
            => False PrivateNameOnPublicResolver Unknown CannotResolve [HOST, "internal.example.com", "IN_VPC"];
        "a private name that the operator finds": usual(with_record()), at("10.0.1.7")
            => False PrivateNameOnPublicResolver Unknown CannotResolve [HOST];
        "both private and public": usual(with_record()), at("54.1.2.3")
            => Unknown PrivateNameOnPublicResolver Unknown Unproved ["public addresses"];
        "a zone without it, and found": usual(without_record()), at("54.1.2.3")
            => True Settled Public Resolves ["public addresses"];
        "a zone without it": usual(without_record()), NoSuchName
            => Unknown PrivateDnsMissing Unknown Unproved ["hide"];
        "no zone, and found": off.clone(), at("10.0.1.7")
            => True Settled Public Resolves ["private addresses"];
        "nowhere": off.clone(), NoSuchName
            => False PrivateDnsMissing Unknown CannotResolve [HOST, VPC, "public DNS"];
        "no look-up": off, failed()
            => Unknown PrivateDnsMissing Unknown Unproved ["Temporary failure"];
        "zones hidden": usual(zones), at("10.0.1.7")
            => Unknown Denied Unknown Unproved ["route53:ListHostedZonesByVPC"];
        "records hidden": usual(records), at("10.0.1.7")
            => Unknown Denied Unknown Unproved ["route53:ListResourceRecordSets"];
        "a zone of another account": usual(zone_of("444455556666", None)), at("54.1.2.3")
            => Unknown Denied Unknown Unproved ["444455556666"];
    ] {
        check(&public, &row);
    }
}

/// An endpoint that is called over the internet has no VPC to speak of.
#[test]
fn without_a_vpc_nothing_is_said_of_one() {
    let nowhere = VpcDns { vpc: String::new(), ..vpc(Known::Read(false), Known::Read(false), no_zone()) };
    let public = Demand { resolver: Resolver::Public, ..demand(Routing::Never) };
    for look_up in [LookUp::NoSuchName, failed()] {
        let message = judge(&public, &nowhere, &look_up).verdict.message;
        assert!(
            message.contains(HOST) && !message.contains("resource gateway") && !message.contains(" of  "),
            "{message}"
        );
    }
}

#[test]
fn an_address_need_not_be_resolved() {
    for host in ["10.0.1.7", "fd00::7"] {
        let resolution = judge(&Demand { host, ..demand(Routing::Auto) }, &usual(no_zone()), &LookUp::NoSuchName);
        assert_eq!((resolution.verdict.status, resolution.routing_domain), (Truth::True, None), "{host}");
    }
}

#[test]
fn a_load_balancers_own_name_is_public() {
    let silent = vpc(Known::Read(false), Known::Read(false), Known::Unreadable(denied("ListHostedZonesByVPC")));
    for host in [ALB.to_owned(), ALB.to_uppercase(), format!("dualstack.{ALB}.")] {
        for resolver in [Resolver::InVpc, Resolver::Public] {
            let own = Demand { host: &host, resolver, ..demand(Routing::Auto) };
            let resolution = judge(&own, &silent, &failed());
            assert_eq!((resolution.verdict.status, resolution.way), (Truth::True, Way::Public), "{host}");
        }
    }
}

#[test]
fn what_certainly_cannot_be_resolved_is_reached_by_the_load_balancers_name() {
    let off = |support, hostnames| vpc(Known::Read(support), Known::Read(hostnames), with_record());
    let proposed = [
        (usual(without_record()), LookUp::NoSuchName),
        (usual(no_zone()), LookUp::NoSuchName),
        (usual(no_zone()), failed()),
        (off(true, false), LookUp::NoSuchName),
    ];
    for (vpc, look_up) in proposed {
        let resolution = judge(&demand(Routing::Auto), &vpc, &look_up);
        assert_eq!((resolution.verdict.status, resolution.way), (Truth::True, Way::RoutingDomain), "{vpc:?}");
        assert_eq!(resolution.routing_domain.as_deref(), Some(ALB));
        assert!(resolution.verdict.message.contains("because"), "{}", resolution.verdict.message);
    }
    let left_alone = [
        (usual(with_record()), LookUp::NoSuchName, Truth::True),
        (usual(without_record()), at("10.0.1.7"), Truth::Unknown),
        (usual(Known::Unreadable(denied("ListHostedZonesByVPC"))), LookUp::NoSuchName, Truth::Unknown),
        (off(false, true), LookUp::NoSuchName, Truth::False),
    ];
    for (vpc, look_up, status) in left_alone {
        let resolution = judge(&demand(Routing::Auto), &vpc, &look_up);
        assert_eq!((resolution.verdict.status, resolution.routing_domain), (status, None), "{vpc:?}");
    }
    let unknown = Demand { load_balancer: None, ..demand(Routing::Auto) };
    let resolution = judge(&unknown, &usual(no_zone()), &LookUp::NoSuchName);
    assert_eq!((resolution.verdict.status, resolution.routing_domain), (Truth::False, None), "nothing to propose");
}

#[test]
fn a_routing_domain_that_is_set_stays_and_is_told_when_it_is_no_longer_needed() {
    let set = demand(Routing::Set(ALB));
    let table = [
        (usual(with_record()), LookUp::NoSuchName, Truth::True, "no longer needed"),
        (usual(without_record()), LookUp::NoSuchName, Truth::True, "because"),
        (usual(no_zone()), failed(), Truth::True, "because"),
        (usual(without_record()), at("10.0.1.7"), Truth::True, "instead of"),
        (vpc(Known::Read(false), Known::Read(true), no_zone()), failed(), Truth::Unknown, "enableDnsSupport"),
    ];
    for (vpc, look_up, status, words) in table {
        let resolution = judge(&set, &vpc, &look_up);
        let message = &resolution.verdict.message;
        assert_eq!((resolution.verdict.status, resolution.way), (status, Way::RoutingDomain), "{message}");
        assert_eq!(resolution.routing_domain.as_deref(), Some(ALB));
        assert!(message.contains(words) && message.contains(HOST), "{words} in: {message}");
        assert_eq!(message.contains("no longer needed"), resolution.certainty == Certainty::Resolves, "{message}");
    }
}
