//! What goes with which type of resource configuration.

use std::net::IpAddr;

use serde_json::Value;

use super::super::account::Account;
use super::super::json::{has, text, texts, variant};
use super::super::object::ObjectKind;
use super::super::refusal::Refusal;
use super::identified;

/// Networks that a CIDR may not reach.
const RESERVED: [&str; 5] = ["169.254.0.0/16", "100.64.0.0/10", "224.0.0.0/4", "fe80::/10", "ff00::/8"];

/// Which definitions a type takes.
fn definitions(kind: &str) -> &'static [&'static str] {
    match kind {
        "SINGLE" | "CHILD" => &["dnsResource", "ipResource"],
        "ARN" => &["arnResource"],
        "CIDR" => &["cidrResource"],
        _ => &[],
    }
}

/// Refuses members that do not go with the type of a new resource configuration.
pub(super) fn check_type(input: &Value) -> Result<(), Refusal> {
    let kind = text(input, "/type").unwrap_or_default();
    let given = |member: &str| has(input, &format!("/{member}"));
    let needs = |member: &str, types: &[&str]| {
        let wanted = types.contains(&kind);
        if wanted && !given(member) {
            return Err(unfit(kind, "needs", member));
        }
        Ok(())
    };
    let takes = |member: &str, types: &[&str]| {
        if given(member) && !types.contains(&kind) {
            return Err(unfit(kind, "does not take", member));
        }
        Ok(())
    };
    let with_gateway = ["SINGLE", "GROUP", "ARN", "CIDR"];
    needs("resourceGatewayIdentifier", &with_gateway)?;
    takes("resourceGatewayIdentifier", &with_gateway)?;
    needs("resourceConfigurationGroupIdentifier", &["CHILD"])?;
    takes("resourceConfigurationGroupIdentifier", &["CHILD"])?;
    needs("resourceConfigurationDefinition", &["SINGLE", "CHILD", "ARN", "CIDR"])?;
    takes("resourceConfigurationDefinition", &["SINGLE", "CHILD", "ARN", "CIDR"])?;
    // A group without ports has all of them.
    needs("portRanges", &["SINGLE", "CHILD", "CIDR"])?;
    takes("portRanges", &["SINGLE", "GROUP", "CHILD", "CIDR"])?;
    takes("protocol", &["SINGLE", "GROUP", "CIDR"])?;
    takes("allowAssociationToShareableServiceNetwork", &["SINGLE", "GROUP", "ARN"])?;
    takes("groupDomain", &["GROUP"])?;
    check_kind_of_definition(kind, input)?;
    if text(input, "/protocol") == Some("TCP_UDP") && kind != "CIDR" {
        return Err(Refusal::invalid("protocol", "Only the type CIDR takes TCP_UDP."));
    }
    Ok(())
}

/// Refuses members that do not go with the type of the resource configuration that is updated.
pub(super) fn check_update(kind: &str, input: &Value) -> Result<(), Refusal> {
    if has(input, "/portRanges") && kind == "ARN" {
        return Err(unfit(kind, "does not take", "portRanges"));
    }
    if has(input, "/allowAssociationToShareableServiceNetwork") && matches!(kind, "CHILD" | "CIDR") {
        return Err(unfit(kind, "does not take", "allowAssociationToShareableServiceNetwork"));
    }
    check_kind_of_definition(kind, input)
}

fn unfit(kind: &str, verb: &str, member: &str) -> Refusal {
    Refusal::invalid(member, format!("A resource configuration of the type {kind} {verb} {member}."))
}

fn check_kind_of_definition(kind: &str, input: &Value) -> Result<(), Refusal> {
    match input.get("resourceConfigurationDefinition").and_then(variant) {
        Some((name, _)) if !definitions(kind).contains(&name) => {
            let message = format!("The type {kind} does not take a definition {name}.");
            Err(Refusal::invalid("resourceConfigurationDefinition", message))
        }
        _ => Ok(()),
    }
}

/// Refuses ports that there are none of.
pub(super) fn check_ports(input: &Value) -> Result<(), Refusal> {
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

/// Refuses names, addresses, ARNs and networks that lead nowhere.
pub(super) fn check_definition(definition: Option<&Value>) -> Result<(), Refusal> {
    let refuse = |message: String| Err(Refusal::invalid("resourceConfigurationDefinition", message));
    match definition.and_then(variant) {
        Some(("dnsResource", resource)) => {
            let name = text(resource, "/domainName").unwrap_or_default();
            if !is_domain(name) {
                return refuse(format!("{name:?} is no domain name."));
            }
            if text(resource, "/ipAddressType") == Some("DUALSTACK") {
                return refuse("A DNS resource is either IPV4 or IPV6.".to_owned());
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
            if in_vpc { Ok(()) } else { refuse(format!("{address:?} is no address in a VPC.")) }
        }
        Some(("arnResource", resource)) => {
            let arn = text(resource, "/arn").unwrap_or_default();
            if arn.split(':').nth(2) == Some("rds") { Ok(()) } else { refuse(format!("{arn:?} is no database.")) }
        }
        Some(("cidrResource", resource)) => {
            let ranges = texts(resource, "/cidrRanges");
            if ranges.is_empty() {
                return refuse("At least one range is needed.".to_owned());
            }
            let everything = |range: &String| range == "0.0.0.0/0" || range == "::/0";
            if ranges.len() > 1 && ranges.iter().any(everything) {
                return refuse("The whole network is the only range.".to_owned());
            }
            match ranges.iter().find(|range| !is_reachable(range)) {
                Some(range) => refuse(format!("{range:?} is no range that can be reached.")),
                None => Ok(()),
            }
        }
        _ => Ok(()),
    }
}

fn is_domain(name: &str) -> bool {
    let label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_'))
    };
    name.contains('.') && name.split('.').all(label)
}

/// The shared address space of RFC 6598, which VPCs may use.
fn is_shared([first, second, ..]: [u8; 4]) -> bool {
    first == 100 && (64..128).contains(&second)
}

/// Whether a range has a prefix length and lies in no reserved network.
fn is_reachable(range: &str) -> bool {
    let Some(network) = parse(range) else { return false };
    RESERVED.iter().filter_map(|reserved| parse(reserved)).all(|reserved| !lies_in(network, reserved))
}

/// A network as its family, its first bits, left-aligned, and their number.
fn parse(range: &str) -> Option<(bool, u128, u32)> {
    let (address, length) = range.split_once('/')?;
    let length: u32 = length.parse().ok()?;
    match address.parse().ok()? {
        IpAddr::V4(four) if length <= 32 => Some((true, u128::from(four.to_bits()) << 96, length)),
        IpAddr::V6(six) if length <= 128 => Some((false, six.to_bits(), length)),
        IpAddr::V4(_) | IpAddr::V6(_) => None,
    }
}

fn lies_in((four, bits, length): (bool, u128, u32), (other_four, other, within): (bool, u128, u32)) -> bool {
    let mask = u128::MAX.checked_shl(128 - within).unwrap_or_default();
    four == other_four && length >= within && bits & mask == other & mask
}

/// Refuses custom domains that nobody may have: one of a child that does not lie in its group's, one that is verified by nothing.
pub(super) fn check_domains(account: &Account, input: &Value) -> Result<(), Refusal> {
    let (custom, group) = (text(input, "/customDomainName"), text(input, "/groupDomain"));
    for (member, name) in [("customDomainName", custom), ("groupDomain", group)] {
        if name.is_some_and(|name| !is_domain(name)) {
            return Err(Refusal::invalid(member, "It is no domain name."));
        }
    }
    if let (Some(custom), Some(identifier)) = (custom, text(input, "/resourceConfigurationGroupIdentifier")) {
        let key = identified(account, ObjectKind::ResourceConfiguration, identifier)?;
        let domain = account.get(&key).map(|group| group.text("groupDomain")).unwrap_or_default();
        if domain.is_empty() || !custom.ends_with(&format!(".{domain}")) {
            return Err(Refusal::invalid("customDomainName", "It is no subdomain of the group's domain."));
        }
    }
    let Some(identifier) = text(input, "/domainVerificationIdentifier") else { return Ok(()) };
    if custom.is_none() && group.is_none() {
        return Err(Refusal::invalid("domainVerificationIdentifier", "There is no domain that it could verify."));
    }
    let id = identifier.rsplit('/').next().unwrap_or_default();
    if account.options.domain_verifications.iter().any(|known| known == id) {
        return Ok(());
    }
    Err(Refusal::not_found("DomainVerification", id))
}
