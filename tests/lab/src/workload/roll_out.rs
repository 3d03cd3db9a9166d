//! What the controllers of workloads write into status while they roll out.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::NODES;

/// A kind of workload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WorkloadKind {
    /// Exchanges pods that are all alike; new ones come before old ones go.
    Deployment,
    /// Exchanges pods one by one, the last one first; an old one goes before its successor comes.
    StatefulSet,
    /// Exchanges one pod on each node.
    DaemonSet,
}

impl WorkloadKind {
    /// The kind as a manifest spells it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            WorkloadKind::Deployment => "Deployment",
            WorkloadKind::StatefulSet => "StatefulSet",
            WorkloadKind::DaemonSet => "DaemonSet",
        }
    }

    pub(super) fn full(self) -> String {
        format!("apps/v1/{}", self.name())
    }
}

/// The steps of a roll-out, in their order, once the controller has seen the new generation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RollOut {
    /// The first new pod is there.
    Progressing,
    /// All new pods are there, and one old pod is left. With a `StatefulSet` or a `DaemonSet` that is one pod of all.
    OldPodsLeaving,
    /// All old pods are gone; one new pod is not available yet.
    NotYetAvailable,
    /// All pods are new and available.
    Complete,
}

/// Status of a workload at a step, for the generation and the pod template of `object`, as a patch of what it was.
pub(super) fn status(kind: WorkloadKind, object: &Value, step: RollOut, now: &str) -> Value {
    match kind {
        WorkloadKind::Deployment => deployment(object, step, now),
        WorkloadKind::StatefulSet => stateful_set(object, step),
        WorkloadKind::DaemonSet => daemon_set(object, step),
    }
}

fn deployment(object: &Value, step: RollOut, now: &str) -> Value {
    let wanted = replicas(object);
    let (all, updated, available) = match step {
        RollOut::Progressing => (wanted + 1, wanted.min(1), wanted),
        RollOut::OldPodsLeaving => (wanted + 1, wanted, wanted),
        RollOut::NotYetAvailable => (wanted, wanted, wanted.saturating_sub(1)),
        RollOut::Complete => (wanted, wanted, wanted),
    };
    let progress = if step == RollOut::Complete { "NewReplicaSetAvailable" } else { "ReplicaSetUpdated" };
    json!({
        "observedGeneration": object["metadata"]["generation"],
        "replicas": all,
        "updatedReplicas": updated,
        "readyReplicas": available,
        "availableReplicas": available,
        "unavailableReplicas": all - available,
        "conditions": [
            condition("Available", "MinimumReplicasAvailable", now),
            condition("Progressing", progress, now),
        ],
    })
}

fn stateful_set(object: &Value, step: RollOut) -> Value {
    let wanted = replicas(object);
    let (updated, available) = match step {
        RollOut::Progressing => (wanted.min(1), wanted.saturating_sub(1)),
        RollOut::OldPodsLeaving => (wanted.saturating_sub(1), wanted),
        RollOut::NotYetAvailable => (wanted, wanted.saturating_sub(1)),
        RollOut::Complete => (wanted, wanted),
    };
    let revision = revision(object);
    let current = match object["status"]["currentRevision"].as_str() {
        Some(current) if step != RollOut::Complete => current.to_owned(),
        _ => revision.clone(),
    };
    let of_the_current = if current == revision { wanted } else { wanted - updated };
    json!({
        "observedGeneration": object["metadata"]["generation"],
        "replicas": wanted,
        "readyReplicas": available,
        "availableReplicas": available,
        "updatedReplicas": updated,
        "currentReplicas": of_the_current,
        "currentRevision": current,
        "updateRevision": revision,
        "collisionCount": 0,
    })
}

fn daemon_set(object: &Value, step: RollOut) -> Value {
    let wanted = object["status"]["desiredNumberScheduled"].as_u64().filter(|number| *number > 0).unwrap_or(NODES);
    let (updated, available) = match step {
        RollOut::Progressing => (1, wanted - 1),
        RollOut::OldPodsLeaving => (wanted - 1, wanted),
        RollOut::NotYetAvailable => (wanted, wanted - 1),
        RollOut::Complete => (wanted, wanted),
    };
    json!({
        "observedGeneration": object["metadata"]["generation"],
        "desiredNumberScheduled": wanted,
        "currentNumberScheduled": wanted,
        "numberMisscheduled": 0,
        "updatedNumberScheduled": updated,
        "numberReady": available,
        "numberAvailable": available,
        "numberUnavailable": wanted - available,
    })
}

fn replicas(object: &Value) -> u64 {
    object["spec"]["replicas"].as_u64().unwrap_or(1)
}

/// The name of the revision that holds a `StatefulSet`'s pod template.
fn revision(object: &Value) -> String {
    let digest = Sha256::digest(object["spec"]["template"].to_string());
    let hash = u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]]);
    format!("{}-{hash:08x}", object["metadata"]["name"].as_str().unwrap_or_default())
}

fn condition(kind: &str, reason: &str, now: &str) -> Value {
    json!({"type": kind, "status": "True", "reason": reason, "message": reason, "lastUpdateTime": now, "lastTransitionTime": now})
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEPS: [RollOut; 4] =
        [RollOut::Progressing, RollOut::OldPodsLeaving, RollOut::NotYetAvailable, RollOut::Complete];

    fn object(image: &str) -> Value {
        let template = json!({"spec": {"containers": [{"image": image}]}});
        json!({"metadata": {"name": "x", "generation": 7}, "spec": {"replicas": 3, "template": template}, "status": {}})
    }

    fn numbers(kind: WorkloadKind, members: [&str; 3]) -> Vec<[u64; 3]> {
        let of = |step| status(kind, &object("a"), step, "2026-01-01T00:00:00Z");
        STEPS.map(of).iter().map(|status| members.map(|member| status[member].as_u64().unwrap())).collect()
    }

    #[test]
    fn a_deployment_is_complete_at_the_last_step_only() {
        let numbers = numbers(WorkloadKind::Deployment, ["replicas", "updatedReplicas", "availableReplicas"]);
        assert_eq!(numbers, [[4, 1, 3], [4, 3, 3], [3, 3, 2], [3, 3, 3]]);
    }

    #[test]
    fn a_daemon_set_is_complete_at_the_last_step_only() {
        let members = ["desiredNumberScheduled", "updatedNumberScheduled", "numberAvailable"];
        assert_eq!(numbers(WorkloadKind::DaemonSet, members), [[2, 1, 1], [2, 1, 2], [2, 2, 1], [2, 2, 2]]);
    }

    #[test]
    fn a_stateful_set_is_of_two_revisions_until_the_last_step() {
        let mut object = object("a");
        object["status"] = status(WorkloadKind::StatefulSet, &object, RollOut::Complete, "");
        object["spec"]["template"] = json!({"spec": {"containers": [{"image": "b"}]}});
        let mut seen = Vec::new();
        for step in STEPS {
            object["status"] = status(WorkloadKind::StatefulSet, &object, step, "");
            let status = &object["status"];
            let same = status["currentRevision"] == status["updateRevision"];
            seen.push((status["updatedReplicas"].as_u64(), status["currentReplicas"].as_u64(), same));
        }
        let expected = [(1, 2, false), (2, 1, false), (3, 0, false), (3, 3, true)];
        assert_eq!(seen, expected.map(|(updated, current, same)| (Some(updated), Some(current), same)));
    }
}
