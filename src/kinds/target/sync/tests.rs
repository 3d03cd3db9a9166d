use serde_json::{Value, from_value, json};

use super::*;
use crate::workload::catalog::Kind;

const NOW: &str = "2026-11-20T09:00:00Z";

fn offer(tools: &[&str]) -> Catalogue {
    let mut catalogue = Catalogue::default();
    let tools: Vec<Value> = tools.iter().map(|name| json!({"name": name, "inputSchema": {"type": "object"}})).collect();
    catalogue.extend(Kind::Tool, &tools);
    catalogue
}

fn spec(sync: &Value) -> GatewayTargetSpec {
    from_value(json!({
        "targetConfiguration": {"mcp": {"mcpServer": {"endpoint": "https://internal.example.com/mcp"}}},
        "sync": sync,
    }))
    .unwrap()
}

fn rollout(version: &str, complete: bool, wanted: i32) -> Rollout {
    Rollout {
        title: "Deployment mcp".into(),
        namespace: "n".into(),
        labels: String::new(),
        version: version.into(),
        complete,
        serving: wanted,
        wanted,
    }
}

/// A target of which AWS knows the tools of `known`.
struct Case {
    spec: GatewayTargetSpec,
    facts: GatewayTargetFacts,
    memory: Option<Synchronization>,
    offers: Option<Catalogue>,
    rollout: Option<Rollout>,
    asked: Option<&'static str>,
    failed: bool,
    just_asked: bool,
    now: Timestamp,
}

impl Case {
    fn new() -> Self {
        let facts = GatewayTargetFacts {
            target_id: Some("TARGET0001".into()),
            catalog_digest: Some(offer(&["add", "get_time"]).digest()),
            tools: vec!["t___add".into(), "t___get_time".into()],
            last_synchronized_at: Some("2026-11-20T08:00:00Z".into()),
            ..GatewayTargetFacts::default()
        };
        Self {
            spec: spec(&json!({})),
            facts,
            memory: Some(Synchronization { rollout: Some("v1".into()), ..Synchronization::default() }),
            offers: Some(offer(&["add", "get_time"])),
            rollout: Some(rollout("v1", true, 2)),
            asked: None,
            failed: false,
            just_asked: false,
            now: NOW.parse().unwrap(),
        }
    }

    fn decide(&mut self) -> String {
        let situation = Situation {
            spec: &self.spec,
            asked: self.asked,
            facts: &self.facts,
            failed: self.failed,
            just_asked: self.just_asked,
            offer: self.offers.as_ref().map_or(Offer::Unreachable, Offer::Known),
            rollout: self.rollout.as_ref(),
            now: self.now,
            floor: Duration::from_secs(2),
        };
        match decide(&situation, &mut self.memory) {
            Next::Nothing => "nothing".to_owned(),
            Next::Ask => "ask".to_owned(),
            Next::Wait(reason, _) => format!("wait {reason}"),
        }
    }

    fn pending(&self) -> Option<&PendingSynchronization> {
        self.memory.as_ref()?.pending.as_ref()
    }
}

#[test]
fn every_row_of_the_table() {
    type Change = fn(&mut Case);
    // | what happened | OnChange | OnRollout | Manual |
    let table: [(&str, Change, &str, &str, &str); 9] = [
        ("nothing", |_| {}, "nothing", "nothing", "nothing"),
        ("the annotation", |case| case.asked = Some("1"), "ask", "ask", "ask"),
        ("the digest, complete", |case| case.offers = Some(offer(&["add"])), "ask", "nothing", "nothing"),
        (
            "the digest, under way",
            |case| {
                case.offers = Some(offer(&["add"]));
                case.rollout = Some(rollout("v2", false, 2));
            },
            "wait ToolsChanged",
            "nothing",
            "nothing",
        ),
        ("a rollout, the same tools", |case| case.rollout = Some(rollout("v2", true, 2)), "nothing", "ask", "nothing"),
        (
            "a rollout, unreachable",
            |case| {
                case.rollout = Some(rollout("v2", true, 2));
                case.offers = None;
            },
            "ask",
            "ask",
            "nothing",
        ),
        (
            "scaled to nothing",
            |case| {
                case.rollout = Some(rollout("v2", true, 0));
                case.offers = None;
            },
            "nothing",
            "nothing",
            "nothing",
        ),
        (
            "no rollout known, the digest",
            |case| (case.rollout, case.offers) = (None, Some(offer(&["add"]))),
            "ask",
            "nothing",
            "nothing",
        ),
        ("a failure", |case| case.failed = true, "ask", "ask", "ask"),
    ];
    for (what, change, on_change, on_rollout, manual) in table {
        for (mode, expected) in [("OnChange", on_change), ("OnRollout", on_rollout), ("Manual", manual)] {
            let mut case = Case::new();
            case.spec = spec(&json!({"mode": mode}));
            change(&mut case);
            assert_eq!(case.decide(), expected, "{what}, {mode}");
        }
    }
}

#[test]
fn what_a_target_was_made_with_is_only_noted() {
    let mut case = Case::new();
    (case.memory, case.asked, case.offers) = (None, Some("1"), Some(offer(&["other"])));
    assert_eq!(case.decide(), "nothing");
    let memory = case.memory.clone().unwrap();
    assert_eq!((memory.rollout.as_deref(), memory.requested.as_deref()), (Some("v1"), Some("1")));
}

#[test]
fn one_request_a_change_and_a_crash_makes_no_second_one() {
    let mut case = Case::new();
    case.offers = Some(offer(&["add", "subtract"]));
    assert_eq!(case.decide(), "ask");
    let pending = case.pending().cloned().unwrap();
    assert_eq!(pending.digest, case.offers.as_ref().map(Catalogue::digest));
    assert_eq!(pending.after.as_deref(), Some("2026-11-20T08:00:00Z"));
    case.just_asked = true;
    assert_eq!(case.decide(), "wait Synchronizing", "AWS may not show it yet");
    // After a restart nobody remembers when AWS was asked; it has read the tools since.
    case.just_asked = false;
    case.facts.last_synchronized_at = Some("2026-11-20T09:00:01Z".into());
    let news = note(Kept::Read, "t", case.offers.as_ref(), &mut case.facts, &mut case.memory, false);
    assert_eq!(news.as_deref(), Some("+subtract -get_time"));
    assert_eq!(case.facts.tools, ["t___add", "t___subtract"]);
    assert_eq!(case.pending(), None);
    assert_eq!(case.decide(), "nothing");
}

#[test]
fn a_request_that_was_never_sent_is_sent_after_a_restart() {
    let mut case = Case::new();
    case.offers = Some(offer(&["add"]));
    assert_eq!(case.decide(), "ask");
    assert_eq!(note(Kept::Read, "t", case.offers.as_ref(), &mut case.facts, &mut case.memory, false), None);
    assert_eq!(case.decide(), "ask");
}

#[test]
fn a_rollback_meanwhile_is_one_more_request_afterwards() {
    let mut case = Case::new();
    case.offers = Some(offer(&["add"]));
    assert_eq!(case.decide(), "ask");
    case.offers = Some(offer(&["add", "get_time"]));
    case.facts.last_synchronized_at = Some("2026-11-20T09:00:01Z".into());
    assert_eq!(note(Kept::Read, "t", case.offers.as_ref(), &mut case.facts, &mut case.memory, false), None);
    assert_eq!(case.decide(), "ask");
    case.facts.last_synchronized_at = Some("2026-11-20T09:00:02Z".into());
    note(Kept::Read, "t", case.offers.as_ref(), &mut case.facts, &mut case.memory, false);
    assert_eq!(case.decide(), "nothing");
}

#[test]
fn an_hour_has_so_many_requests() {
    let mut case = Case::new();
    case.spec = spec(&json!({"maxPerHour": 2}));
    for (tools, expected) in [("a", "ask"), ("b", "ask"), ("c", "wait ToolsChanged")] {
        case.offers = Some(offer(&[tools]));
        assert_eq!(case.decide(), expected);
        case.facts.last_synchronized_at = Some(format!("2026-11-20T09:00:0{tools}Z"));
        note(Kept::Read, "t", case.offers.as_ref(), &mut case.facts, &mut case.memory, false);
    }
    case.now = "2026-11-20T10:00:01Z".parse().unwrap();
    assert_eq!(case.decide(), "ask");
}

#[test]
fn failures_are_tried_again_ever_more_rarely() {
    let mut case = Case::new();
    case.failed = true;
    assert_eq!(case.decide(), "ask");
    for (seconds, expected) in
        [(29, "wait SynchronizeUnsuccessful"), (30, "ask"), (89, "wait SynchronizeUnsuccessful"), (90, "ask")]
    {
        case.now = NOW.parse::<Timestamp>().unwrap() + jiff::SignedDuration::from_secs(seconds);
        assert_eq!(case.decide(), expected, "{seconds}");
    }
}

#[test]
fn what_agents_get_is_told_where_aws_stores_nothing() {
    let mut case = Case::new();
    case.offers = Some(offer(&["new"]));
    let news = note(Kept::Dynamic, "t", case.offers.as_ref(), &mut case.facts, &mut case.memory, false);
    assert_eq!(news.as_deref(), Some("+new -add -get_time"));
    assert_eq!(case.facts.tools, ["t___new"]);
}

#[test]
fn the_condition_says_what_aws_knows() {
    let case = Case::new();
    let shown = |kept, failed, offers: Option<&Catalogue>, memory: Option<&Synchronization>| {
        let verdict = verdict(kept, &case.spec, &case.facts, memory, failed, offers);
        format!("{}/{}", verdict.status.as_str(), verdict.reason)
    };
    let same = offer(&["add", "get_time"]);
    let other = offer(&["add"]);
    let pending = Synchronization { pending: Some(PendingSynchronization::default()), ..Synchronization::default() };
    assert_eq!(shown(Kept::Read, false, Some(&same), None), "True/Settled");
    assert_eq!(shown(Kept::Read, false, None, None), "True/Settled");
    assert_eq!(shown(Kept::Read, false, Some(&other), None), "False/ToolsChanged");
    let spent = Synchronization { sent: vec![NOW.to_owned(); MOST_PER_HOUR], ..Synchronization::default() };
    let verdict = verdict(Kept::Read, &case.spec, &case.facts, Some(&spent), false, Some(&other));
    assert!(verdict.message.contains("maxPerHour"), "{}", verdict.message);
    assert_eq!(shown(Kept::Read, true, Some(&same), None), "False/SynchronizeUnsuccessful");
    assert_eq!(shown(Kept::Read, false, Some(&other), Some(&pending)), "Unknown/Synchronizing");
    assert_eq!(shown(Kept::Dynamic, false, Some(&other), None), "True/Settled");
    assert_eq!(shown(Kept::Said, false, None, None), "True/Settled");
}

/// Tools that are said come before the mode; where the spec is silent about the mode, it is the one that AWS has.
#[test]
fn how_tools_are_kept() {
    let said = json!({"inlinePayload": "[]"});
    // | listingMode in the spec | mcpToolSchema | listingMode in AWS | kept |
    let table = [
        (json!(null), json!(null), None, Kept::Read),
        (json!(null), json!(null), Some("DEFAULT"), Kept::Read),
        (json!(null), json!(null), Some("DYNAMIC"), Kept::Dynamic),
        (json!("DEFAULT"), json!(null), Some("DYNAMIC"), Kept::Read),
        (json!("DYNAMIC"), json!(null), Some("DEFAULT"), Kept::Dynamic),
        (json!(null), said, Some("DYNAMIC"), Kept::Said),
    ];
    for (mode, schema, held, expected) in table {
        let server = json!({"endpoint": "https://a.example.com", "listingMode": mode, "mcpToolSchema": schema});
        let spec = from_value(json!({"targetConfiguration": {"mcp": {"mcpServer": server}}})).unwrap();
        let facts = GatewayTargetFacts { listing_mode: held.map(str::to_owned), ..GatewayTargetFacts::default() };
        assert_eq!(Kept::of(&spec, &facts), expected, "{mode} {held:?}");
    }
}
