//! Whether a certificate will do for a gateway, which trusts what the public trusts and asks for the host and the dates.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use jiff::Timestamp;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
    client::{
        Resumption, WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
        verify_server_name,
    },
    crypto::{CryptoProvider, aws_lc_rs},
    pki_types::{CertificateDer, ServerName, UnixTime},
    server::ParsedCertificate,
};
use tokio::{sync::OnceCell, task::spawn_blocking};

use super::{Call, Certificate, Finding, Obstacle};
use crate::{plan::Reason, workload::catalog::printable};

/// The certificate authorities that the public trusts.
pub struct Trust {
    roots: Roots,
    verifier: OnceCell<Arc<WebPkiServerVerifier>>,
}

enum Roots {
    /// Those of the system the operator runs on; `SSL_CERT_FILE` and `SSL_CERT_DIR` are honoured.
    System,
    /// These.
    Given(RootCertStore),
}

impl Trust {
    /// Trusts what the system trusts. It is read once, when it is first needed.
    pub fn system() -> Self {
        Self { roots: Roots::System, verifier: OnceCell::new() }
    }

    /// Trusts these authorities and no others.
    pub fn of(roots: RootCertStore) -> Self {
        Self { roots: Roots::Given(roots), verifier: OnceCell::new() }
    }

    /// What one connection needs. Nothing is remembered from one to the next, so that each sees the certificate.
    pub(super) async fn judge(&self, any_authority: bool) -> Result<Arc<Judge>, Obstacle> {
        let verifier = self.verifier.get_or_try_init(|| self.load()).await.map_err(|why| {
            Obstacle::unknown(
                Reason::Unreachable,
                format!(
                    "The operator cannot tell whether the certificate is trusted ({why}). Mount a bundle of root certificates and \
                     name it in SSL_CERT_FILE."
                ),
            )
        })?;
        Ok(Arc::new(Judge { verifier: Arc::clone(verifier), any_authority, unknown_issuer: AtomicBool::new(false) }))
    }

    async fn load(&self) -> Result<Arc<WebPkiServerVerifier>, String> {
        let roots = match &self.roots {
            Roots::Given(roots) => roots.clone(),
            Roots::System => spawn_blocking(system_roots).await.map_err(|error| error.to_string())?,
        };
        WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider())
            .build()
            .map_err(|error| error.to_string())
    }
}

/// Whatever can be read: one unreadable file among many is no reason to trust nobody.
fn system_roots() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    roots
}

/// Named here rather than left to the process: another crate's default must not decide it.
fn provider() -> Arc<CryptoProvider> {
    Arc::new(aws_lc_rs::default_provider())
}

/// Judges the certificate of one connection, and remembers whether its issuer was unknown.
#[derive(Debug)]
pub(super) struct Judge {
    verifier: Arc<WebPkiServerVerifier>,
    any_authority: bool,
    unknown_issuer: AtomicBool,
}

impl Judge {
    /// How to speak TLS under this judge: no session is resumed, because a resumed one shows no certificate.
    pub(super) fn config(self: Arc<Self>) -> Result<ClientConfig, Error> {
        let mut config = ClientConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()?
            .dangerous()
            .with_custom_certificate_verifier(self)
            .with_no_client_auth();
        config.resumption = Resumption::disabled();
        Ok(config)
    }

    /// What is known of a certificate that was accepted.
    pub(super) fn accepted(&self) -> Certificate {
        if self.unknown_issuer.load(Ordering::Relaxed) { Certificate::OwnAuthority } else { Certificate::Trusted }
    }
}

impl ServerCertVerifier for Judge {
    /// An unknown issuer is found before a wrong name and after a wrong date, so only the name is left to check.
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let verdict = self.verifier.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now);
        match verdict {
            Err(Error::InvalidCertificate(error)) if self.any_authority && is_about_issuer(&error) => {
                verify_server_name(&ParsedCertificate::try_from(end_entity)?, server_name)?;
                self.unknown_issuer.store(true, Ordering::Relaxed);
                Ok(ServerCertVerified::assertion())
            }
            verdict => verdict,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verifier.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verifier.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.verifier.supported_verify_schemes()
    }
}

/// Whether nobody is known who vouches for the certificate: no issuer of that name, or one of that name with another key. A certificate
/// that vouches for itself and says that it is an authority, as `openssl req -x509` makes them, is told apart by its text only: the
/// verifier's own error is not part of the interface.
fn is_about_issuer(error: &CertificateError) -> bool {
    let vouched_by_itself =
        matches!(error, CertificateError::Other(other) if other.0.to_string() == "CaUsedAsEndEntity");
    vouched_by_itself || matches!(error, CertificateError::UnknownIssuer | CertificateError::BadSignature)
}

/// What a failed handshake of TLS says of the certificate, and of the look.
///
/// | error | certificate | look |
/// |---|---|---|
/// | unknown or own issuer | `PrivateCertificate` | failed |
/// | expired, or not valid yet | `CertificateExpired` | failed |
/// | another name, or the server's alert that it does not know the name | `HostMismatch` | failed |
/// | anything else: closed, another alert, no TLS | not judged | unknown |
pub(super) fn judged(error: &io::Error, call: &Call) -> (Certificate, Obstacle) {
    let refused = |reason, message: String| {
        let finding = Finding { reason, message };
        (Certificate::Refused(finding.clone()), Obstacle::Failed(finding))
    };
    let tls = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>());
    match tls.and_then(|error| fault(error, call.name())) {
        Some((reason, message)) => refused(reason, message),
        None => (
            Certificate::NotSeen,
            Obstacle::unknown(
                Reason::Unreachable,
                format!(
                    "{} takes the connection and does not complete TLS ({}), which proves nothing about the gateway. Is the listener \
                     on port {} one for TLS?",
                    call.host,
                    printable(&error.to_string(), 200),
                    call.port
                ),
            ),
        ),
    }
}

/// What is wrong with the certificate itself.
fn fault(error: &Error, host: &str) -> Option<(Reason, String)> {
    #[expect(clippy::wildcard_enum_match_arm, reason = "rustls adds errors; those that are not known prove nothing")]
    let message = match error {
        Error::InvalidCertificate(error) if is_about_issuer(error) => (
            Reason::PrivateCertificate,
            format!(
                "The certificate for {host} is not issued by an authority that the public trusts, or the server does not send the \
                 certificates between. Set certificateConfigurations to the authority's certificate, or put an internal load balancer \
                 with a public certificate in front."
            ),
        ),
        Error::InvalidCertificate(CertificateError::ExpiredContext { not_after, .. }) => (
            Reason::CertificateExpired,
            format!("The certificate for {host}, or one above it, expired at {}; renew it.", date(*not_after)),
        ),
        Error::InvalidCertificate(CertificateError::Expired) => {
            (Reason::CertificateExpired, format!("The certificate for {host}, or one above it, has expired; renew it."))
        }
        Error::InvalidCertificate(CertificateError::NotValidYetContext { not_before, .. }) => (
            Reason::CertificateExpired,
            format!("The certificate for {host}, or one above it, is valid only from {} on.", date(*not_before)),
        ),
        Error::InvalidCertificate(CertificateError::NotValidForNameContext { presented, .. }) => {
            let names =
                presented.iter().map(|name| printable(plain(name), 100)).take(10).collect::<Vec<_>>().join(", ");
            (
                Reason::HostMismatch,
                format!("The certificate that is shown for {host} is for others ({names}); use one that names {host}."),
            )
        }
        Error::InvalidCertificate(CertificateError::NotValidForName) => (
            Reason::HostMismatch,
            format!("The certificate that is shown for {host} is for others; use one that names it."),
        ),
        Error::AlertReceived(rustls::AlertDescription::UnrecognisedName) => (
            Reason::HostMismatch,
            format!(
                "The load balancer or server has no certificate for {host}; add one that names it to the listener."
            ),
        ),
        _ => return None,
    };
    Some(message)
}

fn date(time: UnixTime) -> String {
    let seconds = i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
    Timestamp::from_second(seconds).map_or_else(|_| format!("{seconds} seconds after 1970"), |time| time.to_string())
}

/// A name that rustls tells as `DnsName("internal.example.com")`, as people write it.
fn plain(name: &str) -> &str {
    name.strip_prefix("DnsName(\"").and_then(|name| name.strip_suffix("\")")).unwrap_or(name)
}
