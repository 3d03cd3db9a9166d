//! Who signs the certificates, and the certificates.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use anyhow::Context;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose, date_time_ymd,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::process::Watchdog;

/// The first and the last year of a certificate that is in date.
const IN_DATE: (i32, i32) = (2020, 2049);

/// The same for one that is not any more.
const EXPIRED: (i32, i32) = (2020, 2021);

/// A certificate authority that nobody knows but who is given its certificate, as with a file named by `SSL_CERT_FILE`.
#[derive(Debug)]
pub struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    certificate_file: PathBuf,
    _directory: TempDir,
    _watchdog: Watchdog,
}

impl Authority {
    /// Makes an authority and writes its certificate into a directory of its own, which is removed with it.
    pub fn create() -> anyhow::Result<Authority> {
        // One name each: who knows one of them must not take another's signature for a broken one of the first.
        static CREATED: AtomicUsize = AtomicUsize::new(0);
        let mut parameters = CertificateParams::new(Vec::<String>::new())?;
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
        parameters.distinguished_name =
            common_name(&format!("lab authority {}", CREATED.fetch_add(1, Ordering::Relaxed)));
        between(&mut parameters, IN_DATE);
        let issuer = CertifiedIssuer::self_signed(parameters, KeyPair::generate()?)?;
        let directory = tempfile::Builder::new().prefix("agentcore-lab-authority-").tempdir()?;
        let watchdog = Watchdog::over_directory(directory.path())?;
        let certificate_file = directory.path().join("ca.pem");
        std::fs::write(&certificate_file, issuer.pem())
            .with_context(|| format!("cannot write {}", certificate_file.display()))?;
        Ok(Authority { issuer, certificate_file, _directory: directory, _watchdog: watchdog })
    }

    /// The authority that every world of this process trusts.
    pub fn shared() -> anyhow::Result<&'static Authority> {
        static SHARED: OnceLock<Authority> = OnceLock::new();
        if let Some(authority) = SHARED.get() {
            return Ok(authority);
        }
        let created = Authority::create()?;
        Ok(SHARED.get_or_init(|| created))
    }

    /// Where its certificate lies, PEM: what `SSL_CERT_FILE` has to be for those who shall trust it.
    #[must_use]
    pub fn certificate_file(&self) -> &Path {
        &self.certificate_file
    }

    /// A certificate for these names, in date. A name may begin with `*.`.
    pub fn issue(&self, names: &[&str]) -> anyhow::Result<Certificate> {
        self.sign(names, IN_DATE)
    }

    /// A certificate for these names that was in date once.
    pub fn issue_expired(&self, names: &[&str]) -> anyhow::Result<Certificate> {
        self.sign(names, EXPIRED)
    }

    /// Shakes hands as somebody who trusts this authority and no other; the error says what is wrong with the certificate.
    pub async fn connect(&self, address: SocketAddr, host: &str) -> io::Result<TlsStream<TcpStream>> {
        let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
        let connector = self.connector().map_err(io::Error::other)?;
        connector.connect(name, TcpStream::connect(address).await?).await
    }

    /// For clients that trust this authority and no other, and speak HTTP/1.1.
    pub(super) fn connector(&self) -> Result<TlsConnector, rustls::Error> {
        let mut roots = RootCertStore::empty();
        roots.add(self.issuer.der().clone())?;
        let mut configuration = ClientConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        configuration.alpn_protocols = http();
        Ok(TlsConnector::from(Arc::new(configuration)))
    }

    fn sign(&self, names: &[&str], years: (i32, i32)) -> anyhow::Result<Certificate> {
        let key = KeyPair::generate()?;
        let certificate = parameters(names, years)?.signed_by(&key, &self.issuer)?;
        Certificate::new(&certificate, &key)
    }
}

/// A certificate with its private key, ready to be presented.
#[derive(Debug, Clone)]
pub struct Certificate {
    configuration: Arc<ServerConfig>,
    pem: String,
}

impl Certificate {
    /// A certificate for these names that its own key signed.
    pub fn self_signed(names: &[&str]) -> anyhow::Result<Certificate> {
        let key = KeyPair::generate()?;
        let certificate = parameters(names, IN_DATE)?.self_signed(&key)?;
        Certificate::new(&certificate, &key)
    }

    /// The certificate without its key, PEM.
    #[must_use]
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// How a server presents it.
    pub(super) fn server_configuration(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.configuration)
    }

    fn new(certificate: &rcgen::Certificate, key: &KeyPair) -> anyhow::Result<Certificate> {
        let chain: Vec<CertificateDer<'static>> = vec![certificate.der().clone()];
        let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
        let mut configuration = ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(chain, key)?;
        configuration.alpn_protocols = http();
        Ok(Certificate { configuration: Arc::new(configuration), pem: certificate.pem() })
    }
}

fn parameters(names: &[&str], years: (i32, i32)) -> anyhow::Result<CertificateParams> {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut parameters = CertificateParams::new(names)?;
    parameters.distinguished_name = common_name("lab load balancer");
    parameters.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    between(&mut parameters, years);
    Ok(parameters)
}

fn between(parameters: &mut CertificateParams, (first, last): (i32, i32)) {
    parameters.not_before = date_time_ymd(first, 1, 1);
    parameters.not_after = date_time_ymd(last, 1, 1);
}

fn common_name(name: &str) -> DistinguishedName {
    let mut distinguished_name = DistinguishedName::new();
    distinguished_name.push(DnType::CommonName, name);
    distinguished_name
}

fn provider() -> Arc<rustls::crypto::CryptoProvider> {
    Arc::new(rustls::crypto::aws_lc_rs::default_provider())
}

fn http() -> Vec<Vec<u8>> {
    vec![b"http/1.1".to_vec()]
}
