//! What the operator wrote to Kubernetes, counted from the API server's audit log.

use std::collections::BTreeMap;

use super::{World, user};
use crate::control_plane::AuditEvent;

/// Writes to Kubernetes, by what they were made to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KubernetesWrites {
    /// By resource and subresource: `gateways`, `gatewaytargets/status`.
    pub objects: BTreeMap<String, usize>,
    /// Events. They tell people something and hold no state.
    pub events: usize,
    /// Leases, renewed by the clock.
    pub leases: usize,
}

impl KubernetesWrites {
    /// All of them but events and leases: what a settled object must not cause.
    #[must_use]
    pub fn total(&self) -> usize {
        self.objects.values().sum()
    }
}

impl FromIterator<AuditEvent> for KubernetesWrites {
    fn from_iter<Requests: IntoIterator<Item = AuditEvent>>(requests: Requests) -> KubernetesWrites {
        let mut writes = KubernetesWrites::default();
        for request in requests.into_iter().filter(AuditEvent::is_write) {
            match (request.resource.as_str(), request.subresource.as_str()) {
                ("events", _) => writes.events += 1,
                ("leases", _) => writes.leases += 1,
                (resource, "") => *writes.objects.entry(resource.to_owned()).or_default() += 1,
                (resource, part) => *writes.objects.entry(format!("{resource}/{part}")).or_default() += 1,
            }
        }
        writes
    }
}

impl World {
    /// A moment to count writes from.
    #[must_use]
    pub fn mark(&self) -> usize {
        self.control_plane.audit_mark()
    }

    /// What this world's operator wrote since then, refused writes included.
    #[must_use]
    pub fn writes_since(&self, mark: usize) -> KubernetesWrites {
        self.requests_since(mark).into_iter().collect()
    }

    /// What this world's operator asked the API server since then, reads and watches included.
    #[must_use]
    pub fn requests_since(&self, mark: usize) -> Vec<AuditEvent> {
        let user = user(&self.name);
        self.control_plane.audit_since(mark).into_iter().filter(|request| request.user == user).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_do_not_count_and_events_and_leases_count_apart() {
        let request = |verb: &str, resource: &str, subresource: &str| AuditEvent {
            verb: verb.to_owned(),
            group: String::new(),
            resource: resource.to_owned(),
            subresource: subresource.to_owned(),
            namespace: String::new(),
            name: String::new(),
            user: String::new(),
            user_agent: String::new(),
            code: 200,
            stage: "ResponseComplete".to_owned(),
        };
        let writes: KubernetesWrites = [
            request("get", "gateways", ""),
            request("watch", "gateways", ""),
            request("patch", "gateways", ""),
            request("patch", "gateways", "status"),
            request("update", "gateways", "status"),
            request("create", "events", ""),
            request("update", "leases", ""),
        ]
        .into_iter()
        .collect();
        let objects = BTreeMap::from([("gateways".to_owned(), 1), ("gateways/status".to_owned(), 2)]);
        assert_eq!(writes, KubernetesWrites { objects, events: 1, leases: 1 });
        assert_eq!(writes.total(), 3);
    }
}
