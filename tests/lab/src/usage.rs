//! What operators used of their rights, in Kubernetes and in AWS, over whole test suites.
//!
//! Where [`DIRECTORY`] names a directory, every process of a test suite writes there what its operators were allowed and denied, each
//! thing once, at the moment it happens: processes end abruptly. [`compare`] then holds it against what is granted.

mod compare;
mod explained;
mod kubernetes;
mod record;

pub use compare::{Difference, UsageArguments, compare, run};
pub use explained::{EXPLAINED, Explained};
pub use kubernetes::{Right, Rights, file, single};
pub(crate) use record::{is_kept, record_allowed, record_asked, record_denied};

/// The environment variable that names the directory.
pub const DIRECTORY: &str = "AGENTCORE_LAB_USAGE";
