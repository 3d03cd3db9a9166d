//! What people install, and what they watch it with, held against the programs that they do it with.

mod busy;
mod collector;
mod exposition;
mod metrics;
mod telemetry;
mod versions;
