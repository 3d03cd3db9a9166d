//! Private hosted zones of Route 53.

use super::{ACCOUNT, REGION};

/// A private hosted zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostedZone {
    /// The id, such as `Z0123456789ABCDEFGHIJ`, without `/hostedzone/`.
    pub id: String,
    /// The domain, without a dot at the end.
    pub name: String,
    /// Whose it is.
    pub owner: ZoneOwner,
    /// The VPCs that look at it.
    pub vpcs: Vec<ZoneVpc>,
    /// Its records. Those that every zone has (NS and SOA) are shown besides these.
    pub records: Vec<Record>,
}

/// Whose a hosted zone is. Only the zones of the caller's own account can be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ZoneOwner {
    /// An account, by its number.
    Account(String),
    /// A service of AWS, such as `efs.amazonaws.com`.
    Service(String),
}

/// A VPC that looks at a hosted zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ZoneVpc {
    /// The region of the VPC.
    pub region: String,
    /// The id of the VPC.
    pub id: String,
}

/// Records of one name and type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The full name, without a dot at the end; a wildcard begins with a star.
    pub name: String,
    /// The type.
    pub kind: RecordKind,
    /// What it says.
    pub data: RecordData,
}

/// The types of records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RecordKind {
    /// An IPv4 address.
    A,
    /// An IPv6 address.
    Aaaa,
    /// Another name.
    Cname,
    /// The servers of the zone.
    Ns,
    /// The start of the zone.
    Soa,
    /// Text.
    Txt,
}

/// What records say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordData {
    /// Values, for this many seconds.
    Values(u32, Vec<String>),
    /// Whatever the name of a resource of AWS says, such as that of a load balancer.
    Alias {
        /// The name of the resource.
        name: String,
        /// The hosted zone that this name is in.
        zone: String,
    },
}

impl HostedZone {
    /// A zone of this account without records, for one VPC.
    #[must_use]
    pub fn new(id: &str, name: &str, vpc: &str) -> Self {
        Self {
            id: id.to_owned(),
            name: name.to_owned(),
            owner: ZoneOwner::Account(ACCOUNT.to_owned()),
            vpcs: vec![ZoneVpc { region: REGION.to_owned(), id: vpc.to_owned() }],
            records: Vec::new(),
        }
    }

    /// The zone with one more record.
    #[must_use]
    pub fn with(mut self, record: Record) -> Self {
        self.records.push(record);
        self
    }

    /// Whether a VPC looks at the zone.
    pub(in crate::aws) fn is_seen_from(&self, region: &str, vpc: &str) -> bool {
        self.vpcs.iter().any(|seen| seen.region == region && seen.id == vpc)
    }

    /// Whether a name is the zone's or below it.
    pub(in crate::aws) fn contains(&self, name: &str) -> bool {
        name.strip_suffix(self.name.as_str()).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    }

    /// The records that answer for a name: its own, otherwise those of the closest wildcard above it.
    pub(in crate::aws) fn answers<'a>(&'a self, name: &str) -> Vec<&'a Record> {
        let of = |wanted: &str| self.records.iter().filter(|record| record.name == wanted).collect::<Vec<_>>();
        let exact = of(name);
        if !exact.is_empty() {
            return exact;
        }
        let mut below = name;
        while let Some((_, parent)) = below.split_once('.').filter(|(_, parent)| self.contains(parent)) {
            let wild = of(&format!("*.{parent}"));
            // A name that exists ends the search, also when it has records of other types only.
            if !wild.is_empty() || !of(parent).is_empty() {
                return wild;
            }
            below = parent;
        }
        Vec::new()
    }
}

impl Record {
    /// An address record that follows a load balancer.
    #[must_use]
    pub fn alias(name: &str, target: &super::LoadBalancer) -> Self {
        let data = RecordData::Alias { name: target.dns_name.clone(), zone: target.zone_id.clone() };
        Self { name: name.to_owned(), kind: RecordKind::A, data }
    }

    /// A record with values and a lifetime of a minute.
    #[must_use]
    pub fn new(name: &str, kind: RecordKind, values: &[&str]) -> Self {
        let values = values.iter().map(|&value| value.to_owned()).collect();
        Self { name: name.to_owned(), kind, data: RecordData::Values(60, values) }
    }
}

impl RecordKind {
    /// The name in answers.
    pub(in crate::aws) fn name(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::Aaaa => "AAAA",
            Self::Cname => "CNAME",
            Self::Ns => "NS",
            Self::Soa => "SOA",
            Self::Txt => "TXT",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_answered_by_its_own_record_or_the_closest_wildcard() {
        let record = |name: &str| Record::new(name, RecordKind::A, &["10.0.0.1"]);
        let zone = HostedZone::new("Z1", "example.com", "vpc-1")
            .with(record("example.com"))
            .with(record("*.example.com"))
            .with(record("a.example.com"))
            .with(record("*.b.example.com"));
        let found = |name: &str| zone.answers(name).first().map(|record| record.name.clone()).unwrap_or_default();
        for (name, by) in [
            ("example.com", "example.com"),
            ("a.example.com", "a.example.com"),
            ("c.example.com", "*.example.com"),
            ("d.c.example.com", "*.example.com"),
            ("x.b.example.com", "*.b.example.com"),
            ("x.a.example.com", ""),
        ] {
            assert_eq!(found(name), by, "{name}");
        }
        assert!(zone.contains("a.example.com") && !zone.contains("myexample.com"));
    }
}
