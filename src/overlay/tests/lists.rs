//! Lists of things whose order means nothing.

use super::*;

fn spec(items: &[(Option<i32>, Option<&str>)]) -> Vec<RoundSpec> {
    items.iter().map(|(size, note)| RoundSpec { size: *size, note: note.map(str::to_owned) }).collect()
}

fn held(items: &[(Option<i32>, Option<&str>)]) -> Vec<Round> {
    items.iter().map(|(size, note)| round(*size, *note)).collect()
}

/// What a spec does not say of an item, AWS may have filled in: that is the same item.
#[test]
fn only_what_differs_is_stated_anew() {
    let (a, b) = ((None, Some("a")), (None, Some("b")));
    let (full_a, full_b) = ((Some(1), Some("a")), (Some(2), Some("b")));
    // | the spec | AWS has | and then |
    let table = [
        (&[a, b][..], &[full_a, full_b][..], &[full_a, full_b][..]),
        (&[b, a], &[full_a, full_b], &[full_a, full_b]),
        (&[a], &[full_a, full_b], &[full_a]),
        (&[b, a], &[full_a], &[b, full_a]),
        (&[b], &[full_a], &[b]),
        (&[a, a], &[full_a], &[full_a, a]),
        (&[a], &[full_a, full_a], &[full_a]),
        (&[a], &[], &[a]),
    ];
    for (said, before, after) in table {
        let mut aws = held(before);
        required_unordered(&spec(said), &mut aws).unwrap();
        assert_eq!(aws, held(after), "{said:?} over {before:?}");
        let mut aws = Some(held(before));
        unordered(&spec(said), &mut aws).unwrap();
        assert_eq!(aws, Some(held(after)), "{said:?} over {before:?}");
    }
}

#[test]
fn an_empty_list_is_none() {
    for (before, after) in
        [(None, None), (Some(Vec::new()), Some(Vec::new())), (Some(held(&[(None, Some("a"))])), None)]
    {
        let mut aws = before.clone();
        unordered(&spec(&[]), &mut aws).unwrap();
        assert_eq!(aws, after, "{before:?}");
    }
    let mut aws = None;
    unordered(&spec(&[(None, Some("a"))]), &mut aws).unwrap();
    assert_eq!(aws, Some(held(&[(None, Some("a"))])));
}
