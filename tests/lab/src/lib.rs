//! The world that the operator's tests and its demo run in, on one machine and without an AWS account.
//!
//! | Module | What it is |
//! |---|---|
//! | [`control_plane`] | a real kube-apiserver with its etcd and controllers |
//! | [`aws`] | AgentCore, VPC Lattice and the rest of AWS, emulated over HTTP |
//! | [`mcp`] | real MCP servers, good ones and bad ones |
//! | [`load_balancer`] | TLS load balancers in front of them, and the authority that signs their certificates |
//! | [`operator`] | the operator's binary as a process that can be killed and restarted |
//! | [`workload`] | Services, Ingresses, Deployments and the like, and what their controllers would write |
//! | [`world`] | all of these for one test, with namespaces of its own |
//! | [`bench`] | the operator's figures |
//! | [`clock`] | a clock for a process that a test moves ahead |
//! | [`demo`] | all of these for a person to look at |
//! | [`objects`] | Kubernetes objects of any kind, as JSON |
//! | [`process`] | child processes that never outlive us |
//! | [`terminal`] | telling a person what goes on |
//! | [`tools`] | programs of others that tests hold our files against: helm, crane, promtool |

#![expect(clippy::missing_errors_doc, reason = "every error here is a sentence for the person at the terminal")]

pub mod aws;
pub mod bench;
pub mod clock;
pub mod control_plane;
pub mod demo;
mod go_module;
pub mod load_balancer;
pub mod mcp;
pub mod objects;
pub mod operator;
pub mod process;
pub mod terminal;
pub mod tools;
pub mod workload;
pub mod world;
