//! Members by name and depth, wherever they are declared: in the SDK's types, in the public model, or in a CRD.

use std::collections::{BTreeMap, BTreeSet};

/// What stands at one place.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Tree {
    /// A value without members: a text, a number, a boolean, or JSON that is passed on as it is.
    Leaf,
    /// A text of which these are all there are.
    Values(BTreeSet<String>),
    /// A list of this.
    List(Box<Tree>),
    /// A map of this.
    Map(Box<Tree>),
    /// A structure, or a union.
    Members(BTreeMap<String, Tree>),
}

impl Tree {
    /// Every place, as a path: `a.b` is a member, `a[]` what is in a list, `a{}` what is in a map, `a=B` a value of an enum.
    pub(super) fn paths(&self) -> BTreeSet<String> {
        let mut paths = BTreeSet::new();
        self.collect("", &mut paths);
        paths
    }

    fn collect(&self, path: &str, paths: &mut BTreeSet<String>) {
        match self {
            Self::Leaf => {}
            Self::Values(values) => paths.extend(values.iter().map(|value| format!("{path}={value}"))),
            Self::List(item) => item.collect(&format!("{path}[]"), paths),
            Self::Map(value) => value.collect(&format!("{path}{{}}"), paths),
            Self::Members(members) => {
                for (name, member) in members {
                    let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                    member.collect(&path, paths);
                    paths.insert(path);
                }
            }
        }
    }

    /// Gives the members the names that they have in `wire`, where they are told apart by their letters only: the SDK writes
    /// `custom_jwt_authorizer` and `CustomJwtAuthorizer` for `customJWTAuthorizer`. What is not in `wire` is left out and told.
    pub(super) fn renamed(self, wire: &Self, path: &str, strangers: &mut Vec<String>) -> Self {
        match (self, wire) {
            (Self::List(item), Self::List(other)) => Self::List(Box::new(item.renamed(other, path, strangers))),
            (Self::Map(value), Self::Map(other)) => Self::Map(Box::new(value.renamed(other, path, strangers))),
            (Self::Members(members), Self::Members(others)) => {
                let mut renamed = BTreeMap::new();
                for (name, member) in members {
                    let path = format!("{path}.{name}");
                    match others.iter().find(|(other, _)| letters(other) == letters(&name)) {
                        Some((other, shape)) => {
                            renamed.insert(other.clone(), member.renamed(shape, &path, strangers));
                        }
                        None => strangers.push(path),
                    }
                }
                Self::Members(renamed)
            }
            (Self::Values(values), Self::Values(others)) => {
                strangers.extend(values.difference(others).map(|value| format!("{path}={value}")));
                Self::Values(values)
            }
            (Self::Leaf, Self::Leaf) => Self::Leaf,
            (own, other) => {
                strangers.push(format!("{path}: {own:?} is {other:?} in the model"));
                own
            }
        }
    }

    /// What is in either: the input of a creation and that of an update, which make up a spec together.
    pub(super) fn joined(self, other: Self) -> Self {
        match (self, other) {
            (Self::List(one), Self::List(other)) => Self::List(Box::new(one.joined(*other))),
            (Self::Map(one), Self::Map(other)) => Self::Map(Box::new(one.joined(*other))),
            (Self::Members(mut one), Self::Members(others)) => {
                for (name, member) in others {
                    let joined = match one.remove(&name) {
                        Some(known) => known.joined(member),
                        None => member,
                    };
                    one.insert(name, joined);
                }
                Self::Members(one)
            }
            (Self::Values(one), Self::Values(other)) => Self::Values(one.union(&other).cloned().collect()),
            (one, _) => one,
        }
    }
}

/// A name without anything that differs between ways of writing it.
fn letters(name: &str) -> String {
    name.chars().filter(|letter| *letter != '_').collect::<String>().to_lowercase()
}

/// The paths that are the first of those below them: a structure that is missing is missing once.
pub(super) fn topmost(paths: &BTreeSet<String>) -> BTreeSet<String> {
    paths
        .iter()
        .filter(|path| !paths.iter().any(|other| other != *path && is_at_or_below(path, other)))
        .cloned()
        .collect()
}

/// Whether a path is another one, or leads on from it.
pub(super) fn is_at_or_below(path: &str, root: &str) -> bool {
    path.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[', '{', '=']))
}
