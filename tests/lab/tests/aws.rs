//! The emulated AWS, as the real SDKs and people with raw requests see it.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "aws/behind.rs"]
mod behind;
#[path = "aws/faults.rs"]
mod faults;
#[path = "aws/gateways.rs"]
mod gateways;
#[path = "aws/handshakes.rs"]
mod handshakes;
#[path = "aws/lattice.rs"]
mod lattice;
#[path = "aws/limits.rs"]
mod limits;
#[path = "aws/networks.rs"]
mod networks;
#[path = "aws/raw.rs"]
mod raw;
#[path = "aws/refusals.rs"]
mod refusals;
#[path = "aws/support.rs"]
mod support;
#[path = "aws/targets.rs"]
mod targets;
