//! What people install, and what they watch it with, held against the programs that they do it with.

mod chart;
mod deploy;
mod helm;
mod install;
mod rights;
mod versions;
