//! What `AgentCore` thinks of a certificate. It is a Java program, and so are its words.

use super::super::account::Account;
use super::super::network::{Certificate, CertificateKind, Listener, Protocol};

/// Shakes hands with a listener under the name of a host.
///
/// An authority that the target brings makes up for one that is not trusted; nothing makes up for a certificate that is out of
/// date or for other names.
pub(super) fn shake_hands(
    account: &Account,
    listener: &Listener,
    host: &str,
    brings_authority: bool,
) -> Result<(), String> {
    match listener.protocol {
        // The handshake is with whatever is behind it.
        Protocol::Tcp => return Ok(()),
        Protocol::Http => return Err("Unsupported or unrecognized SSL message".to_owned()),
        Protocol::Https | Protocol::Tls => {}
    }
    let Some(certificate) = presented(account, listener, host) else { return Ok(()) };
    if certificate.not_after.is_some_and(|end| end <= account.now) {
        return Err("(certificate_expired) PKIX path validation failed: \
                    java.security.cert.CertPathValidatorException: validity check failed"
            .to_owned());
    }
    let from_nobody = match certificate.kind {
        CertificateKind::AmazonIssued => false,
        CertificateKind::Private => true,
        CertificateKind::Imported => certificate.is_self_signed(),
    };
    if from_nobody && !brings_authority {
        return Err("(certificate_unknown) PKIX path building failed: \
                    sun.security.provider.certpath.SunCertPathBuilderException: \
                    unable to find valid certification path to requested target"
            .to_owned());
    }
    if !certificate.covers(host) {
        return Err(format!("(certificate_unknown) No subject alternative DNS name matching {host} found"));
    }
    Ok(())
}

/// The certificate that a listener presents for a host: one that is for it, otherwise the default one.
fn presented<'a>(account: &'a Account, listener: &Listener, host: &str) -> Option<&'a Certificate> {
    let mut own = listener.certificates.iter().filter_map(|arn| account.network.certificate(arn));
    let default = listener.certificates.first().and_then(|arn| account.network.certificate(arn));
    own.find(|certificate| certificate.covers(host)).or(default)
}
