//! Plans of ResourceGateways.

mod requests;

use serde_json::{from_value, json};

use super::*;
use crate::kinds::tests::{ABSENCES, identity, message, past, shown};

const ID: &str = "rgw-0a1b2c3d4e5f60e01";
const ARN: &str = "arn:aws:vpc-lattice:us-west-2:111122223333:resourcegateway/rgw-0a1b2c3d4e5f60e01";

/// A spec that says everything that AWS has.
fn full() -> ResourceGatewaySpec {
    spec(json!({
        "name": "shared-rg",
        "vpcIdentifier": "vpc-0a1b2c3d4e5f60718",
        "subnetIds": ["subnet-0a1b2c3d4e5f60a01", "subnet-0a1b2c3d4e5f60a02"],
        "securityGroupIds": ["sg-0a1b2c3d4e5f60b01", "sg-0a1b2c3d4e5f60b02"],
        "ipAddressType": "IPV4",
        "ipv4AddressesPerEni": 1,
        "resourceConfigDnsResolution": "IN_VPC",
        "tags": {"team": "search"},
    }))
}

/// A spec that says no more than it must.
fn plain() -> ResourceGatewaySpec {
    spec(json!({
        "vpcIdentifier": "vpc-0a1b2c3d4e5f60718",
        "subnetIds": ["subnet-0a1b2c3d4e5f60a01", "subnet-0a1b2c3d4e5f60a02"],
        "securityGroupIds": ["sg-0a1b2c3d4e5f60b01", "sg-0a1b2c3d4e5f60b02"],
    }))
}

fn spec(manifest: Value) -> ResourceGatewaySpec {
    from_value(manifest).unwrap()
}

/// A spec as `resolve` hands it on.
fn desired(spec: ResourceGatewaySpec) -> Desired {
    let tags = tags::wanted(&identity(), &BTreeMap::new(), &spec.tags);
    let spec = ResourceGatewaySpec { tags: BTreeMap::new(), ..spec };
    let name = "shared-rg".into();
    let mut desired =
        Desired { default_groups: Vec::new(), identity: identity(), fingerprint: String::new(), name, spec, tags };
    desired.fingerprint = super::super::fingerprint(&desired);
    desired
}

/// What AWS has of the full spec; its sets stand in another order.
fn observed(status: &str) -> Observed {
    let gateway = GetResourceGatewayOutput::builder()
        .name("shared-rg")
        .id(ID)
        .arn(ARN)
        .status(status.into())
        .last_updated_at(aws_smithy_types::DateTime::from_secs(2))
        .vpc_id("vpc-0a1b2c3d4e5f60718")
        .subnet_ids("subnet-0a1b2c3d4e5f60a02")
        .subnet_ids("subnet-0a1b2c3d4e5f60a01")
        .security_group_ids("sg-0a1b2c3d4e5f60b02")
        .security_group_ids("sg-0a1b2c3d4e5f60b01")
        .ip_address_type(sdk::ResourceGatewayIpAddressType::Ipv4)
        .ipv4_addresses_per_eni(1)
        .resource_config_dns_resolution(sdk::ResourceConfigDnsResolution::InVpc);
    Observed { gateway: gateway.build(), tags: None, keeper: None }
}

/// The same, but somebody has put it into another security group.
fn drifted(status: &str) -> Observed {
    let mut observed = observed(status);
    observed.gateway.security_group_ids = Some(vec!["sg-0a1b2c3d4e5f60b09".into()]);
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
    shown(&ResourceGateway::plan(desired, past, observed), name)
}

#[test]
fn a_resource_gateway_that_aws_does_not_show() {
    let expected = ["Create", "Create 2", "Waiting Creating", "Create 2", "Create 5"];
    let desired = desired(full());
    for ((case, recorded, surely_absent, attempt), expected) in ABSENCES.into_iter().zip(expected) {
        let past = Past { recorded, attempt, surely_absent, ..accepted(&desired) };
        assert_eq!(planned(&desired, &past, None), expected, "{case}");
    }
}

#[test]
fn a_resource_gateway_in_every_status() {
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
fn a_resource_gateway_without_a_status_is_waited_for() {
    let desired = desired(full());
    let mut observed = observed("ACTIVE");
    observed.gateway.status = None;
    assert_eq!(planned(&desired, &edited(&desired), Some(&observed)), "Waiting Updating");
}

#[test]
fn failures_say_what_to_look_at_because_aws_gives_no_reason() {
    let desired = desired(full());
    let table = [
        ("CREATE_FAILED", ["gives no reason", "subnets have free addresses"]),
        ("UPDATE_FAILED", ["gives no reason", "security groups exist"]),
        ("DELETE_FAILED", ["could not delete", "use another name"]),
    ];
    for (status, words) in table {
        let message = message(&ResourceGateway::plan(&desired, &accepted(&desired), Some(&observed(status))));
        assert!(words.iter().all(|word| message.contains(word)), "{status}: {message}");
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

/// A change that VPC Lattice cannot make, as the message names it.
type Replacement = (&'static str, fn(&mut Desired));

const REPLACEMENTS: [Replacement; 7] = [
    ("vpcIdentifier", |desired| desired.spec.vpc_identifier = Some("vpc-other".into())),
    ("subnetIds", |desired| desired.spec.subnet_ids.truncate(1)),
    ("subnetIds", |desired| desired.spec.subnet_ids.push("subnet-other".into())),
    ("ipAddressType", |desired| desired.spec.ip_address_type = Some(ResourceGatewayIpAddressType::Dualstack)),
    ("ipAddressType", |desired| desired.spec.ip_address_type = Some(ResourceGatewayIpAddressType::Ipv6)),
    ("ipv4AddressesPerEni", |desired| desired.spec.ipv4_addresses_per_eni = Some(2)),
    ("resourceConfigDnsResolution", |desired| {
        desired.spec.resource_config_dns_resolution = Some(ResourceConfigDnsResolution::Public);
    }),
];

/// What a load balancer told when it was made is fixed: where the load balancer is now is no reason for another resource gateway.
#[test]
fn a_network_that_was_taken_from_a_load_balancer_is_left_as_it_was_made() {
    let from = || from_value(json!({"ingressRef": {"name": "rest-api"}})).unwrap();
    let elsewhere: [Replacement; 3] = [
        ("as it was", |_| {}),
        ("vpcIdentifier", |desired| desired.spec.vpc_identifier = Some("vpc-other".into())),
        ("subnetIds", |desired| desired.spec.subnet_ids = vec!["subnet-other".into()]),
    ];
    for (member, change) in elsewhere {
        let mut desired = desired(ResourceGatewaySpec { vpc_from: Some(from()), ..full() });
        change(&mut desired);
        assert_eq!(planned(&desired, &edited(&desired), Some(&observed("ACTIVE"))), "Settled", "{member}");
        desired.spec.vpc_from = None;
        let said = if member == "as it was" { "Settled".to_owned() } else { format!("Replace {member}") };
        assert_eq!(planned(&desired, &edited(&desired), Some(&observed("ACTIVE"))), said, "{member}, said by the spec");
    }
}

#[test]
fn what_cannot_be_changed_is_named_and_nothing_is_sent() {
    for (member, change) in REPLACEMENTS {
        let mut desired = desired(full());
        change(&mut desired);
        for status in ["ACTIVE", "UPDATE_FAILED"] {
            for observed in [observed(status), drifted(status)] {
                for past in [edited(&desired), accepted(&desired), Past { asked: true, ..edited(&desired) }] {
                    let plan = ResourceGateway::plan(&desired, &past, Some(&observed));
                    assert_eq!(shown(&plan, name), format!("Replace {member}"), "{status}");
                }
            }
        }
    }
}

/// An answer leaves out what AWS would have taken where nothing was said.
#[test]
fn what_an_answer_leaves_out_is_what_aws_takes_by_itself() {
    let mut held = observed("ACTIVE");
    held.gateway.ip_address_type = None;
    held.gateway.ipv4_addresses_per_eni = None;
    held.gateway.resource_config_dns_resolution = None;
    let said = |more: Value| {
        let mut said = json!({"vpcIdentifier": "vpc-0a1b2c3d4e5f60718", "securityGroupIds": ["sg-0a1b2c3d4e5f60b01", "sg-0a1b2c3d4e5f60b02"],
            "subnetIds": ["subnet-0a1b2c3d4e5f60a01", "subnet-0a1b2c3d4e5f60a02"]});
        said.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        desired(spec(said))
    };
    let defaults = json!({"ipAddressType": "IPV4", "ipv4AddressesPerEni": 16, "resourceConfigDnsResolution": "PUBLIC"});
    let table = [
        (defaults, "Settled"),
        (json!({"ipAddressType": "IPV6"}), "Replace ipAddressType"),
        (json!({"ipv4AddressesPerEni": 1}), "Replace ipv4AddressesPerEni"),
        (json!({"resourceConfigDnsResolution": "IN_VPC"}), "Replace resourceConfigDnsResolution"),
    ];
    for (more, expected) in table {
        let desired = said(more.clone());
        assert_eq!(planned(&desired, &accepted(&desired), Some(&held)), expected, "{more}");
    }
}

#[test]
fn everything_that_cannot_be_changed_is_named_at_once() {
    let mut desired = desired(full());
    for (_, change) in REPLACEMENTS {
        change(&mut desired);
    }
    let names = "ipAddressType, ipv4AddressesPerEni, resourceConfigDnsResolution, subnetIds, vpcIdentifier";
    let plan = planned(&desired, &edited(&desired), Some(&observed("ACTIVE")));
    assert_eq!(plan, format!("Replace {names}"));
}

/// The API server refuses another name. One that got past it is told, and nothing is sent.
#[test]
fn another_name_is_neither_sent_nor_a_replacement() {
    let mut desired = desired(full());
    desired.name = "renamed".into();
    for observed in [observed("ACTIVE"), drifted("ACTIVE")] {
        assert_eq!(planned(&desired, &edited(&desired), Some(&observed)), "Stalled ImmutableField");
    }
}

/// Groups that the spec does not name are those that it was made with: neither AWS's nor the operator's other ones are drift.
#[test]
fn security_groups_that_the_spec_does_not_name_are_left_as_they_are() {
    let spec = ResourceGatewaySpec { security_group_ids: Vec::new(), ..full() };
    let others = vec!["sg-0a1b2c3d4e5f60b07".to_owned()];
    for default_groups in [Vec::new(), others] {
        let desired = Desired { default_groups, ..desired(spec.clone()) };
        for past in [accepted(&desired), edited(&desired)] {
            assert_eq!(planned(&desired, &past, Some(&observed("ACTIVE"))), "Settled");
            assert_eq!(planned(&desired, &past, Some(&drifted("ACTIVE"))), "Settled");
        }
        // What failed is sent again with the groups that AWS has.
        let groups = drifted("ACTIVE").gateway.security_group_ids;
        let request =
            UpdateResourceGatewayInputBuilder::default().resource_gateway_identifier(ID).set_security_group_ids(groups);
        let plan = ResourceGateway::plan(&desired, &edited(&desired), Some(&drifted("UPDATE_FAILED")));
        assert_eq!(plan, Plan::change(Change::Update(request)));
    }
}

/// What a spec leaves open was decided when the resource gateway was made; our own defaults are no difference afterwards.
#[test]
fn what_the_spec_leaves_open_is_no_difference() {
    let desired = desired(plain());
    let mut other = observed("ACTIVE");
    other.gateway.ip_address_type = Some(sdk::ResourceGatewayIpAddressType::Dualstack);
    other.gateway.ipv4_addresses_per_eni = Some(16);
    other.gateway.resource_config_dns_resolution = Some(sdk::ResourceConfigDnsResolution::Public);
    let mut silent = observed("ACTIVE");
    silent.gateway.ip_address_type = None;
    silent.gateway.ipv4_addresses_per_eni = None;
    silent.gateway.resource_config_dns_resolution = None;
    for observed in [observed("ACTIVE"), other, silent] {
        assert_eq!(planned(&desired, &accepted(&desired), Some(&observed)), "Settled");
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
        assert_eq!(ResourceGateway::plan(&desired, &past, Some(&settled)), expected, "{case}");
        let drifted = Observed { tags, ..drifted("ACTIVE") };
        // What is not marked is anybody's: the marker comes before everything, other tags after it.
        let first = if case.contains("marker") || case == "nothing at all" { "Set tags" } else { "Update" };
        assert_eq!(planned(&desired, &past, Some(&drifted)), first, "{case}");
    }
}

#[test]
fn a_resource_gateway_that_must_go_in_every_status() {
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
        let plan = ResourceGateway::plan_removal(&Scope::ResourceGateways, ID, status);
        assert_eq!(shown(&plan, name), expected, "{status}");
        if expected == "Delete" {
            let request = DeleteResourceGatewayInputBuilder::default().resource_gateway_identifier(ID);
            assert_eq!(plan, Plan::change(Change::Delete(request)), "{status}");
        }
    }
}

#[test]
fn only_active_is_steady() {
    for status in AwsStatus::values().iter().chain(&["RESTING", ""]) {
        assert_eq!(ResourceGateway::is_steady(status), *status == "ACTIVE", "{status}");
        assert!(!(ResourceGateway::is_steady(status) && ResourceGateway::in_transition(status).is_some()), "{status}");
    }
}

#[test]
fn what_users_may_rely_on() {
    let before = ResourceGatewayFacts { used_by: Some(3), ..ResourceGatewayFacts::default() };
    let facts = ResourceGateway::facts(&observed("UPDATE_FAILED"), &before);
    let expected = ResourceGatewayFacts {
        resource_gateway_id: Some(ID.into()),
        resource_gateway_arn: Some(ARN.into()),
        aws_status: Some("UPDATE_FAILED".into()),
        vpc_id: Some("vpc-0a1b2c3d4e5f60718".into()),
        subnet_ids: vec!["subnet-0a1b2c3d4e5f60a01".into(), "subnet-0a1b2c3d4e5f60a02".into()],
        resource_config_dns_resolution: Some("IN_VPC".into()),
        used_by: Some(3),
    };
    assert_eq!(facts, expected);
    let listed = Summary {
        id: ID.into(),
        name: "shared-rg".into(),
        status: "UPDATE_FAILED".into(),
        updated_at: "1970-01-01T00:00:02Z".into(),
        ..Summary::default()
    };
    assert_eq!(ResourceGateway::listed(&observed("UPDATE_FAILED")), listed);
    assert_eq!(ResourceGateway::summary(&facts), format!("Active as {ID}"));
    assert_eq!(ResourceGateway::tag_keys(&desired(full())), ["team"], "the marker's keys are nobody's to ask for");
}
