//! The custom resource definitions: what they say, and what a real API server makes of them.
//!
//! `UPDATE_GOLDENS=1 cargo test --test crds goldens` writes `crds/*.yaml` anew.

/// The tests share one control plane, so they are one binary.
mod crds {
    mod accepted;
    mod api_gateway;
    mod cluster;
    mod discovery;
    mod documented;
    mod goldens;
    mod lattice_types;
    mod parity;
    mod refused;
    mod refused_adoptions;
    mod refused_changes;
    mod refused_gateways;
    mod refused_workloads;
    mod samples;
    mod schema;
    mod status;
    mod target_kinds;
}
