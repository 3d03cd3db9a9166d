//! What the ledger of AWS must never show.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use lab::aws::{Aws, Call, ObjectKind};
use serde_json::{Value, json};

/// How often an operation was called and did something.
pub(crate) fn committed(calls: &[Call], operation: &str) -> usize {
    calls.iter().filter(|call| call.operation == operation && call.changed).count()
}

/// Sees that what was created was created once, whatever was repeated, and that a repeated creation carried the same token.
pub(crate) fn created_once(calls: &[Call]) -> anyhow::Result<()> {
    let mut tokens: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for call in calls.iter().filter(|call| call.operation.starts_with("Create")) {
        tokens.entry(&call.operation).or_default().insert(call.input["clientToken"].to_string());
    }
    for (operation, tokens) in tokens {
        let times = committed(calls, operation);
        anyhow::ensure!(times == 1, "{operation} was done {times} times");
        anyhow::ensure!(tokens.len() == 1, "{operation} was called with different tokens: {tokens:?}");
    }
    Ok(())
}

/// Sees that everything created since was deleted, once.
pub(crate) fn deleted_once(calls: &[Call]) -> anyhow::Result<()> {
    for kind in ["Gateway", "GatewayTarget", "ResourceGateway", "ResourceConfiguration"] {
        let (created, deleted) =
            (committed(calls, &format!("Create{kind}")), committed(calls, &format!("Delete{kind}")));
        anyhow::ensure!(created == deleted, "Create{kind} was done {created} times, Delete{kind} {deleted} times");
    }
    Ok(())
}

/// Who uses whom in AWS, and how long each takes to disappear.
pub(crate) struct Family {
    members: Vec<Member>,
}

struct Member {
    id: String,
    name: String,
    uses: Vec<String>,
    lingers: Duration,
}

impl Family {
    /// As AWS tells it now.
    pub(crate) fn of(aws: &Aws) -> Family {
        let takes = &aws.options().provisioning;
        let text = |object: &Value, pointer: &str| object.pointer(pointer).and_then(Value::as_str).map(last_segment);
        let kinds = [
            (ObjectKind::Gateway, "/gatewayId", [None, None], takes.gateway_delete),
            (
                ObjectKind::GatewayTarget,
                "/targetId",
                [
                    Some("/gatewayIdentifier"),
                    Some("/privateEndpoint/selfManagedLatticeResource/resourceConfigurationIdentifier"),
                ],
                takes.target_delete,
            ),
            (ObjectKind::ResourceGateway, "/id", [None, None], takes.resource_gateway_delete),
            (
                ObjectKind::ResourceConfiguration,
                "/id",
                [Some("/resourceGatewayId"), None],
                takes.resource_configuration_delete,
            ),
        ];
        let mut members = Vec::new();
        for (kind, id, uses, lingers) in kinds {
            members.extend(aws.objects(kind).iter().map(|object| Member {
                id: text(object, id).unwrap_or_default(),
                name: format!("{} {}", kind.name(), object["name"]),
                uses: uses.into_iter().flatten().filter_map(|pointer| text(object, pointer)).collect(),
                lingers,
            }));
        }
        Family { members }
    }

    /// Every deletion that was asked for, granted or not, while a user of the object was still there.
    pub(crate) fn disorder(&self, calls: &[Call]) -> Vec<String> {
        let deletions: Vec<_> =
            calls.iter().filter_map(|call| Some((call, last_segment(call.input[deleted(call)?].as_str()?)))).collect();
        let mut disorder = Vec::new();
        for (call, id) in &deletions {
            for user in self.members.iter().filter(|member| member.uses.contains(id)) {
                let left = deletions.iter().find(|(other, of)| other.changed && *of == user.id);
                let gone = left.and_then(|(left, _)| left.at.checked_add(user.lingers).ok());
                if gone.is_none_or(|gone| gone > call.at) {
                    disorder.push(format!(
                        "{} of {id} (call {}) before {} was gone",
                        call.operation, call.index, user.name
                    ));
                }
            }
        }
        disorder
    }
}

/// The member of the input that says what is deleted.
fn deleted(call: &Call) -> Option<&'static str> {
    match call.operation.as_str() {
        "DeleteGateway" => Some("gatewayIdentifier"),
        "DeleteGatewayTarget" => Some("targetId"),
        "DeleteResourceGateway" => Some("resourceGatewayIdentifier"),
        "DeleteResourceConfiguration" => Some("resourceConfigurationIdentifier"),
        _ => None,
    }
}

fn last_segment(identifier: &str) -> String {
    identifier.rsplit('/').next().unwrap_or_default().to_owned()
}

/// Changes that AWS refused, other than the two refusals that everybody meets who deletes: AWS lets go of associations and of a
/// gateway's last target only after a while, and says so in no other way.
pub(crate) fn refused_otherwise(calls: &[Call]) -> Vec<Value> {
    let expected = |call: &Call| {
        let message = call.message.as_deref().unwrap_or_default();
        match call.operation.as_str() {
            "DeleteGateway" => message.contains("has targets associated"),
            "DeleteResourceConfiguration" => message.contains("has existing association"),
            _ => false,
        }
    };
    let refused = calls.iter().filter(|call| call.mutating && call.error.is_some() && !expected(call));
    refused.map(|call| json!({"index": call.index, "operation": call.operation, "message": call.message})).collect()
}
