//! The flags `--preflight-allow` and `--resolve`, parsed.

use std::{
    net::{IpAddr, Ipv6Addr, SocketAddr},
    str::FromStr,
};

use ipnet::IpNet;

/// One value of `--preflight-allow`: what may be called although only a spec names it, or although its address is of a refused kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Allowance {
    /// A host name in small letters; `*` stands for any run of characters.
    Host(String),
    /// Every address of a network, whatever name it was found under.
    Network(IpNet),
}

impl Allowance {
    /// Whether a name is vouched for.
    pub(super) fn covers_name(&self, name: &str) -> bool {
        match self {
            Self::Host(pattern) => matches(pattern.as_bytes(), canonical(name).as_bytes()),
            Self::Network(_) => false,
        }
    }

    /// Whether an address is vouched for.
    pub(super) fn covers_address(&self, ip: IpAddr) -> bool {
        match self {
            Self::Host(_) => false,
            Self::Network(network) => network.contains(&ip),
        }
    }
}

impl FromStr for Allowance {
    type Err = String;

    /// Reads `internal.example.com`, `*.example.com`, `10.0.0.0/8`, `fd00::/8` or a single address.
    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(network) = text.parse::<IpNet>() {
            return Ok(Self::Network(network.trunc()));
        }
        if let Ok(ip) = text.parse::<IpAddr>() {
            return Ok(Self::Network(ip.into()));
        }
        if is_host(text, true) {
            return Ok(Self::Host(canonical(text)));
        }
        Err(format!(
            "\"{text}\" is neither a host such as internal.example.com or *.example.com, nor a network such as 10.0.0.0/8; a scheme, \
             port or path does not belong here"
        ))
    }
}

/// One value of `--resolve`: where the operator itself finds a host on a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolution {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) address: SocketAddr,
}

impl Resolution {
    /// Whether it is about this name and port.
    pub(super) fn is_for(&self, name: &str, port: u16) -> bool {
        self.port == port && self.host == canonical(name)
    }
}

impl FromStr for Resolution {
    type Err = String;

    /// Reads `HOST:PORT:ADDRESS[:PORT]` as curl does, with IPv6 addresses in brackets.
    fn from_str(text: &str) -> Result<Self, String> {
        let parsed = || {
            let (host, rest) = first(text)?;
            let (port, rest) = rest?.split_once(':')?;
            let (address, other) = first(rest)?;
            let port = number(port)?;
            let address = SocketAddr::new(address.parse().ok()?, other.map_or(Some(port), number)?);
            (is_host(host, false) || host.parse::<IpAddr>().is_ok()).then(|| Self {
                host: canonical(host),
                port,
                address,
            })
        };
        parsed().ok_or_else(|| {
            format!(
                "\"{text}\" is not of the form HOST:PORT:ADDRESS or HOST:PORT:ADDRESS:PORT, such as \
                 internal.example.com:443:10.0.1.20; an IPv6 address stands in brackets"
            )
        })
    }
}

/// What stands before the next colon, without its brackets, and what stands behind, if there is a colon.
fn first(text: &str) -> Option<(&str, Option<&str>)> {
    let Some(bracketed) = text.strip_prefix('[') else {
        return Some(text.split_once(':').map_or((text, None), |(head, rest)| (head, Some(rest))));
    };
    let (head, rest) = bracketed.split_once(']')?;
    head.parse::<Ipv6Addr>().ok()?;
    match rest {
        "" => Some((head, None)),
        rest => Some((head, Some(rest.strip_prefix(':')?))),
    }
}

/// A port; zero is none.
fn number(text: &str) -> Option<u16> {
    text.parse().ok().filter(|port| *port > 0)
}

/// A name as it is compared: small letters, no dot at the end.
fn canonical(name: &str) -> String {
    name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase()
}

/// Whether a text can be a host's name, or where `star` says so a pattern of such names. No name ends in a number, so a mistyped
/// address is none.
fn is_host(text: &str, star: bool) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_') || (star && byte == b'*');
    let name = text.strip_suffix('.').unwrap_or(text);
    let labels = || name.split('.');
    name.len() <= 253
        && labels().all(|label| !label.is_empty() && label.bytes().all(fits))
        && labels().next_back().is_some_and(|label| !label.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Whether a text is one of a pattern. Linear in their product, whatever the pattern.
fn matches(pattern: &[u8], text: &[u8]) -> bool {
    let (mut at, mut next) = (0, 0);
    let mut star = None;
    while at < text.len() {
        if pattern.get(next) == Some(&b'*') {
            star = Some((next, at));
            next += 1;
        } else if pattern.get(next) == text.get(at) {
            (at, next) = (at + 1, next + 1);
        } else if let Some((position, taken)) = star {
            // The last star takes one more character, and the rest is tried again.
            star = Some((position, taken + 1));
            (at, next) = (taken + 1, position + 1);
        } else {
            return false;
        }
    }
    pattern.iter().skip(next).all(|byte| *byte == b'*')
}
