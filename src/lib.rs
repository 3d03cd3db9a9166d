//! The operator's parts. This page is the map.
//!
//! Every visit to an object does the same five things: **resolve** (read what the spec refers to), **observe** (read what AWS has),
//! **plan** (pure: at most one request, or a reason to hold), **perform** (send it), **publish** (status, once). AWS and Kubernetes are the
//! only memory. A plan speaks the SDK's own request types, so there is no third model between the custom resources and AWS.
//!
//! | room | what is in it |
//! |---|---|
//! | [`api`] | the custom resources: a promise to users. No async, no clients |
//! | [`crds`] | the custom resource definitions, made from `api` |
//! | [`plan`] | the vocabulary of decisions: `Plan`, `Hold`, `Reason` |
//! | [`overlay`] | states a spec over what AWS reports: the only field mapping |
//! | [`aws`] | the SDK's clients: faults, ownership, pace, lists |
//! | [`cluster`] | Kubernetes as seen from here: copies, permission, publishing |
//! | [`workload`] | our knowledge of EKS: from a Service, Ingress or HTTPRoute to an endpoint that works |
//! | [`kinds`] | trait `Managed`, and per kind our knowledge of AWS |
//! | [`status`] | conditions, as a pure function of what happened |
//! | [`reconcile`] | the loop |
//! | [`metrics`] | what is counted and measured |
//! | [`telemetry`] | what is logged and traced |
//! | [`leader`] | who of several replicas is at work |
//! | [`fence`] | until when this process may act |
//! | [`operator`] | which controllers there are, what wakes each, the sweep, discovery |
//!
//! Dependencies point one way: `api` <- `workload` <- `kinds` <- `reconcile` <- `operator`; a kind uses `workload` when it resolves, and
//! judges nothing of it. `fence` knows nobody, and stands before all that is sent.
//!
//! A good first walk: this page, then [`reconcile`], then one kind, [`kinds::resource_gateway`].

pub mod api;
pub mod aws;
pub mod cluster;
pub mod crds;
pub mod fence;
pub mod kinds;
pub mod leader;
pub mod metrics;
pub mod operator;
pub mod overlay;
pub mod plan;
pub mod reconcile;
pub mod status;
pub mod telemetry;
pub mod workload;
