//! How a VPC resolves names: its attributes, the private hosted zones it is associated with, and what they have for a host. Also what
//! the operator's own resolver says.

use std::{io, net::IpAddr, sync::Arc, time::Duration};

use aws_sdk_ec2::types::VpcAttributeName;
use aws_sdk_route53::types::{self as sdk, VpcRegion};
use tokio::time::{Instant, timeout};

use super::{Facts, Known, pages};
use crate::aws::{Aws, Fault};

/// The largest page that Route 53's model allows.
const PAGE: i32 = 100;

/// How long the operator's own resolver may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// How many wildcards may apply to a host: each costs a request, and Route 53 allows few.
const WILDCARDS: usize = 8;

/// How a VPC resolves a host.
#[derive(Debug, Clone, PartialEq)]
pub struct VpcDns {
    /// The VPC.
    pub vpc: String,
    /// `enableDnsSupport`: whether its resolver answers at all.
    pub support: Known<bool>,
    /// `enableDnsHostnames`: with support, whether private hosted zones answer.
    pub hostnames: Known<bool>,
    /// The private hosted zone that answers for the host, when there is one.
    pub covering: Known<Option<Covering>>,
}

/// The private hosted zone that answers for a host: of those associated with the VPC, the one with the longest name.
#[derive(Debug, Clone, PartialEq)]
pub struct Covering {
    /// The zone.
    pub zone: Zone,
    /// Its records for the host: those with its very name; without any, those of the nearest wildcard. `None` when the zone belongs to
    /// another account, or to a service: Route 53 shows records to the owner only.
    pub records: Option<Known<Arc<Vec<Record>>>>,
}

/// A private hosted zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone {
    /// The id, for example `Z0123456789ABCDEFGHIJ`.
    pub id: String,
    /// The name, in lower case and without a dot at the end.
    pub name: String,
    /// The account or AWS service that keeps it; empty where Route 53 does not tell.
    pub owner: String,
}

/// A set of records with one name and type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The name, in lower case and without a dot at the end; wildcards begin with `*.`.
    pub name: String,
    /// `A`, `AAAA`, `CNAME`, `NS`, ...
    pub kind: String,
    /// The values, or what it is an alias of.
    pub leads_to: Vec<String>,
}

/// What the operator's own resolver says of a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LookUp {
    /// It has these addresses.
    Resolves(Vec<IpAddr>),
    /// There is no such name, or it has no address.
    NoSuchName,
    /// The resolver gave no answer, which says nothing of the host.
    Failed(String),
}

impl From<Known<Arc<Vec<IpAddr>>>> for LookUp {
    fn from(answer: Known<Arc<Vec<IpAddr>>>) -> Self {
        match answer {
            Known::Read(addresses) if addresses.is_empty() => Self::NoSuchName,
            Known::Read(addresses) => Self::Resolves(addresses.to_vec()),
            Known::Unreadable(fault) => Self::Failed(fault.message),
        }
    }
}

/// A DNS name as it is compared: in lower case and without a dot at the end.
pub fn plain_name(name: &str) -> String {
    name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase()
}

/// Whether a zone answers for a host: the host is its name, or below it.
pub fn covers(zone: &str, host: &str) -> bool {
    host == zone || host.strip_suffix(zone).is_some_and(|below| below.ends_with('.'))
}

/// Reads how a VPC resolves a host. Each part that cannot be read leaves the others as they are.
pub(super) async fn vpc_dns(facts: &Facts, aws: &Aws, vpc: &str, host: &str, fresh_since: Instant) -> VpcDns {
    let key = vpc.to_owned();
    let support = facts.0.dns_support.get(&key, fresh_since, || support(aws, vpc)).await;
    let hostnames = facts.0.dns_hostnames.get(&key, fresh_since, || hostnames(aws, vpc)).await;
    let zones = facts.0.zones.get(&key, fresh_since, || list_zones(aws, vpc)).await;
    let covering = match zones {
        Known::Unreadable(fault) => Known::Unreadable(fault),
        Known::Read(zones) => Known::Read(covering(facts, aws, &zones, &plain_name(host), fresh_since).await),
    };
    VpcDns { vpc: key, support, hostnames, covering }
}

async fn covering(facts: &Facts, aws: &Aws, zones: &[Zone], host: &str, fresh_since: Instant) -> Option<Covering> {
    let zone = longest(zones, host)?.clone();
    let is_ours = zone.owner.is_empty() || zone.owner == aws.account().id;
    let records = if is_ours {
        let key = (zone.id.clone(), host.to_owned());
        Some(facts.0.records.get(&key, fresh_since, || list_records(aws, &zone, host)).await)
    } else {
        None
    };
    Some(Covering { zone, records })
}

/// The zone that Route 53's resolver asks: of those that cover the host, the one with the longest name.
/// <https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/hosted-zone-private-considerations.html>
fn longest<'zones>(zones: &'zones [Zone], host: &str) -> Option<&'zones Zone> {
    zones.iter().filter(|zone| covers(&zone.name, host)).max_by_key(|zone| zone.name.len())
}

async fn support(aws: &Aws, vpc: &str) -> Result<bool, Fault> {
    let request = aws.ec2().describe_vpc_attribute().vpc_id(vpc).attribute(VpcAttributeName::EnableDnsSupport);
    let answer = aws.call("DescribeVpcAttribute", request.send()).await?;
    let value = answer.enable_dns_support.and_then(|attribute| attribute.value);
    value.ok_or_else(|| Fault::unavailable("DescribeVpcAttribute", "AWS did not tell enableDnsSupport"))
}

async fn hostnames(aws: &Aws, vpc: &str) -> Result<bool, Fault> {
    let request = aws.ec2().describe_vpc_attribute().vpc_id(vpc).attribute(VpcAttributeName::EnableDnsHostnames);
    let answer = aws.call("DescribeVpcAttribute", request.send()).await?;
    let value = answer.enable_dns_hostnames.and_then(|attribute| attribute.value);
    value.ok_or_else(|| Fault::unavailable("DescribeVpcAttribute", "AWS did not tell enableDnsHostnames"))
}

async fn list_zones(aws: &Aws, vpc: &str) -> Result<Arc<Vec<Zone>>, Fault> {
    let operation = "ListHostedZonesByVPC";
    let region = VpcRegion::from(aws.account().region.as_str());
    let all = pages(operation, async |token| {
        let request = aws.route53().list_hosted_zones_by_vpc().vpc_id(vpc).vpc_region(region.clone()).max_items(PAGE);
        let page = aws.call(operation, request.set_next_token(token).send()).await?;
        Ok((page.hosted_zone_summaries, page.next_token))
    });
    Ok(Arc::new(all.await?.into_iter().map(Zone::from).collect()))
}

/// The records with the host's very name; without any, those of the nearest wildcard.
async fn list_records(aws: &Aws, zone: &Zone, host: &str) -> Result<Arc<Vec<Record>>, Fault> {
    let operation = "ListResourceRecordSets";
    let names = candidates(&zone.name, host);
    if names.len() > WILDCARDS + 1 {
        let message = format!("{host} is too many labels below {} to look for every wildcard", zone.name);
        return Err(Fault::unavailable(operation, message));
    }
    for name in names {
        // The answer begins with the records of this name, in the order of their types: A and AAAA stand on its first page.
        let request = aws.route53().list_resource_record_sets().hosted_zone_id(&zone.id);
        let page = aws.call(operation, request.start_record_name(&name).max_items(PAGE).send()).await?;
        let records = page.resource_record_sets.into_iter().map(Record::from);
        let records: Vec<_> = records.take_while(|record| record.name == name).collect();
        if !records.is_empty() {
            return Ok(Arc::new(records));
        }
    }
    Ok(Arc::default())
}

/// The names whose records may answer for a host, the one that goes first at the front.
fn candidates(zone: &str, host: &str) -> Vec<String> {
    let mut names = vec![host.to_owned()];
    let mut rest = host;
    while rest != zone {
        let Some((_, parent)) = rest.split_once('.') else { break };
        names.push(format!("*.{parent}"));
        rest = parent;
    }
    names
}

/// Asks the system's resolver. No address means that there is no such name.
pub(super) async fn look_up(host: &str) -> Result<Arc<Vec<IpAddr>>, Fault> {
    // With the dot, the resolver does not try the cluster's search domains first, where a wildcard could answer for any host.
    let answer = timeout(PATIENCE, tokio::net::lookup_host((format!("{host}."), 443))).await;
    match answer {
        Ok(Ok(addresses)) => {
            let mut addresses: Vec<IpAddr> = addresses.map(|address| address.ip()).collect();
            addresses.sort();
            addresses.dedup();
            Ok(Arc::new(addresses))
        }
        Ok(Err(error)) if is_no_such_name(&error) => Ok(Arc::default()),
        Ok(Err(error)) => Err(Fault::unavailable("getaddrinfo", error.to_string())),
        Err(_) => Err(Fault::unavailable("getaddrinfo", "the resolver did not answer within 5 seconds")),
    }
}

/// Whether the resolver says that there is no such name, or that it has no address. The standard library hands the C library's words
/// on and no code: these are those of glibc and musl. Everything else, "Temporary failure in name resolution" above all, says nothing
/// of the host.
fn is_no_such_name(error: &io::Error) -> bool {
    const WORDS: [&str; 4] = [
        "Name or service not known",
        "No address associated with hostname",
        "Name does not resolve",
        "Name has no usable address",
    ];
    let text = error.to_string();
    WORDS.iter().any(|words| text.contains(words))
}

impl From<sdk::HostedZoneSummary> for Zone {
    fn from(answer: sdk::HostedZoneSummary) -> Self {
        let owner = answer.owner;
        Self {
            id: answer.hosted_zone_id.trim_start_matches("/hostedzone/").to_owned(),
            name: record_name(&answer.name),
            owner: owner.and_then(|owner| owner.owning_account.or(owner.owning_service)).unwrap_or_default(),
        }
    }
}

impl From<sdk::ResourceRecordSet> for Record {
    fn from(answer: sdk::ResourceRecordSet) -> Self {
        let alias = answer.alias_target.map(|alias| record_name(&alias.dns_name));
        let values = answer.resource_records.unwrap_or_default().into_iter().map(|record| record.value);
        Self {
            name: record_name(&answer.name),
            kind: answer.r#type.as_str().to_owned(),
            leads_to: alias.into_iter().chain(values).collect(),
        }
    }
}

/// A name as it is compared. Route 53 writes an asterisk as `\052`.
fn record_name(name: &str) -> String {
    plain_name(name).replace("\\052", "*")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone(name: &str) -> Zone {
        let owner = sdk::HostedZoneOwner::builder().owning_account("111122223333").build();
        Zone::from(
            sdk::HostedZoneSummary::builder()
                .hosted_zone_id(format!("/hostedzone/Z-{name}"))
                .name(name)
                .owner(owner)
                .build()
                .unwrap(),
        )
    }

    #[test]
    fn the_longest_zone_that_covers_the_host_answers() {
        let zones = [zone("example.com."), zone("Internal.example.com."), zone("other.example.com.")];
        let table = [
            ("internal.example.com", Some("internal.example.com")),
            ("api.internal.example.com", Some("internal.example.com")),
            ("notinternal.example.com", Some("example.com")),
            ("example.com", Some("example.com")),
            ("example.org", None),
            ("xexample.com", None),
            ("com", None),
        ];
        for (host, expected) in table {
            assert_eq!(longest(&zones, host).map(|zone| zone.name.as_str()), expected, "{host}");
        }
    }

    #[test]
    fn the_very_name_goes_before_wildcards_and_near_ones_before_far_ones() {
        let table = [
            ("internal.example.com", "internal.example.com", vec!["internal.example.com"]),
            (
                "internal.example.com",
                "a.b.internal.example.com",
                vec!["a.b.internal.example.com", "*.b.internal.example.com", "*.internal.example.com"],
            ),
            ("example.org", "com", vec!["com"]),
        ];
        for (zone, host, expected) in table {
            assert_eq!(candidates(zone, host), expected, "{host} in {zone}");
        }
    }

    #[test]
    fn zones_and_records_as_route_53_tells_them() {
        let expected = Zone {
            id: "Z-Internal.example.com.".into(),
            name: "internal.example.com".into(),
            owner: "111122223333".into(),
        };
        assert_eq!(zone("Internal.example.com."), expected);
        let alias = sdk::AliasTarget::builder()
            .hosted_zone_id("Z1")
            .dns_name("NLB-1.elb.us-west-2.amazonaws.com.")
            .evaluate_target_health(true)
            .build()
            .unwrap();
        let record = sdk::ResourceRecordSet::builder().name("\\052.Internal.example.com.").r#type(sdk::RrType::A);
        assert_eq!(
            Record::from(record.clone().alias_target(alias).build().unwrap()),
            Record {
                name: "*.internal.example.com".into(),
                kind: "A".into(),
                leads_to: vec!["nlb-1.elb.us-west-2.amazonaws.com".into()],
            }
        );
        let value = sdk::ResourceRecord::builder().value("10.0.1.7").build().unwrap();
        assert_eq!(Record::from(record.resource_records(value).build().unwrap()).leads_to, ["10.0.1.7"]);
    }

    #[test]
    fn only_an_answer_about_the_name_says_that_there_is_none() {
        let table = [
            ("failed to lookup address information: Name or service not known", true),
            ("failed to lookup address information: No address associated with hostname", true),
            ("failed to lookup address information: Name does not resolve", true),
            ("failed to lookup address information: Temporary failure in name resolution", false),
            ("failed to lookup address information: Try again", false),
            ("Too many open files", false),
        ];
        for (text, expected) in table {
            assert_eq!(is_no_such_name(&io::Error::other(text)), expected, "{text}");
        }
    }

    #[test]
    fn no_answer_is_not_the_answer_that_there_is_no_such_name() {
        let address: IpAddr = "10.0.1.7".parse().unwrap();
        assert_eq!(LookUp::from(Known::Read(Arc::new(vec![address]))), LookUp::Resolves(vec![address]));
        assert_eq!(LookUp::from(Known::Read(Arc::default())), LookUp::NoSuchName);
        let fault = Fault::unavailable("getaddrinfo", "Temporary failure in name resolution");
        assert_eq!(
            LookUp::from(Known::Unreadable(fault)),
            LookUp::Failed("Temporary failure in name resolution".into())
        );
    }
}
