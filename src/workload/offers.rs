//! What the servers of all targets offer, for what a person should know of an offer although it hinders nobody.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use super::{
    catalog::{Catalogue, printable},
    preflight::{Outcome, Report},
};

/// The longest that the address of a resource is told, in bytes.
const ADDRESS: usize = 80;

/// What servers answered when they were looked at last, by the uid of the target. Clones share everything; a restart forgets it.
#[derive(Debug, Clone, Default)]
pub struct Offers(Arc<Mutex<HashMap<String, Offer>>>);

/// What one target's server offers.
#[derive(Debug, Clone)]
pub struct Offer {
    /// The gateway of the target, by id.
    pub gateway: String,
    /// The namespace of the target.
    pub namespace: String,
    /// The target as agents see it.
    pub name: String,
    /// The newest look at its server.
    pub report: Arc<Report>,
}

impl Offer {
    fn catalogue(&self) -> Option<&Catalogue> {
        match &self.report.outcome {
            Outcome::Passed(catalogue) => catalogue.as_ref(),
            Outcome::Failed(_) | Outcome::Unknown(_) => None,
        }
    }

    /// What is wrong with it by itself, and what it has in common with others of its gateway. Of another namespace's target no more is told
    /// than that there is one.
    fn remarks<'all>(&self, others: impl Iterator<Item = &'all Self>) -> Vec<String> {
        let Some(ours) = self.catalogue() else { return Vec::new() };
        let mut remarks = ours.warnings(&self.name);
        let mut collisions: Vec<String> = others
            .filter(|other| other.gateway == self.gateway)
            .filter_map(|other| {
                let both = ours.collisions(other.catalogue()?);
                let is_own = other.namespace == self.namespace;
                let whose =
                    if is_own { format!("target {}", other.name) } else { "a target of another namespace".to_owned() };
                let addresses: Vec<String> = both.iter().map(|address| printable(address, ADDRESS)).collect();
                (!both.is_empty()).then(|| {
                    format!(
                        "Resources are offered by {whose} on the same gateway, too: {}. Agents see one of each; resourcePriority decides \
                         whose.",
                        addresses.join(", ")
                    )
                })
            })
            .collect();
        collisions.sort();
        collisions.dedup();
        remarks.append(&mut collisions);
        remarks
    }
}

impl Offers {
    /// Takes note of what the server of the target with this uid offers.
    pub fn note(&self, uid: &str, offer: Offer) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(uid.to_owned(), offer);
    }

    /// What a person should know of the offer of the target with this uid, as sentences; nothing when it is not known.
    pub fn remarks(&self, uid: &str) -> Vec<String> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let others = known.iter().filter(|(other, _)| *other != uid).map(|(_, offer)| offer);
        known.get(uid).map(|offer| offer.remarks(others)).unwrap_or_default()
    }

    /// Forgets a target that is gone.
    pub fn forget(&self, uid: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(uid);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tokio::time::Instant;

    use super::*;
    use crate::workload::{catalog::Kind, preflight::Certificate};

    fn offer(gateway: &str, namespace: &str, name: &str, addresses: &[&str]) -> Offer {
        let mut catalogue = Catalogue::default();
        let resources: Vec<_> = addresses.iter().map(|address| json!({"uri": address, "name": "x"})).collect();
        catalogue.extend(Kind::Resource, &resources);
        let outcome = Outcome::Passed(Some(catalogue));
        let report = Arc::new(Report { begun: Instant::now(), outcome, certificate: Certificate::Trusted });
        Offer { gateway: gateway.to_owned(), namespace: namespace.to_owned(), name: name.to_owned(), report }
    }

    #[test]
    fn what_two_targets_of_one_gateway_have_in_common_is_told_to_both() {
        let offers = Offers::default();
        offers.note("1", offer("g", "a", "one", &["docs://x", "docs://y"]));
        assert_eq!(offers.remarks("1"), [""; 0]);
        offers.note("2", offer("g", "a", "two", &["docs://y"]));
        offers.note("3", offer("other", "a", "three", &["docs://y"]));
        let told = offers.remarks("1");
        assert_eq!(told.len(), 1);
        assert!(told[0].contains("target two") && told[0].contains("docs://y"), "{told:?}");
        assert!(offers.remarks("2")[0].contains("target one"));
        assert_eq!(offers.remarks("3"), [""; 0]);
        offers.forget("2");
        assert_eq!(offers.remarks("1"), [""; 0]);
    }

    #[test]
    fn another_namespace_is_not_named() {
        let offers = Offers::default();
        offers.note("1", offer("g", "a", "one", &["docs://x"]));
        offers.note("2", offer("g", "secret", "classified", &["docs://x"]));
        let told = offers.remarks("1").join(" ");
        assert!(
            told.contains("another namespace") && !told.contains("secret") && !told.contains("classified"),
            "{told}"
        );
    }
}
