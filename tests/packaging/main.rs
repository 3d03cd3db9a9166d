//! What people install, and what they watch it with, held against the programs that they do it with.

mod argocd;
mod flux;
mod kstatus;
mod situations;
mod upgrades;
mod versions;
