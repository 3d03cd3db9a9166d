//! The operator's own look at a server, from where the operator runs: TCP, TLS, and the handshake that a gateway will make.
//!
//! It is made before AWS is asked, because AWS tells a failed handshake minutes later and in one sentence for all causes. It proves
//! something only where the operator reaches what the gateway will reach, so there are three outcomes, and only one may block:
//!
//! | what was seen | outcome |
//! |---|---|
//! | two handshakes in a row, each within its time | passed |
//! | a certificate that is private, out of date, or another host's | failed: `PrivateCertificate`, `CertificateExpired`, `HostMismatch` |
//! | 502, 503 or 504, or a connection that is closed without an answer once TLS stands | failed: `NoReadyEndpoints` |
//! | 401 or 403, and the target has no credentials | failed: `AuthRequired` |
//! | no JSON-RPC: another status, a redirect, HTML, plain JSON | failed: `NotMcp` |
//! | a version that gateways do not speak; only 2026-07-28, and the target does not list dynamically | failed: `UnsupportedProtocolVersion` |
//! | no tools announced | failed: `NoToolsCapability` |
//! | no answer in time once TLS stands | failed: `Slow` |
//! | no address, no connection, no TLS | unknown: `Unreachable` |
//! | not allowed to call ([`Guard`]) | unknown: `Unreachable` |
//! | 401 or 403, and the gateway has credentials, which the operator never has | unknown: `AuthRequired` |
//! | 408, 425 or 429, or a list longer than is read | unknown: `Unavailable` |
//!
//! Nothing that a server or a spec says leads anywhere else: addresses come from the [`Guard`] alone and stay the same for the whole
//! look, redirects and proxies are not followed, and no credentials or cookies are sent.

mod answer;
mod connection;
mod conversation;
mod guard;
mod handshake;
mod preflights;
mod trust;

use std::{fmt, time::Duration};

use tokio::time::Instant;

use super::catalog::Catalogue;
use crate::plan::Reason;

pub use guard::{Allowance, Guard, IsService, Resolution};
pub use preflights::{Look, Preflights};
pub use trust::Trust;

/// How many handshakes in a row must pass: the first one may have woken a cold server.
const HANDSHAKES: usize = 2;

/// What to call, and what counts as an answer. Equal calls share one look.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Call {
    /// The host of the endpoint: server name in TLS, and header `Host`. An IPv6 address may stand in brackets.
    pub host: String,
    /// The port of the endpoint.
    pub port: u16,
    /// Path and query, beginning with a slash; empty is the root.
    pub path: String,
    /// Whose addresses are connected to.
    pub via: Via,
    /// What is expected to answer.
    pub protocol: Protocol,
    /// The target brings a certificate authority of its own, which the operator cannot read: an issuer that is not known here is then
    /// no failure. Host name and dates are checked all the same.
    pub any_authority: bool,
    /// The gateway will authenticate itself. The operator cannot, so an answer of 401 or 403 proves nothing then.
    pub has_credentials: bool,
    /// The target lists dynamically (`listingMode: DYNAMIC`), so a server that speaks only 2026-07-28 is fine.
    pub dynamic: bool,
}

impl Call {
    /// The endpoint as people write it.
    pub fn url(&self) -> String {
        format!("https://{}{}", self.authority(), self.path)
    }

    /// The value of header `Host`: the port stands there unless it is the usual one.
    fn authority(&self) -> String {
        let bracketed = self.host.contains(':') && !self.host.starts_with('[');
        let host = if bracketed { format!("[{}]", self.host) } else { self.host.clone() };
        if self.port == 443 { host } else { format!("{host}:{}", self.port) }
    }

    /// The host as resolvers and certificates name it.
    fn name(&self) -> &str {
        self.host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(&self.host)
    }
}

/// Whose addresses are connected to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Via {
    /// Only those of this name, which is the DNS name of the load balancer that AWS reports. What the host resolves to is not asked.
    LoadBalancer(String),
    /// Those of the host, which only the spec names: called only where `--preflight-allow` covers it.
    Literal,
}

/// What is expected to answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// An MCP server: the handshake and the lists are read.
    Mcp,
    /// Anything that speaks HTTP, as behind OpenAPI and passthrough targets: every answer will do.
    Http,
}

/// How long and how much a look takes at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// For finding addresses, and again for a connection to each.
    pub connect: Duration,
    /// For TLS.
    pub secure: Duration,
    /// For one handshake, from the first request to the last list. AWS gives its own about 30 seconds, which cannot be changed.
    pub handshake: Duration,
    /// For closing a session, afterwards.
    pub close: Duration,
    /// The most bytes of one answer.
    pub body: usize,
    /// The most pages of one list.
    pub pages: usize,
    /// The most entries of one list.
    pub entries: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            secure: Duration::from_secs(10),
            handshake: Duration::from_secs(30),
            close: Duration::from_secs(5),
            body: 4 << 20,
            pages: 100,
            entries: 5_000,
        }
    }
}

/// What a look came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// When the look began: nothing in it is older.
    pub begun: Instant,
    /// What it proved.
    pub outcome: Outcome,
    /// What is known of the certificate, which behind a TCP listener decides a condition of its own.
    pub certificate: Certificate,
}

/// What a look proved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// A gateway that reaches the server will get what it needs. The offer of an MCP server comes with it, as a caller without
    /// credentials sees it.
    Passed(Option<Catalogue>),
    /// A gateway would fail for this reason.
    Failed(Finding),
    /// Nothing is proved, and nothing may be blocked.
    Unknown(Finding),
}

/// Why a look did not pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// In one word.
    pub reason: Reason,
    /// In a sentence or two that say what to do.
    pub message: String,
}

/// What a handshake of TLS said of the certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Certificate {
    /// Its host and dates are right, and an authority that is trusted where the operator runs issued it.
    Trusted,
    /// Its host and dates are right, and its issuer is not known here; [`Call::any_authority`] says that the target knows it.
    OwnAuthority,
    /// A gateway will not accept it.
    Refused(Finding),
    /// No certificate was judged.
    NotSeen,
}

/// What ends a look early.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Obstacle {
    /// A gateway would fail for this reason, too.
    Failed(Finding),
    /// It says nothing about a gateway.
    Unknown(Finding),
}

impl Obstacle {
    fn failed(reason: Reason, message: impl Into<String>) -> Self {
        Self::Failed(Finding { reason, message: message.into() })
    }

    fn unknown(reason: Reason, message: impl Into<String>) -> Self {
        Self::Unknown(Finding { reason, message: message.into() })
    }
}

impl From<Obstacle> for Outcome {
    fn from(obstacle: Obstacle) -> Self {
        match obstacle {
            Obstacle::Failed(finding) => Self::Failed(finding),
            Obstacle::Unknown(finding) => Self::Unknown(finding),
        }
    }
}

/// All that a look needs besides the call.
pub struct Probe {
    /// What may be called.
    pub guard: Guard,
    /// Which certificate authorities the public trusts.
    pub trust: Trust,
    /// How long and how much.
    pub bounds: Bounds,
}

impl fmt::Debug for Probe {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Probe")
            .field("guard", &self.guard)
            .field("bounds", &self.bounds)
            .finish_non_exhaustive()
    }
}

impl Probe {
    /// Looks at a server: finds its addresses once, then makes two handshakes in a row, the second only when the first passed.
    pub async fn look(&self, call: &Call) -> Report {
        let begun = Instant::now();
        let mut certificate = Certificate::NotSeen;
        let outcome = match self.handshakes(call, &mut certificate).await {
            Ok(catalogue) => Outcome::Passed(catalogue),
            Err(obstacle) => obstacle.into(),
        };
        Report { begun, outcome, certificate }
    }

    async fn handshakes(&self, call: &Call, certificate: &mut Certificate) -> Result<Option<Catalogue>, Obstacle> {
        let addresses = self.guard.addresses(call, self.bounds.connect).await?;
        let mut offer = None;
        for _ in 0..HANDSHAKES {
            offer = handshake::shake(self, call, &addresses, certificate).await?;
        }
        Ok(offer)
    }
}

#[cfg(test)]
mod tests;
