//! What people install, and what they watch it with, held against the programs that they do it with.

mod alerts;
mod argocd;
mod busy;
mod chart;
mod collector;
mod deploy;
mod exposition;
mod flags;
mod flux;
mod helm;
mod install;
mod kstatus;
mod metrics;
mod region;
mod rights;
mod situations;
mod telemetry;
mod undefined;
mod upgrades;
mod versions;
