//! The types of an SDK crate, read from its source.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "of Rust's syntax only what the SDK's code generator writes is looked at"
)]

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context;
use serde_json::Value;
use syn::{Expr, Fields, GenericArgument, ImplItem, Item, Lit, PathArguments, Stmt, Type};

use super::tree::Tree;

/// An SDK crate's source.
pub(super) struct Sdk {
    source: PathBuf,
    /// In which module below `types` each type is.
    modules: BTreeMap<String, String>,
    parsed: RefCell<BTreeMap<String, Tree>>,
}

impl Sdk {
    /// Finds the source of the crate that this workspace is built with.
    pub(super) fn of(package: &str) -> anyhow::Result<Self> {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let output = Command::new(cargo)
            .args(["metadata", "--format-version", "1", "--offline", "--locked"])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()
            .context("cargo cannot be run, which says where the source of the SDK is")?;
        let said = String::from_utf8_lossy(&output.stderr);
        anyhow::ensure!(
            output.status.success(),
            "cargo does not say where the source of {package} is; does `cargo fetch` help? It says: {said}"
        );
        let metadata: Value = serde_json::from_slice(&output.stdout)?;
        let manifest = metadata["packages"]
            .as_array()
            .into_iter()
            .flatten()
            .find(|found| found["name"] == package)
            .and_then(|found| found["manifest_path"].as_str())
            .with_context(|| format!("the workspace does not depend on {package}"))?;
        let source = Path::new(manifest).parent().context("a manifest is in a directory")?.join("src");
        let modules = modules(&source).with_context(|| format!("the source of {package} is not as it was"))?;
        Ok(Self { source, modules, parsed: RefCell::default() })
    }

    /// The input of an operation, named as in `CreateGateway`.
    pub(super) fn input(&self, operation: &str) -> anyhow::Result<Tree> {
        let module = snake(operation);
        let file = self.source.join(format!("operation/{module}/_{module}_input.rs"));
        self.declared(&file, &format!("{operation}Input"), &mut Vec::new())
    }

    /// A type of the crate. One that holds itself is a leaf: in a CRD it cannot be anything else.
    fn named(&self, name: &str, within: &mut Vec<String>) -> anyhow::Result<Tree> {
        if let Some(known) = self.parsed.borrow().get(name) {
            return Ok(known.clone());
        }
        if within.iter().any(|outer| outer == name) {
            anyhow::bail!(Recursive(name.to_owned()));
        }
        let module = self.modules.get(name).with_context(|| format!("the type {name} is nowhere"))?;
        let file = self.source.join(format!("types/{module}.rs"));
        within.push(name.to_owned());
        let declared = self.declared(&file, name, within);
        within.pop();
        let tree = match declared {
            Err(error) if error.downcast_ref::<Recursive>().is_some_and(|it| it.0 == name) => Tree::Leaf,
            other => other?,
        };
        self.parsed.borrow_mut().insert(name.to_owned(), tree.clone());
        Ok(tree)
    }

    fn declared(&self, file: &Path, name: &str, within: &mut Vec<String>) -> anyhow::Result<Tree> {
        let text = std::fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?;
        let items = syn::parse_file(&text).with_context(|| format!("{} is not Rust", file.display()))?.items;
        for item in &items {
            match item {
                Item::Struct(found) if found.ident == name => {
                    let mut members = BTreeMap::new();
                    for field in &found.fields {
                        let member = field.ident.as_ref().context("a member without a name")?.to_string();
                        let tree = self.typed(&field.ty, within)?;
                        members.insert(member.trim_start_matches("r#").to_owned(), tree);
                    }
                    return Ok(Tree::Members(members));
                }
                Item::Enum(found) if found.ident == name => {
                    let is_union =
                        found.variants.iter().any(|it| it.ident == "Unknown" && matches!(it.fields, Fields::Unit));
                    if !is_union {
                        return values(&items).with_context(|| format!("the values of {name} are not where they were"));
                    }
                    let mut members = BTreeMap::new();
                    for variant in found.variants.iter().filter(|variant| variant.ident != "Unknown") {
                        let field = variant.fields.iter().next().context("a variant without a value")?;
                        members.insert(variant.ident.to_string(), self.typed(&field.ty, within)?);
                    }
                    return Ok(Tree::Members(members));
                }
                // Everything else in the file is builders and conversions.
                _ => {}
            }
        }
        anyhow::bail!("{} does not declare {name}", file.display())
    }

    fn typed(&self, of: &Type, within: &mut Vec<String>) -> anyhow::Result<Tree> {
        let Type::Path(path) = of else { anyhow::bail!("a member of a type that is not named") };
        let last = path.path.segments.last().context("a type without a name")?;
        let inner = || -> anyhow::Result<&Type> {
            let PathArguments::AngleBracketed(arguments) = &last.arguments else {
                anyhow::bail!("{} of what?", last.ident)
            };
            let types = arguments.args.iter().filter_map(|argument| match argument {
                GenericArgument::Type(inner) => Some(inner),
                _ => None,
            });
            types.last().context("a type without arguments")
        };
        match last.ident.to_string().as_str() {
            "Option" | "Box" => self.typed(inner()?, within),
            "Vec" => Ok(Tree::List(Box::new(self.typed(inner()?, within)?))),
            "HashMap" => Ok(Tree::Map(Box::new(self.typed(inner()?, within)?))),
            "String" | "bool" | "i32" | "i64" | "f32" | "f64" | "Document" | "DateTime" | "Blob" => Ok(Tree::Leaf),
            name => self.named(name, within),
        }
    }
}

/// A type that was met within itself.
#[derive(Debug)]
struct Recursive(String);

impl std::fmt::Display for Recursive {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} holds itself", self.0)
    }
}

impl std::error::Error for Recursive {}

/// `pub use crate::types::_authorizer_type::AuthorizerType;` says in which module a type is.
fn modules(source: &Path) -> anyhow::Result<BTreeMap<String, String>> {
    let text = std::fs::read_to_string(source.join("types.rs"))?;
    let uses = text.lines().filter_map(|line| line.strip_prefix("pub use crate::types::")?.strip_suffix(';'));
    let modules: BTreeMap<_, _> = uses
        .filter_map(|path| path.split_once("::"))
        .map(|(module, name)| (name.to_owned(), module.to_owned()))
        .collect();
    anyhow::ensure!(!modules.is_empty(), "types.rs names no types");
    Ok(modules)
}

/// What the function `values` of an enum lists.
fn values(items: &[Item]) -> Option<Tree> {
    let functions = items.iter().filter_map(|item| match item {
        Item::Impl(block) => Some(&block.items),
        _ => None,
    });
    let values = functions.flatten().find_map(|item| match item {
        ImplItem::Fn(function) if function.sig.ident == "values" => Some(&function.block.stmts),
        _ => None,
    })?;
    let [Stmt::Expr(Expr::Reference(reference), _)] = values.as_slice() else { return None };
    let Expr::Array(array) = reference.expr.as_ref() else { return None };
    let texts = array.elems.iter().map(|element| match element {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Str(text) => Some(text.value()),
            _ => None,
        },
        _ => None,
    });
    texts.collect::<Option<BTreeSet<_>>>().map(Tree::Values)
}

/// `CreateGateway` as `create_gateway`.
fn snake(name: &str) -> String {
    let mut snake = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake
}
