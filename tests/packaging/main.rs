//! What people install, and what they watch it with, held against the programs that they do it with.

mod argocd;
mod chart;
mod deploy;
mod helm;
mod install;
mod kstatus;
mod upgrades;
mod versions;
