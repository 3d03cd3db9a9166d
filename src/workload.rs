//! Our knowledge of EKS: what leads from a Service, Ingress or HTTPRoute to an endpoint that an agent can reach.
//!
//! ```text
//!  spec ──> source ──> locate ──> facts ──> load_balancer, certificate, dns, security_group ──> preflight ──> catalog
//!           (a name)   (Kubernetes)  (AWS)           (one verdict a hop)                  (the server itself)  (its tools)
//! ```
//!
//! [`locate`], [`facts`] and [`preflight`] ask, and remember what was said; everything else judges, and is pure. One module per hop, one
//! [`hop::Verdict`] per condition:
//!
//! | hop | condition |
//! |---|---|
//! | [`load_balancer`] | `LoadBalancerReady` |
//! | [`certificate`] | `CertificateTrusted` |
//! | [`dns`] | `DnsResolved` |
//! | [`security_group`] | `NetworkAllowed` |
//! | [`preflight`] | `Preflight` |
//!
//! [`rollout`] knows whose pods stand behind it all, [`offers`] what all servers offer, and [`rest_api`] what a stage of API Gateway
//! offers.

pub mod catalog;
pub mod certificate;
pub mod discovery;
pub mod dns;
pub mod document;
pub mod facts;
pub mod hop;
pub mod load_balancer;
pub mod locate;
pub mod offers;
pub mod preflight;
pub mod rest_api;
pub mod rollout;
pub mod security_group;
pub mod source;
