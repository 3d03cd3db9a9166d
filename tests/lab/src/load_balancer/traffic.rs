//! What came to a load balancer.

use std::collections::BTreeMap;

/// Counts since a load balancer's start.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Connections to the door that speaks TLS, whatever became of them.
    pub connections: usize,
    /// TLS handshakes that were begun, by the name that the caller asked for (SNI); the empty name for those who asked for none.
    pub handshakes: BTreeMap<String, usize>,
    /// Requests that came over TLS, by host and path, whatever they were answered.
    pub requests: BTreeMap<(String, String), usize>,
    /// Requests that came to the plain door, as those of the emulated AWS do, by host and path.
    pub plain_requests: BTreeMap<(String, String), usize>,
}

impl Traffic {
    /// How many requests for a host and path came over TLS.
    #[must_use]
    pub fn requests_for(&self, host: &str, path: &str) -> usize {
        self.requests.get(&(host.to_owned(), path.to_owned())).copied().unwrap_or_default()
    }

    /// How many requests for a host and path came to the plain door.
    #[must_use]
    pub fn plain_requests_for(&self, host: &str, path: &str) -> usize {
        self.plain_requests.get(&(host.to_owned(), path.to_owned())).copied().unwrap_or_default()
    }
}
