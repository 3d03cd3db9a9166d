//! Whose the difference is.

use super::*;

/// What AWS has of a spec that says what it must, and more.
fn silent() -> (Spec, Aws) {
    let said = Spec {
        note: None,
        mode: None,
        steps: Vec::new(),
        groups: Vec::new(),
        versions: Vec::new(),
        labels: BTreeMap::new(),
        sign: None,
        round: None,
        grant: None,
        ..spec()
    };
    let held = over(&said, &aws());
    (said, held)
}

fn compared(said: &Spec, held: &Aws) -> Difference {
    compare::<Spec, _, BuildError>(|| {
        Ok((held.clone(), {
            let mut aws = held.clone();
            said.state_over(&mut aws)?;
            aws
        }))
    })
    .unwrap()
    .0
}

#[test]
fn what_a_silent_member_holds_is_told_from_what_the_spec_says() {
    let (said, held) = silent();
    assert_eq!(compared(&said, &held), Difference::None);
    let members: [fn(&mut Aws); 7] = [
        |aws| aws.note = Some("more".into()),
        |aws| aws.steps = Some(texts(&["more"])),
        |aws| aws.groups = Some(texts(&["more"])),
        |aws| aws.labels = Some(labels(&[("a", "1"), ("b", "2"), ("c", "3")]).into_iter().collect()),
        |aws| aws.sign = Some(sdk::Sign::Plus),
        |aws| aws.round = Some(round(None, Some("more"))),
        |aws| aws.grant = "more".into(),
    ];
    let mut told = std::collections::BTreeSet::new();
    for change in members {
        let mut more = held.clone();
        change(&mut more);
        let Difference::Silent(own) = compared(&said, &more) else { panic!("{more:?}") };
        for _ in 0..9 {
            let mut again = held.clone();
            change(&mut again);
            assert_eq!(compared(&said, &again), Difference::Silent(own.clone()), "maps have no order");
        }
        assert!(told.insert(own), "each is another");
        assert_eq!(over(&said, &more), held, "the update takes it away all the same");
        more.endpoint = "https://elsewhere".into();
        assert_eq!(compared(&said, &more), Difference::Stated, "the spec says something else");
    }
    let mut chosen = held.clone();
    chosen.mode = Some(9);
    assert_eq!(compared(&said, &chosen), Difference::None, "AWS chooses it");
}

#[test]
fn an_item_is_found_by_what_is_said_of_it() {
    let said = [RoundSpec { size: None, note: None }];
    let laid = || {
        let held = Some(vec![round(Some(1), Some("own"))]);
        let mut stated = held.clone();
        unordered(&said, &mut stated)?;
        Ok::<_, BuildError>((ListAws { items: held }, ListAws { items: stated }))
    };
    let (difference, stated) = compare::<ListSpec, _, _>(laid).unwrap();
    assert!(matches!(difference, Difference::Silent(_)), "{difference:?}");
    assert_eq!(stated.items, Some(vec![round(None, None)]));
}

#[derive(Debug, Clone, PartialEq, Default)]
struct ListSpec {
    items: Vec<RoundSpec>,
}

#[derive(Debug, Clone, PartialEq, Default)]
struct ListAws {
    items: Option<Vec<Round>>,
}

overlay! { ListSpec => ListAws, blank Ok::<_, BuildError>(ListAws::default()); { items: unordered } }
