//! The pages that people read: those that are made of the code are up to date, and those that are written by hand name only what there is.
//!
//! `make generate` writes the generated pages anew; by itself that is `UPDATE_GOLDENS=1 cargo test --workspace --test docs fresh`.

mod commands;
mod evidence;
mod examples;
mod flags;
mod links;
mod markdown;
mod names;
mod page;
mod reasons;
mod reference;
