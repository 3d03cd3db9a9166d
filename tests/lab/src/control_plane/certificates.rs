//! The control plane's own certificate authority, as envtest has one: made anew at each start, never stored elsewhere.

use std::path::{Path, PathBuf};

use anyhow::Context;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose,
};

/// A certificate authority in a directory: `ca.crt`, and a `.crt` and `.key` for everything it signed.
pub(super) struct Authority {
    directory: PathBuf,
    issuer: CertifiedIssuer<'static, KeyPair>,
}

impl Authority {
    /// Makes the authority and writes its certificate.
    pub(super) fn create(directory: &Path) -> anyhow::Result<Authority> {
        let mut parameters = CertificateParams::new(Vec::<String>::new())?;
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
        parameters.distinguished_name.push(DnType::CommonName, "lab-control-plane");
        let issuer = CertifiedIssuer::self_signed(parameters, KeyPair::generate()?)?;
        write(&directory.join("ca.crt"), &issuer.pem())?;
        Ok(Authority { directory: directory.to_owned(), issuer })
    }

    /// The authority's certificate.
    pub(super) fn certificate(&self) -> PathBuf {
        self.directory.join("ca.crt")
    }

    /// Signs a certificate with which a server answers for `hosts`.
    pub(super) fn sign_server(&self, name: &str, hosts: &[&str]) -> anyhow::Result<Signed> {
        let hosts: Vec<String> = hosts.iter().map(|host| (*host).to_owned()).collect();
        let mut parameters = CertificateParams::new(hosts)?;
        parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        parameters.distinguished_name = common_name(name);
        self.sign(name, parameters)
    }

    /// Signs a certificate with which a client is `user`, and a member of `group`; the files are called `name`.
    pub(super) fn sign_client(&self, name: &str, user: &str, group: Option<&str>) -> anyhow::Result<Signed> {
        let mut parameters = CertificateParams::new(Vec::<String>::new())?;
        parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        parameters.distinguished_name = common_name(user);
        if let Some(group) = group {
            // Kubernetes reads the groups from the certificate's organizations.
            parameters.distinguished_name.push(DnType::OrganizationName, group);
        }
        self.sign(name, parameters)
    }

    /// Makes the keys that service account tokens are signed and checked with.
    pub(super) fn service_account_keys(&self) -> anyhow::Result<ServiceAccountKeys> {
        let pair = KeyPair::generate()?;
        let keys = ServiceAccountKeys {
            private: self.directory.join("service-account.key"),
            public: self.directory.join("service-account.pub"),
        };
        write(&keys.private, &pair.serialize_pem())?;
        write(&keys.public, &pair.public_key_pem())?;
        Ok(keys)
    }

    fn sign(&self, name: &str, mut parameters: CertificateParams) -> anyhow::Result<Signed> {
        parameters.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        let key = KeyPair::generate()?;
        let certificate = parameters.signed_by(&key, &self.issuer)?;
        let signed = Signed {
            certificate: self.directory.join(format!("{name}.crt")),
            key: self.directory.join(format!("{name}.key")),
        };
        write(&signed.certificate, &certificate.pem())?;
        write(&signed.key, &key.serialize_pem())?;
        Ok(signed)
    }
}

/// Where a certificate and its key lie.
pub(super) struct Signed {
    /// The certificate, PEM.
    pub(super) certificate: PathBuf,
    /// Its private key, PEM.
    pub(super) key: PathBuf,
}

/// Where the keys for service account tokens lie.
pub(super) struct ServiceAccountKeys {
    /// Signs.
    pub(super) private: PathBuf,
    /// Checks. Kubernetes does not take it from the private key in this format.
    pub(super) public: PathBuf,
}

fn common_name(name: &str) -> DistinguishedName {
    let mut distinguished_name = DistinguishedName::new();
    distinguished_name.push(DnType::CommonName, name);
    distinguished_name
}

fn write(file: &Path, content: &str) -> anyhow::Result<()> {
    std::fs::write(file, content).with_context(|| format!("cannot write {}", file.display()))
}
