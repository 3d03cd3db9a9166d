//! What each keyword promises, tried on small types; and the form in which the kinds test their tables.

mod compare;
mod lists;
mod nested;
mod tables;

use super::*;
pub(crate) use tables::{Table, members, over, table};

/// Texts, for less noise in tables.
pub(crate) fn texts(values: &[&str]) -> Vec<String> {
    values.iter().map(|value| (*value).to_owned()).collect()
}

/// A spec with a member for each keyword.
#[derive(Debug, Clone, PartialEq)]
struct Spec {
    endpoint: String,
    address: Option<String>,
    role: String,
    note: Option<String>,
    mode: Option<i32>,
    steps: Vec<String>,
    groups: Vec<String>,
    versions: Vec<String>,
    subnets: Vec<String>,
    labels: BTreeMap<String, String>,
    sign: Option<Sign>,
    round: Option<RoundSpec>,
    reference: Option<String>,
    grant: Option<String>,
}

/// What AWS would have for it, in the form of the SDK's structs.
#[derive(Debug, Clone, PartialEq, Default)]
struct Aws {
    endpoint: String,
    address: String,
    role: Option<String>,
    note: Option<String>,
    mode: Option<i32>,
    steps: Option<Vec<String>>,
    groups: Option<Vec<String>>,
    versions: Option<Vec<String>>,
    subnets: Vec<String>,
    labels: Option<HashMap<String, String>>,
    sign: Option<sdk::Sign>,
    round: Option<Round>,
    seal: Option<String>,
    grant: String,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Sign {
    Plus,
    Minus,
}

mod sdk {
    #[derive(Debug, Clone, Copy, PartialEq)]
    pub(super) enum Sign {
        Plus,
        Minus,
        Unheard,
    }

    #[derive(Debug, Clone, PartialEq)]
    pub(super) enum Shape {
        Round(super::Round),
        Flat(i32),
        Unheard,
    }
}

overlay_enum! { Sign => sdk::Sign { Plus, Minus } }
overlay! { Spec => Aws, blank Ok::<_, BuildError>(blank()); {
    endpoint: required,
    address: resolved,
    role: stated,
    note: owned,
    mode: defaulted,
    steps: list,
    groups: set,
    versions: defaulted_set,
    subnets: required_set,
    labels: map,
    sign: owned,
    round: whole,
    reference: elsewhere,
    grant: preset,
} }

/// What AWS's model says of one of which nothing is said.
fn blank() -> Aws {
    Aws { grant: "usual".into(), ..Aws::default() }
}

fn labels(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

fn spec() -> Spec {
    Spec {
        endpoint: "https://new".into(),
        address: Some("new".into()),
        role: "new".into(),
        note: Some("new".into()),
        mode: Some(2),
        steps: texts(&["up", "down"]),
        groups: texts(&["b", "a"]),
        versions: texts(&["2"]),
        subnets: texts(&["s2", "s1"]),
        labels: labels(&[("team", "new")]),
        sign: Some(Sign::Plus),
        round: Some(RoundSpec { size: Some(2), note: Some("new".into()) }),
        reference: Some("elsewhere".into()),
        grant: Some("new".into()),
    }
}

fn aws() -> Aws {
    Aws {
        endpoint: "https://old".into(),
        address: "old".into(),
        role: Some("old".into()),
        note: Some("old".into()),
        mode: Some(1),
        steps: Some(texts(&["down", "up"])),
        groups: Some(texts(&["c"])),
        versions: Some(texts(&["1"])),
        subnets: texts(&["s3"]),
        labels: Some(labels(&[("team", "old")]).into_iter().collect()),
        sign: Some(sdk::Sign::Unheard),
        round: Some(round(Some(1), Some("old"))),
        seal: Some("AWS's own".into()),
        grant: "old".into(),
    }
}

table! { every_keyword: Spec => Aws, said spec(), held aws(); {
    endpoint: required,
    address: resolved,
    role: stated,
    note: owned,
    mode: defaulted,
    steps: list,
    groups: set,
    versions: defaulted_set,
    subnets: required_set,
    labels: map,
    sign: owned,
    round: whole,
    reference: elsewhere,
    grant: preset,
} kept { seal } }

#[test]
fn members_are_read_from_the_debug_form() {
    let names = "endpoint address role note mode steps groups versions subnets labels sign round seal grant";
    assert_eq!(members(&aws()), names.split(' ').map(str::to_owned).collect());
}

/// What the spec says, what AWS has, and what AWS is told.
type Row = (&'static [&'static str], Option<&'static [&'static str]>, Option<&'static [&'static str]>);

#[test]
fn a_set_is_left_as_aws_has_it_when_only_its_order_differs() {
    let table: [Row; 9] = [
        (&[], None, None),
        (&[], Some(&[]), Some(&[])),
        (&[], Some(&["a"]), None),
        (&["a"], None, Some(&["a"])),
        (&["a", "b"], Some(&["b", "a"]), Some(&["b", "a"])),
        (&["a", "a", "b"], Some(&["b", "a"]), Some(&["b", "a"])),
        (&["a", "b"], Some(&["a"]), Some(&["a", "b"])),
        (&["b"], Some(&["a", "b"]), Some(&["b"])),
        (&["A"], Some(&["a"]), Some(&["A"])),
    ];
    for (spec, held, expected) in table {
        let mut aws = held.map(texts);
        set(&texts(spec), &mut aws);
        assert_eq!(aws, expected.map(texts), "{spec:?} over {held:?}");
    }
}

#[test]
fn a_set_that_aws_fills_in_is_only_touched_when_the_spec_says_something() {
    let table: [Row; 5] = [
        (&[], None, None),
        (&[], Some(&["a"]), Some(&["a"])),
        (&["a"], None, Some(&["a"])),
        (&["a", "b"], Some(&["b", "a"]), Some(&["b", "a"])),
        (&["b"], Some(&["a"]), Some(&["b"])),
    ];
    for (spec, held, expected) in table {
        let mut aws = held.map(texts);
        defaulted_set(&texts(spec), &mut aws);
        assert_eq!(aws, expected.map(texts), "{spec:?} over {held:?}");
    }
}

#[test]
fn the_order_of_a_list_matters() {
    for (spec, expected) in [(texts(&["a", "b"]), Some(texts(&["a", "b"]))), (Vec::new(), None)] {
        let mut aws = Some(texts(&["b", "a"]));
        list(&spec, &mut aws).unwrap();
        assert_eq!(aws, expected);
    }
}

/// AWS may report an empty collection where there is none: that is no difference.
#[test]
fn nothing_over_an_empty_collection_is_left_as_it_is() {
    let (mut listed, mut mapped) = (Some(Vec::<String>::new()), Some(HashMap::new()));
    list::<String, String>(&[], &mut listed).unwrap();
    map(&BTreeMap::new(), &mut mapped);
    assert_eq!((listed, mapped), (Some(Vec::new()), Some(HashMap::new())));
}

#[test]
fn a_map_is_all_that_the_spec_says_and_nothing_else() {
    let table = [
        (labels(&[]), None, None),
        (labels(&[]), Some(labels(&[("a", "1")])), None),
        (labels(&[("a", "1")]), None, Some(labels(&[("a", "1")]))),
        (labels(&[("a", "1")]), Some(labels(&[("a", "2"), ("b", "3")])), Some(labels(&[("a", "1")]))),
    ];
    for (spec, held, expected) in table {
        let mut aws = held.map(|held| held.into_iter().collect());
        map(&spec, &mut aws);
        assert_eq!(aws, expected.map(|expected| expected.into_iter().collect()), "{spec:?}");
    }
}

#[test]
fn same_sets_hold_the_same_values_in_any_order_and_number() {
    let table: [(&[&str], &[&str], bool); 6] = [
        (&[], &[], true),
        (&["a", "b"], &["b", "a"], true),
        (&["a", "b", "a"], &["b", "a"], true),
        (&["a"], &["a", "b"], false),
        (&["a", "b"], &["a"], false),
        (&[], &["a"], false),
    ];
    for (one, other, expected) in table {
        assert_eq!(same_set(&texts(one), &texts(other)), expected, "{one:?} {other:?}");
    }
}

#[test]
fn a_value_of_an_enumeration_is_the_same_value_in_aws() {
    for (spec, expected) in [(Sign::Plus, sdk::Sign::Plus), (Sign::Minus, sdk::Sign::Minus)] {
        assert_eq!(spec.state().unwrap(), expected);
        assert_eq!(over(&spec, &sdk::Sign::Unheard), expected);
    }
}

/// A struct with something of AWS's own in it, and something of the spec's.
#[derive(Debug, Clone, PartialEq, Default)]
struct RoundSpec {
    size: Option<i32>,
    note: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Default)]
struct Round {
    size: Option<i32>,
    note: Option<String>,
}

overlay! { RoundSpec => Round, blank Ok::<_, BuildError>(Round::default()); { size: defaulted, note: owned } }

#[derive(Debug, Clone, PartialEq)]
enum ShapeSpec {
    Round(RoundSpec),
    Flat(i32),
}

overlay_union! { ShapeSpec => sdk::Shape { Round, Flat } }

fn round(size: Option<i32>, note: Option<&str>) -> Round {
    Round { size, note: note.map(str::to_owned) }
}

#[test]
fn a_struct_that_the_spec_drops_stays_for_what_aws_filled_in_and_for_nothing_else() {
    let table = [
        (Some(round(Some(1), Some("old"))), Some(round(Some(1), None))),
        (Some(round(None, Some("old"))), None),
        (Some(round(Some(1), None)), Some(round(Some(1), None))),
        (None, None),
    ];
    for (held, expected) in table {
        let mut aws = held.clone();
        owned(None::<&RoundSpec>, &mut aws).unwrap();
        assert_eq!(aws, expected, "{held:?}");
    }
}

#[test]
fn a_struct_that_goes_as_a_whole_takes_with_it_what_aws_filled_in() {
    let note = RoundSpec { size: None, note: Some("new".into()) };
    let table = [
        (None, Some(round(Some(1), Some("old"))), None),
        (None, None, None),
        // While it is there, it is like any other.
        (Some(&note), Some(round(Some(1), Some("old"))), Some(round(Some(1), Some("new")))),
        (Some(&note), None, Some(round(None, Some("new")))),
    ];
    for (spec, held, expected) in table {
        let mut aws = held.clone();
        whole(spec, &mut aws).unwrap();
        assert_eq!(aws, expected, "{spec:?} over {held:?}");
    }
}

#[test]
fn a_union_is_stated_over_its_own_variant_and_replaces_others() {
    use sdk::Shape;
    let spec = ShapeSpec::Round(RoundSpec { size: None, note: Some("new".into()) });
    let table = [
        (Shape::Round(round(Some(1), Some("old"))), Shape::Round(round(Some(1), Some("new")))),
        (Shape::Flat(1), Shape::Round(round(None, Some("new")))),
        (Shape::Unheard, Shape::Round(round(None, Some("new")))),
    ];
    for (held, expected) in table {
        assert_eq!(over(&spec, &held), expected, "{held:?}");
    }
    assert_eq!(over(&ShapeSpec::Flat(2), &Shape::Flat(1)), Shape::Flat(2));
}

#[test]
fn a_union_that_the_spec_drops_stays_for_what_aws_filled_in_and_for_nothing_else() {
    use sdk::Shape;
    let table = [
        (Shape::Round(round(Some(1), Some("old"))), Some(Shape::Round(round(Some(1), None)))),
        (Shape::Round(round(None, Some("old"))), None),
        (Shape::Flat(1), None),
    ];
    for (held, expected) in table {
        let mut aws = Some(held.clone());
        owned(None::<&ShapeSpec>, &mut aws).unwrap();
        assert_eq!(aws, expected, "{held:?}");
    }
}
