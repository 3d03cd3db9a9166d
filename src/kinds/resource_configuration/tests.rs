//! Plans of ResourceConfigurations.

mod requests;
mod types;

use aws_sdk_vpclattice::types as sdk;
use serde_json::{from_value, json};

use super::*;
use crate::{
    kinds::tests::{ABSENCES, identity, message, past, shown},
    overlay::Overlay,
};

const ID: &str = "rcfg-0a1b2c3d4e5f60d01";
const ARN: &str = "arn:aws:vpc-lattice:us-west-2:111122223333:resourceconfiguration/rcfg-0a1b2c3d4e5f60d01";
const GATEWAY: &str = "rgw-0a1b2c3d4e5f60e01";

/// A spec that says everything that AWS has.
fn full() -> ResourceConfigurationSpec {
    spec(json!({
        "name": "rest",
        "type": "SINGLE",
        "resourceConfigurationDefinition":
            {"dnsResource": {"domainName": "api.internal.example.com", "ipAddressType": "IPV4"}},
        "portRanges": ["443", "8000-8010"],
        "allowAssociationToShareableServiceNetwork": true,
        "tags": {"team": "search"},
    }))
}

/// A spec that says no more than it must.
fn plain() -> ResourceConfigurationSpec {
    spec(json!({
        "resourceConfigurationDefinition":
            {"dnsResource": {"domainName": "api.internal.example.com", "ipAddressType": "IPV4"}},
        "portRanges": ["443", "8000-8010"],
    }))
}

fn spec(manifest: Value) -> ResourceConfigurationSpec {
    from_value(manifest).unwrap()
}

/// A spec as `resolve` hands it on.
fn desired(spec: ResourceConfigurationSpec) -> Desired {
    let tags = tags::wanted(&identity(), &BTreeMap::new(), &spec.tags);
    let spec = ResourceConfigurationSpec { tags: BTreeMap::new(), ..spec };
    let mut desired = Desired {
        moves_from: None,
        identity: identity(),
        fingerprint: String::new(),
        name: "rest".into(),
        gateway: Some(GATEWAY.into()),
        group: None,
        spec,
        tags,
        domain: None,
        blocked: None,
    };
    desired.fingerprint = super::super::fingerprint(&desired);
    desired
}

fn domain(name: &str, family: sdk::ResourceConfigurationIpAddressType) -> sdk::ResourceConfigurationDefinition {
    let domain = sdk::DnsResource::builder().domain_name(name).ip_address_type(family);
    sdk::ResourceConfigurationDefinition::DnsResource(domain.build())
}

fn as_specified() -> sdk::ResourceConfigurationDefinition {
    domain("api.internal.example.com", sdk::ResourceConfigurationIpAddressType::Ipv4)
}

/// What AWS has of the full spec; its ports stand in another order.
fn observed(status: &str) -> Observed {
    let configuration = GetResourceConfigurationOutput::builder()
        .id(ID)
        .name("rest")
        .arn(ARN)
        .resource_gateway_id(GATEWAY)
        .r#type(sdk::ResourceConfigurationType::Single)
        .allow_association_to_shareable_service_network(true)
        .port_ranges("8000-8010")
        .port_ranges("443")
        .status(status.into())
        .last_updated_at(aws_smithy_types::DateTime::from_secs(2))
        .resource_configuration_definition(as_specified());
    Observed { configuration: configuration.build(), tags: None, keeper: None }
}

/// The same, but somebody has opened another port.
fn drifted(status: &str) -> Observed {
    let mut observed = observed(status);
    observed.configuration.port_ranges = Some(vec!["443".into(), "8000-8010".into(), "22".into()]);
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
    shown(&ResourceConfiguration::plan(desired, past, observed), name)
}

#[test]
fn a_resource_configuration_that_aws_does_not_show() {
    let expected = ["Create", "Create 2", "Waiting Creating", "Create 2", "Create 5"];
    let desired = desired(full());
    for ((case, recorded, surely_absent, attempt), expected) in ABSENCES.into_iter().zip(expected) {
        let past = Past { recorded, attempt, surely_absent, ..accepted(&desired) };
        assert_eq!(planned(&desired, &past, None), expected, "{case}");
    }
}

#[test]
fn a_resource_configuration_in_every_status() {
    // | AWS says | accepted, the same | edited, the same | edited, different | accepted, drifted | drifted, and a person asks |
    let table = [
        ("ACTIVE", "Settled", "Settled", "Update", "Update", "Update"),
        // An edit that was taken back leaves nothing that differs, and a status that only another update mends.
        ("UPDATE_FAILED", "Stalled UpdateUnsuccessful", "Update", "Update", "Stalled UpdateUnsuccessful", "Update"),
    ];
    let whatever_is_asked = [
        ("CREATE_FAILED", "Stalled CreateFailed"),
        ("DELETE_FAILED", "Stalled DeleteFailed"),
        ("CREATE_IN_PROGRESS", "Waiting Creating"),
        ("UPDATE_IN_PROGRESS", "Waiting Updating"),
        ("DELETE_IN_PROGRESS", "Waiting WaitingForPredecessor"),
        ("RESTING", "Waiting Updating"),
    ];
    let same = whatever_is_asked.map(|(status, plan)| (status, plan, plan, plan, plan, plan));
    let table: Vec<_> = table.into_iter().chain(same).collect();
    for status in AwsStatus::values() {
        assert!(table.iter().any(|row| row.0 == *status), "{status} is not in the table");
    }
    let desired = desired(full());
    for (status, same, edited_same, different, drift, asked) in table {
        let planned = |past: &Past, observed: Observed| planned(&desired, past, Some(&observed));
        for recorded in [true, false] {
            let accepted = Past { recorded, ..accepted(&desired) };
            let edited = Past { recorded, ..edited(&desired) };
            assert_eq!(planned(&accepted, observed(status)), same, "{status}, the same");
            assert_eq!(planned(&edited, observed(status)), edited_same, "{status}, edited, and the same");
            assert_eq!(planned(&edited, drifted(status)), different, "{status}, edited");
            assert_eq!(planned(&accepted, drifted(status)), drift, "{status}, drifted");
            assert_eq!(planned(&Past { asked: true, ..accepted }, drifted(status)), asked, "{status}, asked for");
        }
    }
}

#[test]
fn a_resource_configuration_without_a_status_is_waited_for() {
    let desired = desired(full());
    let mut observed = observed("ACTIVE");
    observed.configuration.status = None;
    assert_eq!(planned(&desired, &edited(&desired), Some(&observed)), "Waiting Updating");
}

#[test]
fn failures_are_told_in_the_words_of_aws() {
    let desired = desired(full());
    let reason = "The domain \"api.internal.example.com\" does not resolve (NXDOMAIN); see rslvr-1";
    let table = [
        ("CREATE_FAILED", "VPC Lattice could not create the resource configuration"),
        ("UPDATE_FAILED", "VPC Lattice could not change the resource configuration"),
        ("DELETE_FAILED", "VPC Lattice could not delete the resource configuration"),
    ];
    for (status, start) in table {
        for (given, told) in [(Some(reason), reason), (None, "AWS gives no reason")] {
            let mut observed = observed(status);
            observed.configuration.failure_reason = given.map(str::to_owned);
            let message = message(&ResourceConfiguration::plan(&desired, &accepted(&desired), Some(&observed)));
            assert!(message.starts_with(start) && message.ends_with(&format!(": {told}")), "{status}: {message}");
        }
    }
}

#[test]
fn a_change_that_aws_may_not_show_yet_is_waited_for() {
    let desired = desired(full());
    let just = |past: Past| Past { just_changed: true, ..past };
    let planned = |past: Past, observed| planned(&desired, &just(past), Some(&observed));
    assert_eq!(planned(accepted(&desired), drifted("ACTIVE")), "Waiting Updating");
    assert_eq!(planned(accepted(&desired), observed("ACTIVE")), "Settled");
    assert_eq!(planned(edited(&desired), drifted("ACTIVE")), "Update", "it is another change");
    let untagged = Observed { tags: Some(HashMap::new()), ..observed("ACTIVE") };
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
            assert_eq!(planned(&desired, &past, Some(&drifted("ACTIVE"))), expected, "{updates_in_vain}");
            assert_eq!(planned(&desired, &past, Some(&observed("ACTIVE"))), "Settled", "{updates_in_vain}");
            let untagged = Observed { tags: Some(HashMap::new()), ..observed("ACTIVE") };
            assert_eq!(planned(&desired, &past, Some(&untagged)), "Set tags", "{updates_in_vain}");
            let tags = if updates_in_vain == 3 { "Stalled UpdateUnsuccessful" } else { "Set tags" };
            assert_eq!(planned(&desired, &tagged(&desired, past), Some(&untagged)), tags, "{updates_in_vain}");
        }
    }
}

/// The API server refuses another name. One that got past it is told, and nothing is sent.
#[test]
fn another_name_is_neither_sent_nor_a_replacement() {
    let mut desired = desired(full());
    desired.name = "renamed".into();
    for observed in [observed("ACTIVE"), drifted("ACTIVE")] {
        let plan = ResourceConfiguration::plan(&desired, &edited(&desired), Some(&observed));
        assert_eq!(shown(&plan, name), "Stalled ImmutableField");
    }
}

/// Where a resource gateway was replaced, its owner has allowed that its resource configurations follow, and nothing more.
#[test]
fn a_resource_configuration_follows_its_resource_gateway() {
    let follows = |change: fn(&mut Desired)| {
        let mut desired = desired(full());
        desired.gateway = Some("rgw-0a1b2c3d4e5f60e02".into());
        change(&mut desired);
        match ResourceConfiguration::plan(&desired, &edited(&desired), Some(&observed("ACTIVE"))) {
            Plan::Replace(replacement) => replacement.follows,
            plan @ (Plan::Settled | Plan::Change { .. } | Plan::Hold(_)) => panic!("{}", shown(&plan, name)),
        }
    };
    assert!(!follows(|_| {}), "somebody else moved it");
    assert!(follows(|desired| desired.moves_from = Some(GATEWAY.into())));
    assert!(!follows(|desired| desired.moves_from = Some("rgw-0a1b2c3d4e5f60e03".into())), "not from there");
}

#[test]
fn what_cannot_be_changed_is_named_and_nothing_is_sent() {
    /// A change that VPC Lattice cannot make, as the message names it.
    type Replacement = (&'static str, fn(&mut Desired, &mut Observed));
    let table: [Replacement; 4] = [
        ("resourceGatewayRef", |desired, _| desired.gateway = Some("rgw-0a1b2c3d4e5f60e02".into())),
        ("type", |_, held| held.configuration.r#type = Some(sdk::ResourceConfigurationType::Group)),
        ("type", |_, held| held.configuration.r#type = None),
        ("resourceGatewayRef, type", |desired, held| {
            desired.gateway = Some("rgw-0a1b2c3d4e5f60e02".into());
            held.configuration.r#type = Some(sdk::ResourceConfigurationType::Arn);
        }),
    ];
    for (members, change) in table {
        for status in ["ACTIVE", "UPDATE_FAILED"] {
            for mut observed in [observed(status), drifted(status)] {
                let mut desired = desired(full());
                change(&mut desired, &mut observed);
                for past in [edited(&desired), accepted(&desired), Past { asked: true, ..edited(&desired) }] {
                    let plan = ResourceConfiguration::plan(&desired, &past, Some(&observed));
                    assert_eq!(shown(&plan, name), format!("Replace {members}"), "{status}");
                }
            }
        }
    }
}

#[test]
fn a_resource_gateway_is_the_same_by_its_id_and_by_its_arn() {
    let arn = format!("arn:aws:vpc-lattice:us-west-2:111122223333:resourcegateway/{GATEWAY}");
    for gateway in [GATEWAY.to_owned(), arn] {
        let desired = Desired { gateway: Some(gateway.clone()), ..desired(full()) };
        assert_eq!(planned(&desired, &accepted(&desired), Some(&observed("ACTIVE"))), "Settled", "{gateway}");
    }
}

/// Our own defaults act when it is made; they are no difference afterwards.
#[test]
fn what_the_spec_leaves_open_is_no_difference() {
    let desired = desired(plain());
    let mut other = observed("ACTIVE");
    other.configuration.allow_association_to_shareable_service_network = Some(false);
    let mut silent = observed("ACTIVE");
    silent.configuration.allow_association_to_shareable_service_network = None;
    silent.configuration.r#type = None;
    for observed in [observed("ACTIVE"), other, silent] {
        assert_eq!(planned(&desired, &accepted(&desired), Some(&observed)), "Settled");
    }
}

#[test]
fn a_protocol_that_an_answer_leaves_out_is_tcp() {
    for (word, expected) in [("TCP", "Settled"), ("TCP_UDP", "Replace protocol")] {
        let mut said = serde_json::to_value(plain()).unwrap();
        said["protocol"] = json!(word);
        let desired = desired(spec(said));
        assert_eq!(planned(&desired, &accepted(&desired), Some(&observed("ACTIVE"))), expected, "{word}");
    }
}

/// AWS answers in its own form.
#[test]
fn the_same_in_another_form_is_no_difference() {
    let definition =
        |said: serde_json::Value| -> crate::api::ResourceConfigurationDefinition { from_value(said).unwrap() };
    let dns = |name: &str| definition(json!({"dnsResource": {"domainName": name, "ipAddressType": "IPV4"}}));
    let ip = |address: &str| definition(json!({"ipResource": {"ipAddress": address}}));
    let cidr = |ranges: &[&str]| definition(json!({"cidrResource": {"cidrRanges": ranges}}));
    // | the spec says | AWS has | they are the same |
    let table = [
        (dns("API.Internal.Example.com."), dns("api.internal.example.com"), true),
        (dns("api.internal.example.com"), dns("api.internal.example.org"), false),
        (ip("2001:DB8:0:0::1"), ip("2001:db8::1"), true),
        (ip("2001:db8::2"), ip("2001:db8::1"), false),
        (cidr(&["2001:DB8:0::/64", "10.0.0.0/8"]), cidr(&["10.0.0.0/8", "2001:db8::/64"]), true),
        (cidr(&["10.0.0.0/8"]), cidr(&["10.0.0.0/9"]), false),
        (ip("10.0.0.1"), dns("10.0.0.1"), false),
    ];
    for (wanted, held, is_same) in table {
        let desired = desired(ResourceConfigurationSpec { resource_configuration_definition: Some(wanted), ..plain() });
        let mut observed = observed("ACTIVE");
        observed.configuration.resource_configuration_definition = Some(held.state().unwrap());
        let expected = if is_same { "Settled" } else { "Update" };
        let planned = planned(&desired, &accepted(&desired), Some(&observed));
        assert_eq!(planned, expected, "{:?} over {held:?}", desired.spec.resource_configuration_definition);
    }
    let table = [(["443-443", "8000-8010"], true), (["443", "8000-8010"], true), (["443-444", "8000-8010"], false)];
    for (ports, is_same) in table {
        let mut observed = observed("ACTIVE");
        observed.configuration.port_ranges = Some(ports.map(str::to_owned).to_vec());
        let desired = desired(plain());
        let expected = if is_same { "Settled" } else { "Update" };
        assert_eq!(planned(&desired, &accepted(&desired), Some(&observed)), expected, "{ports:?}");
    }
}

#[test]
fn tags_follow_when_everything_else_is_right_one_call_at_a_time() {
    let desired = desired(full());
    let wanted: HashMap<String, String> = desired.tags.clone().into_iter().collect();
    let with = |key: &str, value: &str| {
        wanted.clone().into_iter().chain([(key.to_owned(), value.to_owned())]).collect::<HashMap<_, _>>()
    };
    let set = |key: &str, value: &str| Some(TagChange::Set([(key.to_owned(), value.to_owned())].into()));
    let uid = "tools.agentcore.dev/uid";
    let table = [
        ("not looked at", None, None),
        ("the same", Some(wanted.clone()), None),
        ("another's", Some(with("cost", "1")), None),
        ("changed", Some(with("team", "other")), set("team", "search")),
        ("the marker of a predecessor", Some(with(uid, "uid-0")), set(uid, "0b7e4a52-uid")),
        ("no longer asked for", Some(with("old", "1")), Some(TagChange::Remove(vec!["old".into()]))),
        ("nothing at all", Some(HashMap::new()), Some(TagChange::Set(wanted.clone()))),
    ];
    let past = Past { tag_keys: vec!["old".into(), "team".into()], ..accepted(&desired) };
    for (case, tags, change) in table {
        let expected = change.map_or(Plan::Settled, |change| Plan::change(Change::Tag(ARN.into(), change)));
        let settled = Observed { tags: tags.clone(), ..observed("ACTIVE") };
        assert_eq!(ResourceConfiguration::plan(&desired, &past, Some(&settled)), expected, "{case}");
        let drifted = Observed { tags, ..drifted("ACTIVE") };
        // What is not marked is anybody's: the marker comes before everything, other tags after it.
        let first = if case.contains("marker") || case == "nothing at all" { "Set tags" } else { "Update" };
        assert_eq!(planned(&desired, &past, Some(&drifted)), first, "{case}");
    }
}

#[test]
fn a_resource_configuration_that_must_go_in_every_status() {
    let table = [
        ("ACTIVE", "Delete"),
        ("CREATE_FAILED", "Delete"),
        ("UPDATE_FAILED", "Delete"),
        ("DELETE_FAILED", "Delete"),
        ("CREATE_IN_PROGRESS", "Waiting Deleting"),
        ("UPDATE_IN_PROGRESS", "Waiting Deleting"),
        ("DELETE_IN_PROGRESS", "Waiting Deleting"),
        ("RESTING", "Delete"),
    ];
    for status in AwsStatus::values() {
        assert!(table.iter().any(|row| row.0 == *status), "{status} is not in the table");
    }
    for (status, expected) in table {
        let plan = ResourceConfiguration::plan_removal(&Scope::ResourceConfigurations, ID, status);
        assert_eq!(shown(&plan, name), expected, "{status}");
        if expected == "Delete" {
            let request = DeleteResourceConfigurationInputBuilder::default().resource_configuration_identifier(ID);
            assert_eq!(plan, Plan::change(Change::Delete(request)), "{status}");
        }
    }
}

#[test]
fn only_active_is_steady() {
    for status in AwsStatus::values().iter().chain(&["RESTING", ""]) {
        let steady = ResourceConfiguration::is_steady(status);
        assert_eq!(steady, *status == "ACTIVE", "{status}");
        assert!(!(steady && ResourceConfiguration::in_transition(status).is_some()), "{status}");
    }
}

#[test]
fn what_users_may_rely_on() {
    let before = ResourceConfigurationFacts { used_by: Some(3), ..ResourceConfigurationFacts::default() };
    let mut observed = observed("UPDATE_FAILED");
    observed.configuration.failure_reason = Some("words".into());
    let facts = ResourceConfiguration::facts(&observed, &before);
    let expected = ResourceConfigurationFacts {
        resource_configuration_id: Some(ID.into()),
        resource_configuration_arn: Some(ARN.into()),
        aws_status: Some("UPDATE_FAILED".into()),
        failure_reason: Some("words".into()),
        resource_gateway_id: Some(GATEWAY.into()),
        resource_configuration_group_id: None,
        domain: None,
        used_by: Some(3),
    };
    assert_eq!(facts, expected);
    let listed = Summary {
        id: ID.into(),
        name: "rest".into(),
        status: "UPDATE_FAILED".into(),
        updated_at: "1970-01-01T00:00:02Z".into(),
        parent: Some(GATEWAY.into()),
        ..Summary::default()
    };
    assert_eq!(ResourceConfiguration::listed(&observed), listed);
    assert_eq!(ResourceConfiguration::summary(&facts), format!("Active as {ID}"));
    assert_eq!(ResourceConfiguration::tag_keys(&desired(full())), ["team"], "the marker is nobody's to ask for");
}
