//! Scenarios: manifests go in, and what is judged is what AWS was asked, word for word, and what people read in status.
//!
//! Every test has a world of its own (see [`lab::world::World`]): namespaces, an AWS and an operator. Nothing here measures time: where
//! something must not happen, the operator is first seen to look again; where something must be seen on its way, AWS is slow until it was.

mod adopt;
mod allowed_targets;
mod api_gateway;
mod behind_load_balancer;
mod certificates;
mod closed_groups;
mod connection;
mod consent;
mod discovery;
mod documents;
mod drift;
mod edits;
mod examples;
mod examples_workload;
mod external;
mod fit;
mod fixed_way;
mod from_httproute;
mod from_ingress;
mod from_service;
mod gateway_guards;
mod gateway_life;
mod gateway_whole;
mod groups;
mod guests;
mod hidden_name;
mod leaving;
mod ledger;
mod managed;
mod manifests;
mod names;
mod preflight;
mod private_api;
mod private_authorizer;
mod private_name;
mod published;
mod replace;
mod requests;
mod reuse;
mod security_groups;
mod self_managed;
mod served;
mod settled;
mod shared_network;
mod stage;
mod support;
mod suspend;
mod synchronization;
mod tags;
mod target_kinds;
mod target_names;
mod tenancy;
mod truth;
