//! Our knowledge of EKS: what leads from a Service, Ingress or HTTPRoute to an endpoint that an agent can reach.
//!
//! [`facts`] asks, and remembers what AWS said; everything else judges, and is pure. One module per hop, one [`hop::Verdict`] per
//! condition:
//!
//! | hop | condition |
//! |---|---|
//! | [`load_balancer`] | `LoadBalancerReady` |
//! | [`certificate`] | `CertificateTrusted` |
//! | [`dns`] | `DnsResolved` |
//! | [`security_group`] | `NetworkAllowed` |

pub mod certificate;
pub mod discovery;
pub mod dns;
pub mod facts;
pub mod hop;
pub mod load_balancer;
pub mod security_group;
pub mod source;
