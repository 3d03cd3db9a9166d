//! Certificates of ACM.

use jiff::Timestamp;

/// A certificate of ACM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// The ARN.
    pub arn: String,
    /// Where it comes from.
    pub kind: CertificateKind,
    /// Whether it may be used.
    pub status: CertificateStatus,
    /// The names that it is for; the first one is its domain name.
    pub names: Vec<String>,
    /// The distinguished name of its owner.
    pub subject: String,
    /// The name of who signed it: with its subject's for a self-signed one.
    pub issuer: String,
    /// The start of its validity; nothing while it is not issued.
    pub not_before: Option<Timestamp>,
    /// The end of its validity; nothing while it is not issued.
    pub not_after: Option<Timestamp>,
    /// The private authority that signed it, by its ARN.
    pub authority: Option<String>,
}

/// Where a certificate comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CertificateKind {
    /// A public authority of Amazon.
    AmazonIssued,
    /// Somewhere else.
    Imported,
    /// A private authority.
    Private,
}

/// Whether a certificate may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CertificateStatus {
    /// Its names are still to be validated.
    PendingValidation,
    /// It may be used.
    Issued,
    /// Its authority is disabled.
    Inactive,
    /// Its validity is over.
    Expired,
    /// Its names were not validated in time.
    ValidationTimedOut,
    /// Its owner or authority took it back.
    Revoked,
    /// It could not be issued.
    Failed,
}

impl Certificate {
    /// A certificate of Amazon that is issued and, as all of these, valid from a month ago until half a year from now.
    #[must_use]
    pub fn amazon_issued(arn: &str, names: &[&str]) -> Self {
        Self::signed(arn, names, CertificateKind::AmazonIssued, "Amazon")
    }

    /// A certificate that a private authority of ACM issued.
    #[must_use]
    pub fn private(arn: &str, names: &[&str]) -> Self {
        let authority = arn.split(":certificate/").next().unwrap_or_default().replacen(":acm:", ":acm-pca:", 1);
        let mut certificate = Self::signed(arn, names, CertificateKind::Private, "Example Private CA");
        certificate.authority = Some(format!("{authority}:certificate-authority/22222222-2222-2222-2222-222222222222"));
        certificate
    }

    /// A certificate that was imported and that a public authority signed.
    #[must_use]
    pub fn imported(arn: &str, names: &[&str]) -> Self {
        Self::signed(arn, names, CertificateKind::Imported, "Public CA R11")
    }

    /// A certificate that was imported and that nobody but its owner signed.
    #[must_use]
    pub fn self_signed(arn: &str, names: &[&str]) -> Self {
        let name = names.first().copied().unwrap_or_default();
        Self::signed(arn, names, CertificateKind::Imported, name)
    }

    /// Whether its owner is who signed it.
    pub(in crate::aws) fn is_self_signed(&self) -> bool {
        self.subject == format!("CN={}", self.issuer) || self.subject == self.issuer
    }

    /// Whether it is for a host: a star stands for exactly one label.
    pub(in crate::aws) fn covers(&self, host: &str) -> bool {
        self.names.iter().any(|name| match name.strip_prefix("*.") {
            Some(parent) => host.split_once('.').is_some_and(|(_, rest)| rest.eq_ignore_ascii_case(parent)),
            None => host.eq_ignore_ascii_case(name),
        })
    }

    fn signed(arn: &str, names: &[&str], kind: CertificateKind, issuer: &str) -> Self {
        Self {
            arn: arn.to_owned(),
            kind,
            status: CertificateStatus::Issued,
            names: names.iter().map(|&name| name.to_owned()).collect(),
            subject: format!("CN={}", names.first().copied().unwrap_or_default()),
            issuer: issuer.to_owned(),
            not_before: midnight(-30),
            not_after: midnight(180),
            authority: None,
        }
    }
}

/// The midnight before the time that is this many days from now.
fn midnight(days: i64) -> Option<Timestamp> {
    const DAY: i64 = 24 * 60 * 60;
    let then = Timestamp::now().as_second() + days * DAY;
    Timestamp::from_second(then - then.rem_euclid(DAY)).ok()
}

impl CertificateKind {
    /// The name in answers.
    pub(in crate::aws) fn name(self) -> &'static str {
        match self {
            Self::AmazonIssued => "AMAZON_ISSUED",
            Self::Imported => "IMPORTED",
            Self::Private => "PRIVATE",
        }
    }
}

impl CertificateStatus {
    /// The name in answers.
    pub(in crate::aws) fn name(self) -> &'static str {
        match self {
            Self::PendingValidation => "PENDING_VALIDATION",
            Self::Issued => "ISSUED",
            Self::Inactive => "INACTIVE",
            Self::Expired => "EXPIRED",
            Self::ValidationTimedOut => "VALIDATION_TIMED_OUT",
            Self::Revoked => "REVOKED",
            Self::Failed => "FAILED",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_is_one_label() {
        let certificate = Certificate::amazon_issued("arn", &["internal.example.com", "*.internal.example.com"]);
        for (host, covered) in [
            ("internal.example.com", true),
            ("api.internal.example.com", true),
            ("API.internal.example.com", true),
            ("a.b.internal.example.com", false),
            ("example.com", false),
        ] {
            assert_eq!(certificate.covers(host), covered, "{host}");
        }
        assert!(!certificate.is_self_signed());
        assert!(Certificate::self_signed("arn", &["internal.example.com"]).is_self_signed());
    }
}
