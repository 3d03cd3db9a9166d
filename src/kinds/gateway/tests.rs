//! Plans of Gateways.

pub(super) mod samples;
