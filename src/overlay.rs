//! States a spec over what AWS reports: the only machinery for mapping fields.
//!
//! One direction serves three uses. Over nothing, a spec becomes a request. Over what AWS reports, it becomes the complete PUT that
//! AgentCore's updates want, with the members that AWS filled in by itself kept. And when stating a spec over what AWS reports changes
//! nothing, there is no drift.
//!
//! A kind lists its members once, with [`overlay!`], [`overlay_union!`] and [`overlay_enum!`]. A member of the spec that is listed
//! nowhere does not compile, because the macro destructures the spec without `..`.
//!
//! | keyword | the spec is silent | for |
//! |---|---|---|
//! | `owned` | absent in AWS, but for what AWS fills in by itself further down | optional members |
//! | `owned_word` | absent in AWS, where `false` says something else than silence | optional truths that AWS has another default for |
//! | `whole` | absent in AWS, whatever AWS filled in further down | optional structs that AWS fills in only when they are there |
//! | `defaulted` | left as AWS reports it | optional members that AWS fills in by itself |
//! | `list`, `set`, `map` | absent in AWS (AWS refuses empty ones) | collections; a `set` keeps AWS's order when only the order differs |
//! | `unordered` | absent in AWS | lists of structs whose order means nothing: AWS's order is kept when only the order differs |
//! | `defaulted_set` | left as AWS reports it | sets that AWS fills in by itself |
//! | `required` | cannot be | members that both sides require |
//! | `resolved` | cannot be by now | members that the SDK requires and that `resolve` fills in where the spec is silent |
//! | `owned_name`, `required_name` | as `owned`, `required` | names in DNS, in whatever case |
//! | `required_set`, `required_unordered` | cannot be | sets and lists without order that both sides require |
//! | `stated` | cannot be | members that the spec requires and the SDK's type has as optional |
//! | `preset` | what the model sets where nothing is said | members that are optional in the spec and have a default in AWS's model |
//! | `elsewhere` | not mapped here | what `resolve` consumes |

mod compare;

use std::{
    collections::{BTreeMap, HashMap},
    fmt::Debug,
};

use aws_smithy_types::error::operation::BuildError;

use crate::workload::facts::plain_name;

pub(crate) use self::compare::{Difference, at, compare, is_same, plain, strip_list, strip_member, strip_variant};

/// A piece of a spec that can be stated in AWS's own type.
pub trait Overlay<Aws> {
    /// States it over nothing.
    ///
    /// # Errors
    ///
    /// The SDK's builder misses a required member: a member that this crate's tables forgot.
    fn state(&self) -> Result<Aws, BuildError>;

    /// States it over what AWS reports: what the spec says is set, what it owns and does not say is taken away, the rest stays.
    ///
    /// # Errors
    ///
    /// As for [`Overlay::state`].
    fn state_over(&self, aws: &mut Aws) -> Result<(), BuildError> {
        *aws = self.state()?;
        Ok(())
    }

    /// Takes back everything that a spec can own, because the spec no longer says anything here. Answers whether something of AWS's own
    /// is left, and so whether the whole must stay.
    fn silence(_aws: &mut Aws) -> bool {
        false
    }

    /// Takes out what says no more than leaving it out: `false`, what is empty, and structs with nothing else in them. Answers whether
    /// nothing else is in this one. Only for comparing: requests say what a spec says.
    fn strip(_aws: &mut Aws) -> bool {
        false
    }
}

/// States an optional member that the spec owns.
pub(crate) fn owned<S: Overlay<A>, A: Clone + Debug>(spec: Option<&S>, aws: &mut Option<A>) -> Result<(), BuildError> {
    match (spec, aws.as_mut()) {
        (Some(spec), Some(existing)) => spec.state_over(existing)?,
        (Some(spec), None) => *aws = Some(spec.state()?),
        (None, Some(existing)) => {
            if !compare::keeps::<S, A>(existing) && !S::silence(existing) {
                *aws = None;
            }
        }
        (None, None) => {}
    }
    Ok(())
}

/// States an optional member that AWS fills in when the spec is silent.
pub(crate) fn defaulted<S: Overlay<A>, A: Clone + Debug>(
    spec: Option<&S>,
    aws: &mut Option<A>,
) -> Result<(), BuildError> {
    if spec.is_some() { owned(spec, aws) } else { Ok(()) }
}

/// States an optional struct that goes as a whole.
pub(crate) fn whole<S: Overlay<A>, A: Clone + Debug>(spec: Option<&S>, aws: &mut Option<A>) -> Result<(), BuildError> {
    if spec.is_none() && !compare::is_lenient() {
        *aws = None;
    }
    owned(spec, aws)
}

/// States a member that the spec requires and the SDK's type has as optional.
pub(crate) fn stated<S: Overlay<A>, A: Clone + Debug>(spec: &S, aws: &mut Option<A>) -> Result<(), BuildError> {
    owned(Some(spec), aws)
}

/// States an optional name in DNS that the spec owns: another case, or a final dot, is no difference.
pub(crate) fn owned_name(spec: Option<&String>, aws: &mut Option<String>) -> Result<(), BuildError> {
    match (spec, aws) {
        (Some(spec), Some(held)) => required_name(spec, held),
        (spec, aws) => return owned(spec, aws),
    }
    Ok(())
}

/// States a name in DNS that both sides require.
pub(crate) fn required_name(spec: &str, aws: &mut String) {
    if plain_name(spec) != plain_name(aws) {
        spec.clone_into(aws);
    }
}

/// States a member that the SDK requires, and that by now is filled in where the spec left it out.
pub(crate) fn resolved<S: Overlay<A>, A>(
    member: &'static str,
    spec: Option<&S>,
    aws: &mut A,
) -> Result<(), BuildError> {
    match spec {
        Some(spec) => spec.state_over(aws),
        None => Err(BuildError::missing_field(member, "it was not resolved")),
    }
}

/// States a member that has a value in AWS's model where nothing is said.
pub(crate) fn preset<S: Overlay<A>, A: Debug + PartialEq>(
    spec: Option<&S>,
    aws: &mut A,
    unsaid: A,
) -> Result<(), BuildError> {
    match spec {
        Some(spec) => spec.state_over(aws)?,
        None if *aws == unsaid => {}
        None if compare::is_lenient() => compare::note(aws),
        None => *aws = unsaid,
    }
    Ok(())
}

/// States that there is nothing in a collection. One that AWS reports as empty is none, and is no difference.
fn empty<Collection: Debug>(aws: &mut Option<Collection>, is_empty: fn(&Collection) -> bool) {
    match aws {
        Some(held) if is_empty(held) => {}
        Some(held) if compare::is_lenient() => compare::note(held),
        Some(_) | None => *aws = None,
    }
}

/// States a list whose order matters. Empty means none.
pub(crate) fn list<S: Overlay<A>, A: Debug>(spec: &[S], aws: &mut Option<Vec<A>>) -> Result<(), BuildError> {
    match aws {
        _ if spec.is_empty() => empty(aws, Vec::is_empty),
        Some(held) if held.len() == spec.len() => {
            for (spec, held) in spec.iter().zip(held) {
                spec.state_over(held)?;
            }
        }
        _ => *aws = Some(spec.iter().map(Overlay::state).collect::<Result<_, _>>()?),
    }
    Ok(())
}

/// States a list whose order means nothing. Empty means none.
pub(crate) fn set(spec: &[String], aws: &mut Option<Vec<String>>) {
    if spec.is_empty() {
        empty(aws, Vec::is_empty);
    } else {
        required_set(spec, aws.get_or_insert_default());
    }
}

/// States a set that AWS fills in when the spec is silent.
pub(crate) fn defaulted_set(spec: &[String], aws: &mut Option<Vec<String>>) {
    if !spec.is_empty() {
        set(spec, aws);
    }
}

/// States a list whose order means nothing and that both sides require.
pub(crate) fn required_set(spec: &[String], aws: &mut Vec<String>) {
    if !same_set(spec, aws) {
        *aws = spec.to_vec();
    }
}

/// States a list of things whose order means nothing. Empty means none.
pub(crate) fn unordered<S: Overlay<A>, A: Clone + Debug + PartialEq>(
    spec: &[S],
    aws: &mut Option<Vec<A>>,
) -> Result<(), BuildError> {
    if spec.is_empty() {
        empty(aws, Vec::is_empty);
        return Ok(());
    }
    required_unordered(spec, aws.get_or_insert_default())
}

/// States a list of things whose order means nothing and that both sides require. What AWS has that is as the spec says is kept as AWS
/// reports it; when that is everything, the order is kept, too.
pub(crate) fn required_unordered<S: Overlay<A>, A: Clone + PartialEq>(
    spec: &[S],
    aws: &mut Vec<A>,
) -> Result<(), BuildError> {
    let mut left = aws.clone();
    let mut stated = Vec::with_capacity(spec.len());
    let mut is_new = false;
    for item in spec {
        if let Some(at) = position(item, &left)? {
            // Mostly the order is the same, and the first that is left is it.
            stated.push(left.remove(at));
        } else {
            is_new = true;
            stated.push(item.state()?);
        }
    }
    if is_new || !left.is_empty() {
        *aws = stated;
    }
    Ok(())
}

/// Where AWS has what this item says.
fn position<S: Overlay<A>, A: Clone + PartialEq>(item: &S, held: &[A]) -> Result<Option<usize>, BuildError> {
    for (at, candidate) in held.iter().enumerate() {
        let noted = compare::noted();
        let mut stated = candidate.clone();
        item.state_over(&mut stated)?;
        if is_same::<S, A>(&stated, candidate) {
            return Ok(Some(at));
        }
        compare::forget_since(noted);
    }
    Ok(None)
}

/// Whether two lists hold the same values, in whatever order and however often.
pub(crate) fn same_set(one: &[String], other: &[String]) -> bool {
    let sorted = |values: &[String]| {
        let mut values = values.to_vec();
        values.sort();
        values.dedup();
        values
    };
    sorted(one) == sorted(other)
}

/// States a map. Empty means none.
pub(crate) fn map(spec: &BTreeMap<String, String>, aws: &mut Option<HashMap<String, String>>) {
    if spec.is_empty() {
        empty(aws, HashMap::is_empty);
    } else {
        *aws = Some(spec.clone().into_iter().collect());
    }
}

/// [`Overlay::silence`] of what a union's variant holds; the variant's constructor tells which type that is.
pub(crate) fn silence_variant<S: Overlay<A>, A, Union>(_: fn(S) -> Union, aws: &mut A) -> bool {
    S::silence(aws)
}

/// [`Overlay::silence`] of an optional member; how a spec leads to the member tells which type that is.
pub(crate) fn silence_member<Spec, S: Overlay<A>, A: Debug>(_: fn(&Spec) -> Option<&S>, aws: &mut Option<A>) -> bool {
    if let Some(existing) = aws {
        compare::note(existing);
    }
    let left = aws.as_mut().is_some_and(|existing| S::silence(existing));
    if !left {
        *aws = None;
    }
    left
}

/// Leaves that are the same on both sides.
macro_rules! leaf {
    ($($type:ty, nothing $nothing:expr);+) => {
        $(impl Overlay<$type> for $type {
            fn state(&self) -> Result<$type, BuildError> {
                Ok(self.clone())
            }

            fn strip(aws: &mut $type) -> bool {
                $nothing(aws)
            }
        })+
    };
}
leaf!(String, nothing |_: &mut String| false; bool, nothing |aws: &mut bool| !*aws; i32, nothing |_: &mut i32| false);

/// A list of texts in the place of one value: its order means nothing.
impl Overlay<Vec<String>> for Vec<String> {
    fn state(&self) -> Result<Vec<String>, BuildError> {
        Ok(self.clone())
    }

    fn state_over(&self, aws: &mut Vec<String>) -> Result<(), BuildError> {
        required_set(self, aws);
        Ok(())
    }
}

/// Lists, for each member of a spec's struct, how it becomes a member of AWS's struct of the same name. `blank` is AWS's struct before
/// anything is stated; members that the SDK requires have a placeholder there and are `required` in the list.
macro_rules! overlay {
    ($spec:ident => $aws:ty, blank $blank:expr; { $($field:ident: $keyword:ident),+ $(,)? }) => {
        impl $crate::overlay::Overlay<$aws> for $spec {
            fn state(&self) -> Result<$aws, aws_smithy_types::error::operation::BuildError> {
                let mut aws: $aws = $blank?;
                self.state_over(&mut aws)?;
                Ok(aws)
            }

            fn state_over(&self, aws: &mut $aws) -> Result<(), aws_smithy_types::error::operation::BuildError> {
                let Self { $($field),+ } = self;
                $(
                    $crate::overlay::at(stringify!($field));
                    $crate::overlay::overlay!(@state $keyword, $field, aws, $field, $blank);
                )+
                Ok(())
            }

            fn silence(aws: &mut $aws) -> bool {
                [$($crate::overlay::overlay!(@silence $keyword, aws, $field)),+].contains(&true)
            }

            fn strip(aws: &mut $aws) -> bool {
                ![$($crate::overlay::overlay!(@strip $keyword, aws, $field, $blank)),+].contains(&false)
            }
        }
    };
    (@state elsewhere, $value:ident, $aws:ident, $field:ident, $blank:expr) => { let _: &_ = $value; };
    (@state owned, $value:ident, $aws:ident, $field:ident, $blank:expr) => { $crate::overlay::owned($value.as_ref(), &mut $aws.$field)? };
    (@state owned_word, $value:ident, $aws:ident, $field:ident, $blank:expr) => { $crate::overlay::owned($value.as_ref(), &mut $aws.$field)? };
    (@state owned_name, $value:ident, $aws:ident, $field:ident, $blank:expr) => { $crate::overlay::owned_name($value.as_ref(), &mut $aws.$field)? };
    (@state required_name, $value:ident, $aws:ident, $field:ident, $blank:expr) => { $crate::overlay::required_name($value, &mut $aws.$field) };
    (@state whole, $value:ident, $aws:ident, $field:ident, $blank:expr) => { $crate::overlay::whole($value.as_ref(), &mut $aws.$field)? };
    (@state defaulted, $value:ident, $aws:ident, $field:ident, $blank:expr) => { $crate::overlay::defaulted($value.as_ref(), &mut $aws.$field)? };
    (@state stated, $value:ident, $aws:ident, $field:ident, $blank:expr) => { $crate::overlay::stated($value, &mut $aws.$field)? };
    (@state unordered, $value:ident, $aws:ident, $field:ident, $blank:expr) => { $crate::overlay::unordered($value, &mut $aws.$field)? };
    (@state required_unordered, $value:ident, $aws:ident, $field:ident, $blank:expr) => {
        $crate::overlay::required_unordered($value, &mut $aws.$field)?
    };
    (@state list, $value:ident, $aws:ident, $field:ident, $blank:expr) => { $crate::overlay::list($value, &mut $aws.$field)? };
    (@state defaulted_set, $value:ident, $aws:ident, $field:ident, $blank:expr) => { $crate::overlay::defaulted_set($value, &mut $aws.$field) };
    (@state set, $value:ident, $aws:ident, $field:ident, $blank:expr) => { $crate::overlay::set($value, &mut $aws.$field) };
    (@state map, $value:ident, $aws:ident, $field:ident, $blank:expr) => { $crate::overlay::map($value, &mut $aws.$field) };
    (@state resolved, $value:ident, $aws:ident, $field:ident, $blank:expr) => {
        $crate::overlay::resolved(stringify!($field), $value.as_ref(), &mut $aws.$field)?
    };
    (@state required, $value:ident, $aws:ident, $field:ident, $blank:expr) => { $crate::overlay::Overlay::state_over($value, &mut $aws.$field)? };
    (@state preset, $value:ident, $aws:ident, $field:ident, $blank:expr) => {{
        let blank = $blank?;
        $crate::overlay::preset($value.as_ref(), &mut $aws.$field, blank.$field)?
    }};
    (@state required_set, $value:ident, $aws:ident, $field:ident, $blank:expr) => { $crate::overlay::required_set($value, &mut $aws.$field) };
    (@silence defaulted, $aws:ident, $field:ident) => { $aws.$field.is_some() };
    (@silence defaulted_set, $aws:ident, $field:ident) => { $aws.$field.is_some() };
    (@silence required_name, $aws:ident, $field:ident) => {{ let _: &_ = $aws; false }};
    (@silence required, $aws:ident, $field:ident) => {{ let _: &_ = $aws; false }};
    (@silence preset, $aws:ident, $field:ident) => {{ let _: &_ = $aws; false }};
    (@silence resolved, $aws:ident, $field:ident) => {{ let _: &_ = $aws; false }};
    (@silence required_set, $aws:ident, $field:ident) => { false };
    (@silence required_unordered, $aws:ident, $field:ident) => {{ let _: &_ = $aws; false }};
    (@silence elsewhere, $aws:ident, $field:ident) => { false };
    (@silence owned, $aws:ident, $field:ident) => {
        $crate::overlay::silence_member(|spec: &Self| spec.$field.as_ref(), &mut $aws.$field)
    };
    (@silence owned_word, $aws:ident, $field:ident) => { $crate::overlay::overlay!(@silence owned, $aws, $field) };
    (@silence stated, $aws:ident, $field:ident) => {
        $crate::overlay::silence_member(|spec: &Self| Some(&spec.$field), &mut $aws.$field)
    };
    (@silence $collection:ident, $aws:ident, $field:ident) => {{
        $aws.$field = None;
        false
    }};
    (@strip elsewhere, $aws:ident, $field:ident, $blank:expr) => { true };
    (@strip owned, $aws:ident, $field:ident, $blank:expr) => {
        $crate::overlay::strip_member(|spec: &Self| spec.$field.as_ref(), &mut $aws.$field)
    };
    (@strip owned_name, $aws:ident, $field:ident, $blank:expr) => { $aws.$field.is_none() };
    (@strip whole, $aws:ident, $field:ident, $blank:expr) => { $crate::overlay::overlay!(@strip owned, $aws, $field, $blank) };
    (@strip defaulted, $aws:ident, $field:ident, $blank:expr) => { $crate::overlay::overlay!(@strip owned, $aws, $field, $blank) };
    (@strip stated, $aws:ident, $field:ident, $blank:expr) => {
        $crate::overlay::strip_member(|spec: &Self| Some(&spec.$field), &mut $aws.$field)
    };
    (@strip owned_word, $aws:ident, $field:ident, $blank:expr) => { $aws.$field.is_none() };
    (@strip list, $aws:ident, $field:ident, $blank:expr) => {
        $crate::overlay::strip_list(|spec: &Self| spec.$field.as_slice(), &mut $aws.$field)
    };
    (@strip unordered, $aws:ident, $field:ident, $blank:expr) => { $crate::overlay::overlay!(@strip list, $aws, $field, $blank) };
    (@strip set, $aws:ident, $field:ident, $blank:expr) => { $crate::overlay::overlay!(@strip list, $aws, $field, $blank) };
    (@strip defaulted_set, $aws:ident, $field:ident, $blank:expr) => { $crate::overlay::overlay!(@strip list, $aws, $field, $blank) };
    (@strip map, $aws:ident, $field:ident, $blank:expr) => {{
        if $aws.$field.as_ref().is_some_and(std::collections::HashMap::is_empty) {
            $aws.$field = None;
        }
        $aws.$field.is_none()
    }};
    (@strip preset, $aws:ident, $field:ident, $blank:expr) => { matches!(&$blank, Ok(blank) if blank.$field == $aws.$field) };
    // What both sides require is compared as it is.
    (@strip $required:ident, $aws:ident, $field:ident, $blank:expr) => {{ let _: &_ = $aws; false }};
}

/// Lists the variants of a union that a spec can say: each holds the same thing on both sides.
macro_rules! overlay_union {
    ($spec:ident => $aws:ident :: $union:ident { $($variant:ident),+ $(,)? }) => {
        impl $crate::overlay::Overlay<$aws::$union> for $spec {
            fn state(&self) -> Result<$aws::$union, aws_smithy_types::error::operation::BuildError> {
                Ok(match self {
                    $(Self::$variant(value) => $aws::$union::$variant($crate::overlay::Overlay::state(value)?),)+
                })
            }

            fn state_over(&self, aws: &mut $aws::$union) -> Result<(), aws_smithy_types::error::operation::BuildError> {
                match (self, aws) {
                    $((Self::$variant(value), $aws::$union::$variant(existing)) => {
                        $crate::overlay::Overlay::state_over(value, existing)
                    })+
                    (_, other) => {
                        *other = $crate::overlay::Overlay::state(self)?;
                        Ok(())
                    }
                }
            }

            fn silence(aws: &mut $aws::$union) -> bool {
                $(if let $aws::$union::$variant(existing) = aws {
                    return $crate::overlay::silence_variant(Self::$variant, existing);
                })+
                false
            }

            fn strip(aws: &mut $aws::$union) -> bool {
                $(if let $aws::$union::$variant(existing) = aws {
                    return $crate::overlay::strip_variant(Self::$variant, existing);
                })+
                false
            }
        }
    };
}

/// Names the members that two requests of one kind have differently, as people read it.
macro_rules! difference {
    ($before:expr, $after:expr; $($member:ident => $name:literal),+ $(,)?) => {
        [$($crate::overlay::told($name, $before.$member.as_ref(), $after.$member.as_ref()),)+].into_iter().flatten().collect::<Vec<String>>()
    };
}

/// What becomes of a member, when something does.
pub(crate) fn told<T: PartialEq>(name: &str, before: Option<&T>, after: Option<&T>) -> Option<String> {
    match (before, after) {
        (Some(before), Some(after)) if before != after => Some(format!("{name} is changed")),
        (Some(_), None) => Some(format!("{name} is removed")),
        (None, Some(_)) => Some(format!("{name} is added")),
        (Some(_), Some(_)) | (None, None) => None,
    }
}

/// Lists the values of an enum that a spec can say.
macro_rules! overlay_enum {
    ($spec:ident => $aws:ident :: $enum:ident { $($variant:ident),+ $(,)? }) => {
        impl $crate::overlay::Overlay<$aws::$enum> for $spec {
            fn state(&self) -> Result<$aws::$enum, aws_smithy_types::error::operation::BuildError> {
                Ok(match self {
                    $(Self::$variant => $aws::$enum::$variant,)+
                })
            }
        }
    };
}

pub(crate) use {difference, overlay, overlay_enum, overlay_union};

#[cfg(test)]
pub(crate) mod tests;
