//! Kinds of addresses where no server of a tenant can be, and where the operator could do harm.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// An address without its wrapping: what a packet to it reaches. IPv6 can carry an IPv4 address in several ways, and each of them
/// would otherwise be a way around the table below.
pub(super) fn plain(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V4(_) => ip,
        IpAddr::V6(six) => carried(six).map_or(ip, IpAddr::V4),
    }
}

/// What an address is, where that is a kind that is refused. The address must be [`plain`].
pub(super) fn kind(ip: IpAddr) -> Option<&'static str> {
    let metadata = "metadata of instances or pods";
    let link = "a link-local address";
    match ip {
        IpAddr::V4(four) => match four.octets() {
            // The services of EC2, ECS and EKS Pod Identity on an instance, all of which hand out credentials or facts.
            [169, 254, 169, 254] | [169, 254, 170, 2 | 23] => Some(metadata),
            [169, 254, _, _] => Some(link),
            [127, _, _, _] => Some("a loopback address"),
            // Linux connects 0.0.0.0 to itself.
            [0, _, _, _] => Some("an unspecified address"),
            [224..=239, _, _, _] => Some("a multicast address"),
            [240..=255, _, _, _] => Some("a broadcast or reserved address"),
            _ => None,
        },
        IpAddr::V6(six) => match six.segments() {
            // The same services over IPv6: fd00:ec2::254, and fd00:ec2::23 for pods.
            [0xfd00, 0x0ec2, ..] => Some(metadata),
            [0xfe80..=0xfebf, ..] => Some(link),
            [0xff00..=0xffff, ..] => Some("a multicast address"),
            [0, 0, 0, 0, 0, 0, 0, 1] => Some("a loopback address"),
            [0, 0, 0, 0, 0, 0, 0, 0] => Some("an unspecified address"),
            _ => None,
        },
    }
}

/// The IPv4 address that an IPv6 address stands for: mapped (`::ffff:0:0/96`), compatible (`::/96`), translated by NAT64
/// (`64:ff9b::/96`) or tunnelled by 6to4 (`2002::/16`).
fn carried(six: Ipv6Addr) -> Option<Ipv4Addr> {
    let four = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        Ipv4Addr::new(a, b, c, d)
    };
    match six.segments() {
        [0, 0, 0, 0, 0, 0, 0, 0 | 1] => None,
        [0, 0, 0, 0, 0, 0xffff | 0, high, low] | [0x0064, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => {
            Some(four(high, low))
        }
        _ => None,
    }
}
