//! Rights that the tests do not use, and why they are granted all the same. A line that explains nothing fails, too.

/// A right that is granted and not used.
#[derive(Clone, Copy, Debug)]
pub struct Explained {
    /// The right, as the comparison's table writes it.
    pub right: &'static str,
    /// Why it is granted.
    pub why: &'static str,
}

/// All of them.
pub const EXPLAINED: &[Explained] = &[Explained {
    right: "RBAC create configmaps",
    why: "server-side apply of what is not there yet asks for it besides patch, and the audit log says patch only",
}];
