//! The reasons and their documentation, as they stand in the source.

use syn::{Attribute, Expr, Ident, Item, Lit, Meta, Token, parse::Parse, parse::ParseStream, punctuated::Punctuated};

use crate::page;

/// A reason as it is declared.
pub(crate) struct Declared {
    pub(crate) name: String,
    /// What it means, in a sentence.
    pub(crate) meaning: String,
    /// What to do, and an example: Markdown with headings of the first level.
    pub(crate) advice: String,
}

/// All reasons, in the order of declaration.
pub(crate) fn all() -> anyhow::Result<Vec<Declared>> {
    let file = syn::parse_file(&page::read("src/plan.rs")?)?;
    let tokens = file.items.iter().find_map(|item| {
        let Item::Macro(item) = item else { return None };
        item.mac.path.is_ident("reasons").then(|| item.mac.tokens.clone())
    });
    let tokens = tokens.ok_or_else(|| anyhow::anyhow!("src/plan.rs declares no reasons"))?;
    let rows: Rows = syn::parse2(tokens)?;
    let declared: Vec<Declared> = rows.0.into_iter().map(Row::declared).collect::<anyhow::Result<_>>()?;
    assert!(declared.len() > 60, "only {} reasons were read", declared.len());
    Ok(declared)
}

struct Rows(Punctuated<Row, Token![,]>);

struct Row {
    attributes: Vec<Attribute>,
    name: Ident,
}

impl Row {
    fn declared(self) -> anyhow::Result<Declared> {
        let name = self.name.to_string();
        let lines: Vec<String> = self.attributes.iter().filter_map(text).collect();
        let advice = page::read(&format!("src/plan/reason/{name}.md"))?;
        Ok(Declared { name, meaning: lines.join(" ").trim().to_owned(), advice })
    }
}

impl Parse for Rows {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        Punctuated::parse_terminated(input).map(Self)
    }
}

impl Parse for Row {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        Ok(Self { attributes: input.call(Attribute::parse_outer)?, name: input.parse()? })
    }
}

/// A line of documentation.
fn text(attribute: &Attribute) -> Option<String> {
    let Meta::NameValue(pair) = &attribute.meta else { return None };
    let Expr::Lit(literal) = &pair.value else { return None };
    let Lit::Str(text) = &literal.lit else { return None };
    pair.path.is_ident("doc").then(|| text.value().trim().to_owned())
}
