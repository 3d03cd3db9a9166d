use super::*;

fn settings() -> Settings {
    Settings {
        cluster_name: "c".into(),
        default_tags: std::collections::BTreeMap::new(),
        default_security_group_ids: Vec::new(),
        allowed_external_ids: Vec::new(),
        allowed_role_arns: Vec::new(),
        drift_interval: Duration::from_mins(1),
        retry_floor: Duration::from_secs(2),
        retry_cap: Duration::from_mins(5),
        concurrency: 16,
    }
}

#[tokio::test(start_paused = true)]
async fn pauses_grow_to_the_cap_of_who_must_act_and_start_over_with_another_reason() {
    let mut entry = Entry::default();
    let wait = Hold::waiting(Reason::Creating, "");
    let pauses: Vec<_> = (0..12).map(|_| entry.pause(&wait, &settings(), "uid")).collect();
    assert!(pauses.windows(2).all(|pair| pair[0] <= pair[1]), "{pauses:?}");
    assert_eq!(pauses[10], pauses[11], "capped");
    assert!(pauses[11] <= Duration::from_secs(75));
    let other = entry.pause(&Hold::waiting(Reason::Updating, ""), &settings(), "uid");
    assert_eq!(other, pauses[0]);
    let stalled = entry.pause(&Hold::stalled(Reason::Invalid, ""), &settings(), "uid");
    assert!(stalled >= Duration::from_secs(45), "{stalled:?}");
}

#[tokio::test(start_paused = true)]
async fn absence_needs_two_looks_and_time_and_more_time_when_it_was_never_there() {
    for (seen, lag) in [(true, 20), (false, 60)] {
        let mut entry = Entry::default();
        if seen {
            entry.shown();
        }
        assert!(!entry.is_surely_absent(&settings()));
        assert!(!entry.is_surely_absent(&settings()), "two looks at once are one");
        tokio::time::advance(Duration::from_secs(lag - 1)).await;
        assert!(!entry.is_surely_absent(&settings()), "seen: {seen}");
        tokio::time::advance(Duration::from_secs(1)).await;
        assert!(entry.is_surely_absent(&settings()), "seen: {seen}");
        entry.changed(false);
        assert!(!entry.is_surely_absent(&settings()), "a change starts it over");
    }
}

#[tokio::test(start_paused = true)]
async fn blindness_is_a_quarter_of_an_hour_of_nothing_but_failures() {
    let mut entry = Entry::default();
    tokio::time::advance(BLINDNESS * 4).await;
    assert!(!entry.is_blind(), "an hour of quiet is no failure");
    tokio::time::advance(BLINDNESS).await;
    assert!(entry.is_blind());
    entry.looked();
    assert!(!entry.is_blind());
}

#[test]
fn each_annotation_asks_when_it_changes_and_is_answered_once() {
    let values = |ours: &str, flux: &str| [ours, flux].map(|value| (!value.is_empty()).then(|| value.to_owned()));
    let mut entry = Entry::default();
    assert_eq!(entry.asked(values("", ""), None), None);
    assert_eq!(entry.asked(values("1", ""), None).as_deref(), Some("1"));
    assert_eq!(entry.asked(values("1", ""), None).as_deref(), Some("1"), "not answered yet");
    entry.answered();
    assert_eq!(entry.asked(values("1", ""), Some("1")), None);
    assert_eq!(entry.asked(values("1", "a"), Some("1")).as_deref(), Some("a"), "the other one asks, too");
    entry.answered();
    assert_eq!(entry.asked(values("1", "a"), Some("a")), None);
    let mut restarted = Entry::default();
    assert_eq!(restarted.asked(values("1", "a"), Some("a")), None, "one of them was answered last");
    let mut restarted = Entry::default();
    assert_eq!(restarted.asked(values("2", ""), Some("1")).as_deref(), Some("2"));
}

#[tokio::test(start_paused = true)]
async fn patience_ends() {
    let mut entry = Entry::default();
    assert!(entry.is_patient(Reason::Denied));
    tokio::time::advance(PATIENCE).await;
    assert!(!entry.is_patient(Reason::Denied));
    assert!(entry.is_patient(Reason::NamespaceNotAllowed), "another permission has its own time");
}

/// A busy neighbour, or an answer that is lost, says nothing of a permission.
#[tokio::test(start_paused = true)]
async fn patience_ends_although_other_looks_come_to_nothing() {
    let mut entry = Entry::default();
    assert!(entry.is_patient(Reason::Denied));
    for reason in [Reason::Throttled, Reason::Unavailable, Reason::Changed] {
        tokio::time::advance(PATIENCE / 3).await;
        entry.pause(&Hold::waiting(reason, ""), &settings(), "uid");
    }
    assert!(!entry.is_patient(Reason::Denied));
    entry.pause(&Hold::waiting(Reason::ReferenceNotReady, ""), &settings(), "uid");
    assert!(entry.is_patient(Reason::Denied), "what is waited for in between may take the permission with it");
}

#[tokio::test(start_paused = true)]
async fn copies_older_than_our_write_are_told_apart_for_a_minute() {
    let mut entry = Entry::default();
    assert!(!entry.is_older_than_written(Some("5")));
    entry.wrote(Written { version: Some("10".into()), pure: true });
    assert!(entry.is_older_than_written(Some("9")));
    assert!(!entry.is_older_than_written(Some("10")));
    assert!(!entry.is_older_than_written(Some("11")));
    assert!(!entry.is_older_than_written(Some("opaque")));
    tokio::time::advance(CATCH_UP).await;
    assert!(!entry.is_older_than_written(Some("9")), "a restored cluster counts anew");
}

#[test]
fn what_aws_failed_to_do_is_not_what_it_accepted() {
    let mut entry = Entry::default();
    entry.restates();
    assert!(entry.has_restated());
    entry.failed();
    assert!(!entry.has_restated(), "what it goes on to show may be what it could not take away");
}
