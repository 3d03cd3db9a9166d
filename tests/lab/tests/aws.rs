//! The emulated AWS, as the real SDKs and people with raw requests see it.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "aws/acm.rs"]
mod acm;
#[path = "aws/api_gateway.rs"]
mod api_gateway;
#[path = "aws/behind.rs"]
mod behind;
#[path = "aws/ec2.rs"]
mod ec2;
#[path = "aws/elbv2.rs"]
mod elbv2;
#[path = "aws/faults.rs"]
mod faults;
#[path = "aws/gateways.rs"]
mod gateways;
#[path = "aws/handshakes.rs"]
mod handshakes;
#[path = "aws/in_callers_name.rs"]
mod in_callers_name;
#[path = "aws/independent.rs"]
mod independent;
#[path = "aws/lattice.rs"]
mod lattice;
#[path = "aws/lattice_types.rs"]
mod lattice_types;
#[path = "aws/limits.rs"]
mod limits;
#[path = "aws/networks.rs"]
mod networks;
#[path = "aws/policies.rs"]
mod policies;
#[path = "aws/protocols.rs"]
mod protocols;
#[path = "aws/raw.rs"]
mod raw;
#[path = "aws/reach.rs"]
mod reach;
#[path = "aws/refusals.rs"]
mod refusals;
#[path = "aws/route53.rs"]
mod route53;
#[path = "aws/static_tools.rs"]
mod static_tools;
#[path = "aws/support.rs"]
mod support;
#[path = "aws/synchronization.rs"]
mod synchronization;
#[path = "aws/targets.rs"]
mod targets;
