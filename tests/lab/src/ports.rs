//! Ports for processes that are told where to listen.
//!
//! They lie below those that the system gives to connections that go out (`ip_local_port_range` in ip(7)): a port that was free when it was
//! chosen is then not some connection's when its process listens there, or listens there again after a restart.

use std::net::TcpListener;
use std::ops::Range;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::Context;

/// Below Linux's 32768 and everybody else's 49152, above what services have.
const PORTS: Range<u16> = 10_000..32_000;

/// A port of the loopback interface that nothing listens on, and that this process was not given before.
pub fn free_port() -> anyhow::Result<u16> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let count = u32::from(PORTS.end - PORTS.start);
    // Processes that run at once begin far from each other.
    let first = std::process::id().wrapping_mul(977) % count;
    (0..count)
        .map(|_| (first + NEXT.fetch_add(1, Ordering::Relaxed)) % count)
        .filter_map(|offset| Some(PORTS.start + u16::try_from(offset).ok()?))
        .find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok())
        .context("no port is free on 127.0.0.1")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_port_is_given_twice_or_is_one_that_the_system_gives_away() {
        let ports: BTreeSet<u16> = (0..500).map(|_| free_port().unwrap()).collect();
        assert_eq!(ports.len(), 500);
        assert!(ports.iter().all(|port| PORTS.contains(port)));
        let range = std::fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").unwrap_or_default();
        if let Some(lowest) = range.split_whitespace().next() {
            assert!(PORTS.end <= lowest.parse().unwrap(), "the system gives ports from {lowest} on to connections");
        }
    }
}
