//! What has to be refused when an object is changed, each with the words that a person gets.

use serde_json::{Value, json};

use super::{cluster, samples};

/// What is said about a member that can be set once.
fn set_once(member: &str) -> String {
    format!(
        "spec.{member}: Forbidden: {member} cannot be changed or removed once it is set; delete this object and create it again"
    )
}

/// Each change has what it is, a good manifest, what is done to its spec, and what the API server says then.
pub(super) async fn all_refused(kind: &str, changes: &[(&str, Value, Value, &str)]) -> anyhow::Result<()> {
    let client = cluster::client().await?;
    let mut wrong = Vec::new();
    for (number, (what, old, patch, message)) in changes.iter().enumerate() {
        let new = samples::patched(old.clone(), &json!({"spec": patch}));
        match cluster::dry_run_change(&client, &format!("{kind}-{number}"), old, &new).await? {
            Ok(_) => wrong.push(format!("{what}: accepted")),
            Err(said) if !said.contains(message) => {
                wrong.push(format!("{what}:\n  said     {said}\n  expected {message}"));
            }
            Err(_) => {}
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    Ok(())
}

#[tokio::test]
async fn a_gateway_keeps_what_is_set_once() -> anyhow::Result<()> {
    let name = set_once("name");
    let protocol_type = set_once("protocolType");
    let search_type = set_once("protocolConfiguration.mcp.searchType");
    let changes = [
        ("a gateway's name changed", samples::gateway(), json!({"name": "other"}), name.as_str()),
        ("a gateway's name removed", samples::gateway(), json!({"name": null}), name.as_str()),
        ("protocolType removed", samples::gateway(), json!({"protocolType": null}), protocol_type.as_str()),
        (
            "searchType removed",
            samples::gateway(),
            json!({"protocolConfiguration": {"mcp": {"searchType": null}}}),
            search_type.as_str(),
        ),
        (
            "searchType removed with its parents",
            samples::gateway(),
            json!({"protocolConfiguration": null}),
            search_type.as_str(),
        ),
    ];
    all_refused("gateways", &changes).await
}

#[tokio::test]
async fn a_target_keeps_what_is_set_once() -> anyhow::Result<()> {
    let name = set_once("name");
    let gateway_ref = set_once("gatewayRef");
    let gateway_identifier = set_once("gatewayIdentifier");
    let changes = [
        ("a target's name changed", samples::mcp_server_target(), json!({"name": "other"}), name.as_str()),
        ("a target's name removed", samples::mcp_server_target(), json!({"name": null}), name.as_str()),
        (
            "another gateway",
            samples::mcp_server_target(),
            json!({"gatewayRef": {"name": "other"}}),
            gateway_ref.as_str(),
        ),
        (
            "a gateway of another namespace",
            samples::mcp_server_target(),
            json!({"gatewayRef": {"namespace": "other"}}),
            gateway_ref.as_str(),
        ),
        (
            "from a reference to an identifier",
            samples::mcp_server_target(),
            json!({"gatewayRef": null, "gatewayIdentifier": "agents-abcde12345"}),
            gateway_ref.as_str(),
        ),
        (
            "from an identifier to a reference",
            samples::small_target(),
            json!({"gatewayIdentifier": null, "gatewayRef": {"name": "agents"}}),
            gateway_identifier.as_str(),
        ),
        (
            "another identifier",
            samples::small_target(),
            json!({"gatewayIdentifier": "others-abcde12345"}),
            gateway_identifier.as_str(),
        ),
    ];
    all_refused("targets", &changes).await
}

#[tokio::test]
async fn lattice_objects_keep_what_aws_cannot_change() -> anyhow::Result<()> {
    let name = set_once("name");
    let changes = [
        ("a resource gateway's name changed", samples::resource_gateway(), json!({"name": "other"}), name.as_str()),
        (
            "security groups emptied",
            samples::resource_gateway(),
            json!({"securityGroupIds": []}),
            "spec.securityGroupIds: Forbidden: securityGroupIds cannot be emptied again, because AWS has no call for that; name the groups that should apply",
        ),
        (
            "security groups removed",
            samples::resource_gateway(),
            json!({"securityGroupIds": null}),
            "spec.securityGroupIds: Forbidden: securityGroupIds cannot be emptied again, because AWS has no call for that; name the groups that should apply",
        ),
        (
            "a resource configuration's name removed",
            samples::resource_configuration(),
            json!({"name": null}),
            name.as_str(),
        ),
    ];
    all_refused("lattice", &changes).await
}

#[tokio::test]
async fn what_is_taken_over_stays_the_one() -> anyhow::Result<()> {
    let said = "adopt names one object and cannot name another one";
    let adopting = |adopt: Value| samples::patched(samples::small_gateway(), &json!({"spec": {"adopt": adopt}}));
    let changes = [
        ("another id", adopting(json!({"id": "a-abcde12345"})), json!({"adopt": {"id": "b-abcde12345"}}), said),
        ("another name", adopting(json!({"name": "a"})), json!({"adopt": {"name": "b"}}), said),
        (
            "a name for an id",
            adopting(json!({"id": "a-abcde12345"})),
            json!({"adopt": {"id": null, "name": "b"}}),
            said,
        ),
    ];
    all_refused("gateways", &changes).await
}
