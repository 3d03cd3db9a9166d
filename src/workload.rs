//! From what runs in the cluster to an endpoint that a gateway can call, and what is known of it before AWS is asked.
//!
//! | room | what is in it |
//! |---|---|
//! | [`catalog`] | what a server offers: names, counts, digests, differences |
//! | [`preflight`] | the operator's own look at a server, from where the operator runs |

pub mod catalog;
pub mod preflight;
