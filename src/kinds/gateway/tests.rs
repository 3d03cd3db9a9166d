//! Plans of Gateways.

mod requests;
pub(super) mod samples;

use self::samples::{full, plain, report, spec};
use super::*;
use crate::{
    kinds::tests::{ABSENCES, identity, message, past, shown},
    overlay::Overlay,
};

/// A spec as `resolve` hands it on.
fn desired(spec: GatewaySpec) -> Desired {
    let tags = tags::wanted(&identity(), &BTreeMap::new(), &spec.tags);
    let spec = GatewaySpec { tags: BTreeMap::new(), ..spec };
    let mut desired = Desired {
        identity: identity(),
        fingerprint: String::new(),
        recreate: spec.recreate.unwrap_or_default(),
        default_groups: vec!["sg-default".into()],
        name: "agents".into(),
        spec,
        tags,
    };
    desired.fingerprint = super::super::fingerprint(&desired);
    desired
}

/// What AWS has when it has just what this asks for, in this status; tags were not asked for.
fn observed(desired: &Desired, status: &str) -> Observed {
    let gateway = report(&desired.spec.state().unwrap()).status(status.into()).build().unwrap();
    let protocol = desired.spec.state().unwrap().protocol_type.map(|protocol| protocol.to_string());
    Observed { gateway, unknown: Vec::new(), protocol, tags: None }
}

/// The same, but somebody has changed the description.
fn drifted(desired: &Desired, status: &str) -> Observed {
    let mut observed = observed(desired, status);
    observed.gateway.description = Some("Somebody was here".into());
    observed
}

fn accepted(desired: &Desired) -> Past {
    past(&desired.fingerprint, Some(&desired.fingerprint))
}

fn edited(desired: &Desired) -> Past {
    past(&desired.fingerprint, Some("before"))
}

fn name(change: &Change) -> &'static str {
    match change {
        Change::Create(_) => "Create",
        Change::Update(_) => "Update",
        Change::Tag(_, TagChange::Set(_)) => "Set tags",
        Change::Tag(_, TagChange::Remove(_)) => "Remove tags",
        Change::Delete(_) => "Delete",
    }
}

fn planned(desired: &Desired, past: &Past, observed: Option<&Observed>) -> String {
    shown(&Gateway::plan(desired, past, observed), name)
}

#[test]
fn a_gateway_that_aws_does_not_show() {
    // | what is remembered | spec.recreate is silent | it is true |
    let expected = [
        ("Create", "Create"),
        ("Create 2", "Create 2"),
        ("Waiting Creating", "Waiting Creating"),
        ("Stalled Gone", "Create 2"),
        ("Stalled Gone", "Create 5"),
    ];
    for ((case, recorded, surely_absent, attempt), (silent, recreate)) in ABSENCES.into_iter().zip(expected) {
        for (recreated, expected) in [(None, silent), (Some(false), silent), (Some(true), recreate)] {
            let desired = desired(GatewaySpec { recreate: recreated, ..plain() });
            let past = Past { recorded, attempt, surely_absent, ..accepted(&desired) };
            assert_eq!(planned(&desired, &past, None), expected, "{case}, recreate {recreated:?}");
        }
    }
}

#[test]
fn a_gateway_in_every_status() {
    // | AWS says | accepted, the same | edited, the same | edited, different | accepted, drifted | drifted, and a person asks |
    let table = [
        ("READY", "Settled", "Settled", "Update", "Update", "Update"),
        // An edit that was taken back leaves nothing that differs, and a status that only another update mends.
        (
            "UPDATE_UNSUCCESSFUL",
            "Stalled UpdateUnsuccessful",
            "Update",
            "Update",
            "Stalled UpdateUnsuccessful",
            "Update",
        ),
        ("FAILED", "Stalled CreateFailed", "Update", "Update", "Stalled CreateFailed", "Update"),
    ];
    let under_way = [
        ("CREATING", "Waiting Creating"),
        ("UPDATING", "Waiting Updating"),
        ("DELETING", "Waiting WaitingForPredecessor"),
        ("RESTING", "Waiting Updating"),
    ];
    let waiting = under_way.map(|(status, wait)| (status, wait, wait, wait, wait, wait));
    let table: Vec<_> = table.into_iter().chain(waiting).collect();
    for status in GatewayStatus::values() {
        assert!(table.iter().any(|row| row.0 == *status), "{status} is not in the table");
    }
    let desired = desired(full());
    for (status, same, edited_same, different, drift, asked) in table {
        let (in_aws, another) = (observed(&desired, status), drifted(&desired, status));
        let planned = |past: &Past, observed| planned(&desired, past, Some(observed));
        for recorded in [true, false] {
            let accepted = Past { recorded, ..accepted(&desired) };
            let edited = Past { recorded, ..edited(&desired) };
            assert_eq!(planned(&accepted, &in_aws), same, "{status}, the same");
            assert_eq!(planned(&edited, &in_aws), edited_same, "{status}, edited, and the same");
            assert_eq!(planned(&edited, &another), different, "{status}, edited");
            assert_eq!(planned(&accepted, &another), drift, "{status}, drifted");
            assert_eq!(planned(&Past { asked: true, ..accepted }, &another), asked, "{status}, asked for");
        }
    }
}

#[test]
fn a_person_who_asks_gets_what_failed_tried_again_and_nothing_else() {
    let desired = desired(full());
    let table = [("READY", "Settled"), ("UPDATE_UNSUCCESSFUL", "Update"), ("FAILED", "Update")];
    for (status, expected) in table {
        let past = Past { asked: true, ..accepted(&desired) };
        assert_eq!(planned(&desired, &past, Some(&observed(&desired, status))), expected, "{status}");
    }
}

/// Without `protocolType` a gateway takes targets of every protocol, and AWS reports none; the SDK then has `MCP`.
#[test]
fn a_gateway_without_a_protocol_type_is_settled() {
    let desired = desired(GatewaySpec { protocol_type: None, ..plain() });
    let mut observed = observed(&desired, "READY");
    assert_eq!(planned(&desired, &accepted(&desired), Some(&observed)), "Settled");
    // Should AWS report one all the same, then an update says it, too: AWS takes no other than it has.
    observed.protocol = Some("MCP".into());
    assert_eq!(planned(&desired, &accepted(&desired), Some(&observed)), "Settled");
    observed.gateway.description = Some("Somebody was here".into());
    let Plan::Change { request: Change::Update(update), .. } =
        Gateway::plan(&desired, &accepted(&desired), Some(&observed))
    else {
        panic!("no update")
    };
    assert_eq!(update.get_protocol_type().as_ref().map(AsRef::as_ref), Some("MCP"));
}

/// AWS fills the timeout in when there is a `sessionConfiguration` without one.
#[test]
fn a_session_without_a_timeout_takes_the_one_that_aws_chose() {
    let session = spec(serde_json::json!({
        "roleArn": "", "authorizerType": "NONE", "protocolConfiguration": {"mcp": {"sessionConfiguration": {}}},
    }));
    let desired = desired(GatewaySpec { protocol_configuration: session.protocol_configuration, ..plain() });
    let observed = observed(&desired, "READY");
    let mcp = observed.gateway.protocol_configuration.as_ref().unwrap().as_mcp().unwrap();
    assert_eq!(mcp.session_configuration.as_ref().unwrap().session_timeout_in_seconds, Some(3600));
    assert_eq!(planned(&desired, &accepted(&desired), Some(&observed)), "Settled");
}

#[test]
fn failures_are_told_in_the_words_of_aws() {
    let desired = desired(full());
    let reasons = ["The role cannot be assumed (AccessDenied): arn:aws:iam::1:role/x", "Second: \"quoted\""];
    let table = [
        ("FAILED", "AWS could not create the gateway"),
        ("UPDATE_UNSUCCESSFUL", "AWS could not update the gateway; the old configuration still serves"),
    ];
    for (status, start) in table {
        let mut observed = observed(&desired, status);
        observed.gateway.status_reasons = Some(reasons.map(str::to_owned).to_vec());
        let plan = Gateway::plan(&desired, &accepted(&desired), Some(&observed));
        assert_eq!(message(&plan), format!("{start}: {}; {}", reasons[0], reasons[1]));
        observed.gateway.status_reasons = None;
        let plan = Gateway::plan(&desired, &accepted(&desired), Some(&observed));
        assert_eq!(message(&plan), format!("{start}: AWS gives no reason"));
    }
}

#[test]
fn a_change_that_aws_may_not_show_yet_is_waited_for() {
    let desired = desired(full());
    let just = |past: Past| Past { just_changed: true, ..past };
    let planned = |past: Past, observed| planned(&desired, &just(past), Some(&observed));
    assert_eq!(planned(accepted(&desired), drifted(&desired, "READY")), "Waiting Updating");
    assert_eq!(planned(accepted(&desired), observed(&desired, "READY")), "Settled");
    assert_eq!(planned(edited(&desired), drifted(&desired, "READY")), "Update", "it is another change");
    let untagged = Observed { tags: Some(HashMap::new()), ..observed(&desired, "READY") };
    for past in [accepted(&desired), edited(&desired)] {
        assert_eq!(
            planned(past.clone(), untagged.clone()),
            "Set tags",
            "what was said of the rest says nothing of tags"
        );
        assert_eq!(planned(tagged(&desired, past), untagged.clone()), "Waiting Updating");
    }
}

/// The same past, and AWS accepted the tags.
fn tagged(desired: &Desired, past: Past) -> Past {
    Past { tags_sent: Some(TagChange::Set(desired.tags.clone().into_iter().collect())), ..past }
}

#[test]
fn an_update_that_changes_nothing_is_sent_three_times() {
    let desired = desired(full());
    // | updates in vain | accepted | edited |
    let table = [(0, "Update", "Update"), (2, "Update", "Update"), (3, "Stalled UpdateUnsuccessful", "Update")];
    for (updates_in_vain, expected, after_an_edit) in table {
        for (past, expected) in [(accepted(&desired), expected), (edited(&desired), after_an_edit)] {
            let past = Past { updates_in_vain, ..past };
            assert_eq!(planned(&desired, &past, Some(&drifted(&desired, "READY"))), expected, "{updates_in_vain}");
            assert_eq!(planned(&desired, &past, Some(&observed(&desired, "READY"))), "Settled", "{updates_in_vain}");
            let untagged = Observed { tags: Some(HashMap::new()), ..observed(&desired, "READY") };
            assert_eq!(planned(&desired, &past, Some(&untagged)), "Set tags", "{updates_in_vain}");
            let tags = if updates_in_vain == 3 { "Stalled UpdateUnsuccessful" } else { "Set tags" };
            assert_eq!(planned(&desired, &tagged(&desired, past), Some(&untagged)), tags, "{updates_in_vain}");
        }
    }
}

#[test]
fn a_gateway_of_another_name_is_left_alone() {
    let desired = Desired { name: "renamed".into(), ..desired(full()) };
    for status in GatewayStatus::values() {
        let plan = Gateway::plan(&desired, &edited(&desired), Some(&drifted(&desired, status)));
        assert_eq!(shown(&plan, name), "Stalled ImmutableField", "{status}");
        let message = message(&plan);
        assert!(message.contains("renamed") && message.contains("set spec.name to agents"), "{message}");
    }
}

#[test]
fn tags_follow_when_everything_else_is_right_one_call_at_a_time() {
    let desired = desired(full());
    let wanted: HashMap<String, String> = desired.tags.clone().into_iter().collect();
    let with = |pairs: &[(&str, &str)]| {
        let pairs = pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        wanted.clone().into_iter().chain(pairs).collect::<HashMap<_, _>>()
    };
    let without = |key: &str| wanted.clone().into_iter().filter(|(has, _)| has != key).collect::<HashMap<_, _>>();
    let set = |pairs: &[(&str, &str)]| {
        let pairs = pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        Some(TagChange::Set(pairs.collect()))
    };
    let uid = ("tools.agentcore.dev/uid", "0b7e4a52-uid");
    let table = [
        ("not looked at", None, None),
        ("the same", Some(wanted.clone()), None),
        ("another's", Some(with(&[("cost", "1"), ("aws:x", "y")])), None),
        ("changed", Some(with(&[("team", "other")])), set(&[("team", "search")])),
        ("lost", Some(without("team")), set(&[("team", "search")])),
        ("the marker is lost", Some(without(uid.0)), set(&[uid])),
        ("the marker of a predecessor", Some(with(&[(uid.0, "uid-0")])), set(&[uid])),
        ("no longer asked for", Some(with(&[("old", "1")])), Some(TagChange::Remove(vec!["old".into()]))),
        ("both: setting comes first", Some(with(&[("old", "1"), ("team", "other")])), set(&[("team", "search")])),
    ];
    let past = Past { tag_keys: vec!["old".into(), "team".into()], ..accepted(&desired) };
    for (case, tags, change) in table {
        let arn = "arn:aws:bedrock-agentcore:us-west-2:111122223333:gateway/agents-abcde12345";
        let expected = change.map_or(Plan::Settled, |change| Plan::change(Change::Tag(arn.into(), change)));
        let settled = Observed { tags: tags.clone(), ..observed(&desired, "READY") };
        assert_eq!(Gateway::plan(&desired, &past, Some(&settled)), expected, "{case}");
        let drifted = Observed { tags, ..drifted(&desired, "READY") };
        // What is not marked is anybody's: the marker comes before everything, other tags after it.
        let first = if case.contains("marker") || case == "nothing at all" { "Set tags" } else { "Update" };
        assert_eq!(planned(&desired, &past, Some(&drifted)), first, "{case}");
    }
}

#[test]
fn a_gateway_that_must_go_in_every_status() {
    let table = [
        ("READY", "Delete"),
        ("FAILED", "Delete"),
        ("UPDATE_UNSUCCESSFUL", "Delete"),
        ("CREATING", "Waiting Deleting"),
        ("UPDATING", "Waiting Deleting"),
        ("DELETING", "Waiting Deleting"),
        ("RESTING", "Delete"),
    ];
    for status in GatewayStatus::values() {
        assert!(table.iter().any(|row| row.0 == *status), "{status} is not in the table");
    }
    for (status, expected) in table {
        let plan = Gateway::plan_removal(&Scope::Gateways, "agents-abcde12345", status);
        assert_eq!(shown(&plan, name), expected, "{status}");
        if expected == "Delete" {
            let request = DeleteGatewayInputBuilder::default().gateway_identifier("agents-abcde12345");
            assert_eq!(plan, Plan::change(Change::Delete(request)), "{status}");
        }
    }
}

#[test]
fn only_ready_is_steady() {
    for status in GatewayStatus::values().iter().chain(&["RESTING", ""]) {
        assert_eq!(Gateway::is_steady(status), *status == "READY", "{status}");
        assert!(!(Gateway::is_steady(status) && Gateway::in_transition(status).is_some()), "{status}");
    }
}

#[test]
fn what_users_may_rely_on() {
    let desired = desired(full());
    let counted = Some(TargetCounts { total: 3, ready: 2 });
    let before = GatewayFacts { gateway_url: Some("https://old".into()), targets: counted, ..GatewayFacts::default() };
    let mut observed = observed(&desired, "UPDATE_UNSUCCESSFUL");
    observed.gateway.status_reasons = Some(vec!["words".into()]);
    let facts = Gateway::facts(&observed, &before);
    let expected = GatewayFacts {
        gateway_id: Some("agents-abcde12345".into()),
        gateway_arn: Some("arn:aws:bedrock-agentcore:us-west-2:111122223333:gateway/agents-abcde12345".into()),
        gateway_url: Some("https://agents-abcde12345.gateway.example.com/mcp".into()),
        aws_status: Some("UPDATE_UNSUCCESSFUL".into()),
        status_reasons: vec!["words".into()],
        workload_identity_arn: Some("arn:aws:bedrock-agentcore:us-west-2:111122223333:workload-identity/agents".into()),
        resource_configuration_identifiers: vec!["rcfg-0a1b2c3d4e5f60d01".into()],
        targets: counted,
    };
    assert_eq!(facts, expected);
    assert_eq!(Gateway::id(&facts), Some("agents-abcde12345"));
    assert_eq!(Gateway::summary(&facts), "Serves at https://agents-abcde12345.gateway.example.com/mcp");
    assert_eq!(Gateway::tag_keys(&desired), ["team"], "the marker's keys are nobody's to ask for");
    let listed = Summary {
        id: "agents-abcde12345".into(),
        name: "agents".into(),
        status: "UPDATE_UNSUCCESSFUL".into(),
        updated_at: "1970-01-01T00:00:02Z".into(),
        ..Summary::default()
    };
    assert_eq!(Gateway::listed(&observed), listed);
}

/// Members on which the spec is silent, as somebody or AWS itself may set them.
fn with_more(desired: &Desired) -> Observed {
    let mut observed = observed(desired, "READY");
    let waf = aws_sdk_bedrockagentcorecontrol::types::WafConfiguration::builder()
        .failure_mode(aws_sdk_bedrockagentcorecontrol::types::WafFailureMode::FailClose)
        .build();
    observed.gateway.waf_configuration = Some(waf);
    observed.gateway.kms_key_arn = Some("arn:aws:kms:us-west-2:111122223333:key/1".into());
    observed
}

#[test]
fn what_aws_goes_on_to_show_is_its_own_and_what_is_added_later_is_not() {
    let desired = desired(plain());
    let held = with_more(&desired);
    let own = Gateway::own(&desired, &held);
    assert!(own.is_some());
    let (settled, restated) = (accepted(&desired), Past { restated: true, ..accepted(&desired) });
    let lagging = Past { just_changed: true, ..restated.clone() };
    let known = Past { own: own.clone(), ..accepted(&desired) };
    let of_others = Past { own: Some("others".into()), ..accepted(&desired) };
    let another = Past { restated: true, ..edited(&desired) };
    let table = [
        ("somebody added it", &settled, "Update"),
        ("AWS accepted everything and still shows it", &restated, "Settled"),
        ("AWS accepted everything a moment ago", &lagging, "Waiting Updating"),
        ("it was AWS's own before", &known, "Settled"),
        ("something else was AWS's own before", &of_others, "Update"),
        ("AWS accepted another spec", &another, "Update"),
    ];
    for (case, past, expected) in table {
        assert_eq!(planned(&desired, past, Some(&held)), expected, "{case}");
    }
    let mut more = held.clone();
    more.gateway.description = Some("Somebody was here".into());
    assert_eq!(planned(&desired, &known, Some(&more)), "Update", "beside what is AWS's own");
    assert_ne!(Gateway::own(&desired, &more), own);
    let stated = self::desired(GatewaySpec { description: Some("Ours".into()), ..plain() });
    for past in [
        Past { restated: true, updates_in_vain: 3, ..accepted(&stated) },
        Past { own: own.clone(), updates_in_vain: 3, ..accepted(&stated) },
    ] {
        assert_eq!(
            planned(&stated, &past, Some(&more)),
            "Stalled UpdateUnsuccessful",
            "what is said and not done is told"
        );
        assert_eq!(Gateway::own(&stated, &more), None);
    }
    assert_eq!(Gateway::own(&desired, &observed(&desired, "READY")), None);
}

/// `false` is what AWS takes where nothing is said, and a struct with nothing in it says nothing.
#[test]
fn what_says_no_more_than_silence_is_no_difference() {
    let mcp = |mcp: serde_json::Value| {
        let said =
            spec(serde_json::json!({"roleArn": "", "authorizerType": "NONE", "protocolConfiguration": {"mcp": mcp}}));
        said.protocol_configuration
    };
    let empty = serde_json::json!({});
    let streaming = serde_json::json!({"streamingConfiguration": {"enableResponseStreaming": false}});
    let bare = serde_json::json!({"streamingConfiguration": {}, "disableMcpListToolsPagination": false});
    let said = [None, mcp(empty), mcp(streaming), mcp(bare)];
    for spec in &said {
        for held in &said {
            let wanted = desired(GatewaySpec { protocol_configuration: spec.clone(), ..plain() });
            let mut observed = observed(&wanted, "READY");
            observed.gateway.protocol_configuration = held.as_ref().map(|held| held.state().unwrap());
            assert_eq!(planned(&wanted, &accepted(&wanted), Some(&observed)), "Settled", "{spec:?} over {held:?}");
            assert_eq!(Gateway::own(&wanted, &observed), None);
            assert_eq!(Gateway::difference(&wanted, &observed), [""; 0]);
        }
    }
    let on = serde_json::json!({"streamingConfiguration": {"enableResponseStreaming": true}});
    let wanted = desired(plain());
    let mut observed = observed(&wanted, "READY");
    observed.gateway.protocol_configuration = mcp(on).map(|held| held.state().unwrap());
    assert_eq!(planned(&wanted, &accepted(&wanted), Some(&observed)), "Update");
}

/// The SDK's structs do not show these when they are printed.
#[test]
fn what_is_redacted_is_told_apart_as_well() {
    let desired = desired(plain());
    let of = |description: &str, instructions: &str| {
        let mut observed = observed(&desired, "READY");
        observed.gateway.description = Some(description.into());
        let protocol = serde_json::json!({"mcp": {"instructions": instructions}});
        let said: GatewaySpec =
            spec(serde_json::json!({"roleArn": "", "authorizerType": "NONE", "protocolConfiguration": protocol}));
        observed.gateway.protocol_configuration = said.protocol_configuration.map(|held| held.state().unwrap());
        Gateway::own(&desired, &observed).unwrap()
    };
    assert_eq!(of("a", "b"), of("a", "b"));
    assert_ne!(of("a", "b"), of("a", "c"));
    assert_ne!(of("a", "b"), of("c", "b"));
}
