//! Whether AgentCore will trust the certificate that a load balancer serves for a host (condition `CertificateTrusted`).
//!
//! What counts is the certificate that the listener picks for the host among all it has. AWS says of most certificates whether they
//! are trusted; of the others only a handshake tells, which [`decide`] turns into a verdict.
//!
//! | the certificate that is served | verdict |
//! |---|---|
//! | none covers the host, and all could be read | False, `HostMismatch` |
//! | expired | False, `CertificateExpired` |
//! | not issued | False, `ReferenceNotReady` |
//! | the spec names the authorities to trust | True, and what the execution role needs is told |
//! | issued by Amazon | True |
//! | of a private authority, or signed by itself | False, `PrivateCertificate` |
//! | imported, kept in IAM, unreadable, or behind a TCP listener | the handshake decides |

use jiff::Timestamp;

use super::{
    facts::{Certificate, CertificateKind, CertificateStatus, Entrance, Known, Offered, Tls, listener_on, plain_name},
    hop::{Verdict, listed, unreadable},
};
use crate::plan::Reason;

/// What is asked of a certificate.
#[derive(Debug, Clone, Copy)]
pub struct Demand<'spec> {
    /// The host that AgentCore calls, and sends as server name.
    pub host: &'spec str,
    /// Whether the spec names the authorities to trust (`certificateConfigurations`).
    pub own_authority: bool,
    /// The time at which certificates must be in date.
    pub now: Timestamp,
}

/// What AWS says of the certificate.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgment {
    /// The verdict, or that the handshake has it.
    pub outcome: Outcome,
    /// The certificate that the listener picks for the host, where that is known.
    pub served: Option<Served>,
}

/// The certificate that a listener picks for a host, as it stands in status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Served {
    /// `certificateArn`.
    pub arn: String,
    /// `certificateType`, in ACM's words.
    pub kind: Option<String>,
    /// `notAfter`, in the form of RFC 3339.
    pub not_after: Option<String>,
}

/// A verdict, or that AWS cannot give one.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// AWS's answers were enough.
    Decided(Verdict),
    /// Only a handshake can tell.
    Undecided(Undecided),
}

/// Why AWS's answers were not enough.
#[derive(Debug, Clone, PartialEq)]
pub struct Undecided {
    /// The host.
    pub host: String,
    /// A sentence about what AWS does not tell.
    pub why: String,
    /// What to call the doubt while no handshake was seen.
    pub reason: Reason,
    /// Whether the spec names the authorities to trust, which a handshake from here does not know.
    pub own_authority: bool,
}

/// What a TLS handshake with the endpoint showed.
#[derive(Debug, Clone, PartialEq)]
pub enum Handshake {
    /// A public authority vouches for the certificate, it covers the host and is in date.
    Trusted,
    /// The certificate is not good: `PrivateCertificate`, `HostMismatch` or `CertificateExpired`, and a sentence about it.
    Refused(Reason, String),
    /// No certificate was seen, and why.
    NotSeen(String),
}

/// What AWS says of the certificate that is served for the host at an entrance.
pub fn judge(demand: &Demand<'_>, entrance: &Entrance) -> Judgment {
    let undecided = |reason, why| Judgment { outcome: demand.undecided(reason, why), served: None };
    let listeners = match &entrance.listeners {
        Known::Read(listeners) => listeners,
        Known::Unreadable(fault) => return undecided(Reason::from(fault), unreadable("the listeners", fault)),
    };
    let port = entrance.port;
    match listener_on(listeners, port).map(|listener| (listener.tls, &listener.protocol)) {
        Some((Tls::Here, _)) => {}
        Some((Tls::Behind, protocol)) => {
            let why = format!(
                "The listener on port {port} passes TLS on to the servers ({protocol}), so their certificate is not in AWS"
            );
            return undecided(Reason::Unavailable, why);
        }
        Some((Tls::Nowhere, _)) | None => {
            let message = format!("There is no listener on port {port} that could serve a certificate");
            return Judgment {
                outcome: Outcome::Decided(Verdict::unknown(Reason::NoTlsListener, message)),
                served: None,
            };
        }
    }
    match &entrance.certificates {
        Known::Read(offered) => among(demand, offered),
        Known::Unreadable(fault) => undecided(
            Reason::from(fault),
            unreadable(&format!("the certificates of the listener on port {port}"), fault),
        ),
    }
}

/// What a handshake makes of what AWS could not tell.
pub fn decide(undecided: &Undecided, handshake: Option<&Handshake>) -> Verdict {
    let Undecided { host, why, reason, own_authority } = undecided;
    match handshake {
        Some(Handshake::Trusted) => {
            Verdict::works(format!("{why}. The handshake with {host} showed a certificate that is trusted publicly"))
        }
        Some(Handshake::Refused(Reason::PrivateCertificate, seen)) if *own_authority => {
            Verdict::works(format!("{why}. {seen}. {EXECUTION_ROLE}"))
        }
        Some(Handshake::Refused(Reason::PrivateCertificate, seen)) => {
            Verdict::broken(Reason::PrivateCertificate, format!("{why}. {seen}. {WAYS_OUT}"))
        }
        Some(Handshake::Refused(reason, seen)) => Verdict::broken(*reason, format!("{why}. {seen}")),
        Some(Handshake::NotSeen(cause)) => {
            Verdict::unknown(*reason, format!("{why}. A handshake would tell, and none was seen: {cause}"))
        }
        None => Verdict::unknown(*reason, format!("{why}. A handshake would tell, and none was made")),
    }
}

/// Whether a name of a certificate is for a host. A wildcard stands for one whole label, and only for the first.
/// <https://www.rfc-editor.org/rfc/rfc9525#section-6.3>
pub fn is_for(name: &str, host: &str) -> bool {
    let (name, host) = (plain_name(name), plain_name(host));
    match name.strip_prefix("*.") {
        Some(parent) => host.split_once('.').is_some_and(|(label, rest)| !label.is_empty() && rest == parent),
        None => name == host,
    }
}

const WAYS_OUT: &str = "AgentCore trusts public authorities only. Either name the authority in certificateConfigurations (its \
    certificate in Secrets Manager or S3), or serve a public certificate: at this load balancer, or at an internal Application Load \
    Balancer in front of it that the endpoint names";

const EXECUTION_ROLE: &str = "The authorities named in certificateConfigurations are trusted; the gateway's execution role must be \
    allowed to read them: secretsmanager:GetSecretValue or s3:GetObject, and kms:Decrypt where a customer key encrypts them";

impl Demand<'_> {
    fn undecided(&self, reason: Reason, why: String) -> Outcome {
        let own_authority = self.own_authority;
        Outcome::Undecided(Undecided { host: plain_name(self.host), why, reason, own_authority })
    }
}

/// What the certificates of a listener say.
fn among(demand: &Demand<'_>, offered: &[Offered]) -> Judgment {
    let known = |offered: &'_ Offered| offered.certificate.read().and_then(Clone::clone);
    let covering = offered.iter().filter_map(|one| known(one).map(|certificate| (one, certificate)));
    let covering = covering.filter(|(_, certificate)| certificate.names.iter().any(|name| is_for(name, demand.host)));
    let picked = covering.max_by_key(|(_, certificate)| preference(certificate, demand.now));
    let doubt = offered.iter().find_map(doubt);
    let Some((offered, certificate)) = picked else {
        let outcome = match doubt {
            Some((reason, why)) => demand.undecided(reason, why),
            None => Outcome::Decided(no_match(demand, offered)),
        };
        return Judgment { outcome, served: None };
    };
    let served = Some(Served {
        arn: offered.arn.clone(),
        kind: Some(certificate.kind.as_str().to_owned()),
        not_after: certificate.not_after.map(|moment| moment.to_string()),
    });
    let outcome = match (of_certificate(demand, &offered.arn, &certificate), doubt) {
        // The certificate that cannot be read may be the one that is served.
        (Outcome::Decided(verdict), Some((reason, why))) if verdict.blocks() => demand.undecided(reason, why),
        (outcome, _) => outcome,
    };
    Judgment { outcome, served }
}

/// Which certificate a listener picks when several cover the host: elliptic curves first, then what is in date, then the longer key,
/// then the longer validity.
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/https-listener-certificates.html>
fn preference(certificate: &Certificate, now: Timestamp) -> (bool, bool, u32, Option<Timestamp>) {
    let size = certificate.key.split(|character: char| !character.is_ascii_digit()).find(|digits| !digits.is_empty());
    let in_date = certificate.not_after.is_none_or(|end| end > now);
    (
        certificate.key.starts_with("EC"),
        in_date,
        size.and_then(|size| size.parse().ok()).unwrap_or_default(),
        certificate.not_after,
    )
}

/// What is not known of a certificate, so that it may be for the host.
fn doubt(offered: &Offered) -> Option<(Reason, String)> {
    let arn = &offered.arn;
    match &offered.certificate {
        Known::Read(Some(_)) => None,
        Known::Read(None) => {
            let why =
                format!("{arn} is not a certificate of ACM, so AWS does not tell what it is for and who signed it");
            Some((Reason::Unavailable, why))
        }
        Known::Unreadable(fault) => Some((Reason::from(fault), unreadable(&format!("the certificate {arn}"), fault))),
    }
}

fn no_match(demand: &Demand<'_>, offered: &[Offered]) -> Verdict {
    let certificates: Vec<_> = offered.iter().filter_map(|one| one.certificate.read()?.clone()).collect();
    let names = listed(certificates.iter().flat_map(|certificate| &certificate.names).map(String::as_str));
    let host = demand.host;
    let message = if offered.is_empty() {
        format!("The listener has no certificate; add one for {host}")
    } else {
        format!(
            "No certificate of the listener covers {host}: they are for {names}. Add a certificate for {host} to the listener, or \
             call the endpoint by a name that is covered (a wildcard stands for one label only)"
        )
    };
    Verdict::broken(Reason::HostMismatch, message)
}

fn of_certificate(demand: &Demand<'_>, arn: &str, certificate: &Certificate) -> Outcome {
    let host = demand.host;
    let ends = |word: &str| certificate.not_after.map(|moment| format!(" {word} {moment}")).unwrap_or_default();
    let kind = certificate.kind.as_str();
    let expired = certificate.not_after.is_some_and(|end| end <= demand.now);
    if expired || certificate.status == CertificateStatus::Expired {
        return Outcome::Decided(Verdict::broken(
            Reason::CertificateExpired,
            format!("The certificate for {host} ({arn}) expired{}; renew it, or give the listener another", ends("at")),
        ));
    }
    if let CertificateStatus::Other(status) = &certificate.status {
        return Outcome::Decided(Verdict::broken(
            Reason::ReferenceNotReady,
            format!("The certificate for {host} ({arn}) is {status}; a listener can serve issued ones only"),
        ));
    }
    let seen = format!("{arn} ({kind}) covers {host}{}", ends("until"));
    if demand.own_authority {
        return Outcome::Decided(Verdict::works(format!("{seen}. {EXECUTION_ROLE}")));
    }
    let private = |what| {
        let message = format!("The certificate for {host} ({arn}) is {what}. {WAYS_OUT}");
        Outcome::Decided(Verdict::broken(Reason::PrivateCertificate, message))
    };
    match &certificate.kind {
        CertificateKind::AmazonIssued => Outcome::Decided(Verdict::works(seen)),
        CertificateKind::Private => private("of type PRIVATE: a private authority issued it"),
        CertificateKind::Imported if is_self_signed(certificate) => private("of type IMPORTED and signed by itself"),
        CertificateKind::Imported => {
            let issuer = &certificate.issuer;
            demand
                .undecided(Reason::Unavailable, format!("{seen}, signed by {issuer}; ACM does not say who trusts that"))
        }
        CertificateKind::Other(_) => {
            demand.undecided(Reason::Unavailable, format!("{seen}, and its type is not known here"))
        }
    }
}

/// Whether ACM names the same one as subject and as issuer. It tells the subject as a distinguished name, and the issuer as such or by
/// its common name alone.
fn is_self_signed(certificate: &Certificate) -> bool {
    let Certificate { subject, issuer, .. } = certificate;
    let common_name = subject.split(',').find_map(|part| part.trim().strip_prefix("CN="));
    !issuer.is_empty() && (issuer == subject || common_name == Some(issuer))
}

#[cfg(test)]
mod tests;
