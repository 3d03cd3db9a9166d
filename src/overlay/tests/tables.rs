//! The form in which the kinds test their tables: a test for each row.

use std::{collections::BTreeSet, fmt::Debug};

use crate::overlay::Overlay;

/// A struct's table, with a test for each row. `said` is a spec that says everything; `held` is what AWS reports: everything, and nothing
/// of it as `said` has it. A member of the spec that is not listed does not compile, and one of AWS's fails the test
/// `every_member_in_aws_is_listed`.
///
/// | keyword | said | silent | the whole struct is silent |
/// |---|---|---|---|
/// | `owned`, `owned_name`, `owned_word`, `whole`, `list`, `set`, `unordered`, `map` | as said | absent | absent |
/// | `defaulted`, `defaulted_set` | as said | as AWS has it | as AWS has it |
/// | `required`, `required_name`, `required_set`, `required_unordered`, `stated` | as said | - | - |
/// | `resolved` | as said | no request is made | as AWS has it |
/// | `preset` | as said | the model's default | - |
/// | `elsewhere` | not mapped here | not mapped here | - |
/// | `kept` | no spec can say it: as AWS has it | | |
macro_rules! table {
    ($name:ident: $spec:ident => $aws:ty, said $said:expr, held $held:expr; { $($field:ident: $keyword:ident),+ $(,)? }
        kept { $($kept:ident),* $(,)? }) => {
        mod $name {
            use super::*;
            use $crate::overlay::{Overlay, tests::{Table, members, over}};

            fn row() -> Table<$spec, $aws> {
                let said: $spec = $said;
                let $spec { $($field: _),+ } = &said;
                let fresh = Overlay::<$aws>::state(&said).unwrap();
                let held: $aws = $held;
                Table { over: over(&said, &held), said, fresh, held }
            }

            #[test]
            fn every_member_in_aws_is_listed() {
                let listed = [$($crate::overlay::tests::table!(@name $keyword $field)),+].into_iter().flatten();
                let listed = listed.chain([$(stringify!($kept)),*]).map(str::to_owned).collect();
                assert_eq!(members(&row().held), listed);
            }

            $(#[test]
            fn $field() {
                $crate::overlay::tests::table!(@row $keyword $field $spec $aws);
            })+

            mod kept {
                $(#[test]
                fn $kept() {
                    let row = super::row();
                    assert!(row.held.$kept.is_some(), "AWS has it");
                    assert!(row.fresh.$kept.is_none(), "no spec says it");
                    assert_eq!(row.over.$kept, row.held.$kept);
                })*
            }
        }
    };
    (@name elsewhere $field:ident) => { None };
    (@name $keyword:ident $field:ident) => { Some(stringify!($field)) };
    (@row elsewhere $field:ident $spec:ident $aws:ty) => {
        let row = row();
        let mut silent = row.said.clone();
        silent.$field = Default::default();
        assert_ne!(silent, row.said, "it is said");
        assert_eq!(Overlay::<$aws>::state(&silent).unwrap(), row.fresh);
        assert_eq!(over(&silent, &row.held), row.over);
    };
    (@row required $field:ident $spec:ident $aws:ty) => {
        let row = row();
        assert_ne!(row.fresh.$field, row.held.$field, "they differ");
        assert_eq!(row.over.$field, row.fresh.$field);
    };
    (@row resolved $field:ident $spec:ident $aws:ty) => {
        $crate::overlay::tests::table!(@row required $field $spec $aws);
        let row = row();
        let mut silent = row.said.clone();
        silent.$field = None;
        let errors =
            [Overlay::<$aws>::state(&silent).unwrap_err(), silent.state_over(&mut row.held.clone()).unwrap_err()];
        assert!(errors.iter().all(|error| format!("{error:?}").contains(stringify!($field))), "{errors:?}");
        let mut without = row.held.clone();
        <$spec as Overlay<$aws>>::silence(&mut without);
        assert_eq!(without.$field, row.held.$field, "the SDK has no way to leave it out");
    };
    (@row preset $field:ident $spec:ident $aws:ty) => {
        $crate::overlay::tests::table!(@row required $field $spec $aws);
        let row = row();
        let mut silent = row.said.clone();
        silent.$field = None;
        let unsaid = Overlay::<$aws>::state(&silent).unwrap().$field;
        assert_ne!(unsaid, row.held.$field, "they differ");
        assert_eq!(over(&silent, &row.held).$field, unsaid);
        let mut without = row.held.clone();
        <$spec as Overlay<$aws>>::silence(&mut without);
        assert_eq!(without.$field, row.held.$field, "the SDK has no way to leave it out");
    };
    (@row required_unordered $field:ident $spec:ident $aws:ty) => {
        $crate::overlay::tests::table!(@row required $field $spec $aws);
    };
    (@row required_name $field:ident $spec:ident $aws:ty) => {
        $crate::overlay::tests::table!(@row required $field $spec $aws);
    };
    (@row required_set $field:ident $spec:ident $aws:ty) => {
        $crate::overlay::tests::table!(@row required $field $spec $aws);
    };
    (@row required_unordered $field:ident $spec:ident $aws:ty) => {
        $crate::overlay::tests::table!(@row required $field $spec $aws);
    };
    (@row stated $field:ident $spec:ident $aws:ty) => {
        assert!(row().fresh.$field.is_some());
        $crate::overlay::tests::table!(@row required $field $spec $aws);
    };
    (@row defaulted $field:ident $spec:ident $aws:ty) => {
        $crate::overlay::tests::table!(@row stated $field $spec $aws);
        let row = row();
        let mut silent = row.said.clone();
        silent.$field = Default::default();
        assert!(Overlay::<$aws>::state(&silent).unwrap().$field.is_none(), "AWS is left to choose");
        assert!(row.held.$field.is_some(), "AWS has chosen");
        assert_eq!(over(&silent, &row.held).$field, row.held.$field);
        let mut without = row.held.clone();
        assert!(<$spec as Overlay<$aws>>::silence(&mut without), "something of AWS's is left");
        assert_eq!(without.$field, row.held.$field);
    };
    (@row whole $field:ident $spec:ident $aws:ty) => {
        $crate::overlay::tests::table!(@row owned $field $spec $aws);
    };
    (@row defaulted_set $field:ident $spec:ident $aws:ty) => {
        $crate::overlay::tests::table!(@row defaulted $field $spec $aws);
    };
    (@row $owned:ident $field:ident $spec:ident $aws:ty) => {
        $crate::overlay::tests::table!(@row stated $field $spec $aws);
        let row = row();
        let mut silent = row.said.clone();
        silent.$field = Default::default();
        assert!(Overlay::<$aws>::state(&silent).unwrap().$field.is_none(), "absent in a request");
        assert!(row.held.$field.is_some(), "AWS has it");
        assert!(over(&silent, &row.held).$field.is_none());
        let mut without = row.held.clone();
        <$spec as Overlay<$aws>>::silence(&mut without);
        assert!(without.$field.is_none());
    };
}
pub(crate) use table;

/// What a row of a table is tried with.
pub(crate) struct Table<Spec, Aws> {
    /// A spec that says everything.
    pub(crate) said: Spec,
    /// The spec, over nothing.
    pub(crate) fresh: Aws,
    /// What AWS reports: everything, and nothing as the spec says it.
    pub(crate) held: Aws,
    /// The spec, over what AWS reports.
    pub(crate) over: Aws,
}

/// What becomes of what AWS reports when a spec is stated over it.
pub(crate) fn over<Spec: Overlay<Aws>, Aws: Clone>(spec: &Spec, held: &Aws) -> Aws {
    let mut aws = held.clone();
    spec.state_over(&mut aws).unwrap();
    aws
}

/// The names of a struct's members, from its `Debug` form: the SDK's structs have no other way to tell.
pub(crate) fn members(value: &impl Debug) -> BTreeSet<String> {
    let text = format!("{value:#?}");
    let lines = text.lines().filter_map(|line| line.strip_prefix("    ")).filter(|line| !line.starts_with([' ', ')']));
    lines.filter_map(|line| Some(line.split_once(':')?.0.to_owned())).collect()
}
