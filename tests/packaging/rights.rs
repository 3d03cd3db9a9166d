//! `docs/iam.md` and `docs/rbac.md`: what the operator may do, and what for, as the policies and the manifest say it.

mod iam;
mod rbac;

use std::path::Path;

/// Compares a page with what it should be, or writes it.
fn golden(name: &str, page: &str) -> anyhow::Result<()> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(name);
    if std::env::var_os("UPDATE_GOLDENS").is_some() {
        std::fs::write(&path, page)?;
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == page, "docs/{name} is not what the rights are; run `make generate`");
    Ok(())
}
