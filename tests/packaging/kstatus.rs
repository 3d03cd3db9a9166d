//! What kstatus says of an object: Flux, Helm 4 and `kpt` wait by its rules.
//!
//! A port of `pkg/kstatus/status/generic.go` and `status.go` of sigs.k8s.io/cli-utils (commit 5895ad6c, Apache-2.0, The Kubernetes
//! Authors), rule for rule and in its order. The rules for Kubernetes' own kinds (`core.go`) are left out: ours are none of them.

use serde_json::Value;

/// What kstatus makes of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    /// Something is still under way.
    InProgress,
    /// Nothing will move until somebody acts: whoever waits gives up.
    Failed,
    /// The object is as its spec asks.
    Current,
    /// The object is being deleted.
    Terminating,
}

/// What kstatus says of an object, and its words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// The word that tools act on.
    pub(crate) status: Status,
    /// What a person reads.
    pub(crate) message: String,
    /// The condition that kstatus would add to the object, as type and reason.
    pub(crate) condition: Option<(&'static str, String)>,
}

/// What kstatus says of an object; an error when it could not read it, which tools show as Unknown.
pub(crate) fn compute(object: &Value) -> anyhow::Result<Verdict> {
    if let Some(verdict) = generic(object)? {
        return Ok(verdict);
    }
    if let Some(verdict) = by_ready(&conditions(object)?) {
        return Ok(verdict);
    }
    Ok(Verdict { status: Status::Current, message: "Resource is current".to_owned(), condition: None })
}

/// `checkGenericProperties`: deletion, then the generation, then the first of Reconciling and Stalled that is True.
fn generic(object: &Value) -> anyhow::Result<Option<Verdict>> {
    if nested(object, &["metadata", "deletionTimestamp"], text)?.is_some_and(|at| !at.is_empty()) {
        let message = "Resource scheduled for deletion".to_owned();
        return Ok(Some(Verdict { status: Status::Terminating, message, condition: None }));
    }
    if let Some(verdict) = by_generation(object)? {
        return Ok(Some(verdict));
    }
    let found = conditions(object)?.into_iter().find(|condition| {
        condition.status == "True" && (condition.type_ == "Reconciling" || condition.type_ == "Stalled")
    });
    Ok(found.map(|condition| match condition.type_.as_str() {
        "Reconciling" => in_progress(condition.reason, condition.message),
        _ => Verdict {
            status: Status::Failed,
            message: condition.message,
            condition: Some(("Stalled", condition.reason)),
        },
    }))
}

/// `checkGeneration`: without `observedGeneration` there is nothing to check.
fn by_generation(object: &Value) -> anyhow::Result<Option<Verdict>> {
    let Some(generation) = nested(object, &["metadata", "generation"], Value::as_i64)? else { return Ok(None) };
    let Some(observed) = nested(object, &["status", "observedGeneration"], Value::as_i64)? else { return Ok(None) };
    if observed == generation {
        return Ok(None);
    }
    let kind = object["kind"].as_str().unwrap_or_default();
    let message = format!("{kind} generation is {generation}, but latest observed generation is {observed}");
    Ok(Some(in_progress("LatestGenerationNotObserved".to_owned(), message)))
}

/// `checkReadyCondition`. A Ready that is False is never a failure.
fn by_ready(conditions: &[Condition]) -> Option<Verdict> {
    let known = |condition: &&Condition| ["True", "False", "Unknown"].contains(&condition.status.as_str());
    let ready = conditions.iter().filter(|condition| condition.type_ == "Ready").find(known)?;
    Some(match ready.status.as_str() {
        "True" => Verdict { status: Status::Current, message: "Resource is Ready".to_owned(), condition: None },
        _ => in_progress(ready.reason.clone(), ready.message.clone()),
    })
}

fn in_progress(reason: String, message: String) -> Verdict {
    Verdict { status: Status::InProgress, message, condition: Some(("Reconciling", reason)) }
}

/// `BasicCondition`.
struct Condition {
    type_: String,
    status: String,
    reason: String,
    message: String,
}

/// `GetObjectWithConditions`: members of another type are an error, and null is as good as none.
fn conditions(object: &Value) -> anyhow::Result<Vec<Condition>> {
    let list = &object["status"]["conditions"];
    if list.is_null() {
        return Ok(Vec::new());
    }
    let list = list.as_array().ok_or_else(|| anyhow::anyhow!("the conditions are no list: {list}"))?;
    let of = |condition: &Value| {
        anyhow::ensure!(condition.is_object(), "a condition is no object: {condition}");
        let member = |name: &str| {
            let member = &condition[name];
            let text = if member.is_null() { Some(String::new()) } else { text(member) };
            text.ok_or_else(|| anyhow::anyhow!("{name} is {member}"))
        };
        Ok(Condition {
            type_: member("type")?,
            status: member("status")?,
            reason: member("reason")?,
            message: member("message")?,
        })
    };
    list.iter().map(of).collect()
}

/// `unstructured.Nested*`: nothing when it is not there, an error when it is something else.
fn nested<'a, T>(
    object: &'a Value,
    path: &[&str],
    read: impl FnOnce(&'a Value) -> Option<T>,
) -> anyhow::Result<Option<T>> {
    let mut found = object;
    for member in path {
        if found.is_null() {
            return Ok(None);
        }
        let members = found.as_object().ok_or_else(|| anyhow::anyhow!("{found} has no {}", path.join(".")))?;
        match members.get(*member) {
            Some(next) => found = next,
            None => return Ok(None),
        }
    }
    read(found).map(Some).ok_or_else(|| anyhow::anyhow!("{} is {found}", path.join(".")))
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(generation: i64, status: &Value) -> Value {
        json!({
            "apiVersion": "something/v1",
            "kind": "MyCR",
            "metadata": {"name": "test", "namespace": "qual", "generation": generation},
            "status": status,
        })
    }

    fn said(object: &Value) -> (Status, Option<(&'static str, String)>) {
        let verdict = compute(object).unwrap();
        (verdict.status, verdict.condition)
    }

    /// The cases of `TestCRDGenericStatus` in `status_compute_test.go`, by their names.
    #[test]
    fn the_cases_of_kstatus_itself() {
        let mut no_status = object(1, &Value::Null);
        no_status.as_object_mut().unwrap().remove("status");
        let condition =
            |type_: &str, status: &str, reason: &str| json!({"type": type_, "status": status, "reason": reason});
        let reconciling = |reason: &str| Some(("Reconciling", reason.to_owned()));
        let rows = [
            ("crdNoStatus", no_status, Status::Current, None),
            (
                "crdReady",
                object(1, &json!({"conditions": [condition("Ready", "True", "AllOk")]})),
                Status::Current,
                None,
            ),
            (
                "crdNotReady",
                object(
                    1,
                    &json!({"observedGeneration": 1, "conditions": [condition("Ready", "False", "NotReadyYet")]}),
                ),
                Status::InProgress,
                reconciling("NotReadyYet"),
            ),
            (
                "crdNoCondition",
                object(1, &json!({"conditions": [{"type": "SomeCondition", "status": "False"}]})),
                Status::Current,
                None,
            ),
            (
                "crdMismatchStatusGeneration",
                object(2, &json!({"observedGeneration": 1})),
                Status::InProgress,
                reconciling("LatestGenerationNotObserved"),
            ),
        ];
        for (name, object, status, condition) in rows {
            assert_eq!(said(&object), (status, condition), "{name}");
        }
    }

    /// The rules of `generic.go` that its tests leave open: which of them comes first.
    #[test]
    fn the_order_of_the_rules() {
        let conditions = |types: &[&str]| -> Value {
            types.iter().map(|type_| json!({"type": type_, "status": "True", "message": type_})).collect()
        };
        let with = |observed: i64, types: &[&str]| {
            object(2, &json!({"observedGeneration": observed, "conditions": conditions(types)}))
        };
        let mut deleted = with(1, &["Stalled"]);
        deleted["metadata"]["deletionTimestamp"] = json!("2026-01-01T00:00:00Z");
        assert_eq!(said(&deleted), (Status::Terminating, None), "deletion before all else");
        assert_eq!(said(&with(1, &["Stalled"])).0, Status::InProgress, "the generation before conditions");
        assert_eq!(said(&with(2, &["Ready", "Stalled", "Reconciling"])).0, Status::Failed, "the first in the list");
        assert_eq!(said(&with(2, &["Ready", "Reconciling", "Stalled"])).0, Status::InProgress, "the first in the list");
        assert_eq!(said(&with(2, &["Ready"])), (Status::Current, None));
        let message = compute(&with(2, &["Stalled"])).unwrap().message;
        assert_eq!(message, "Stalled", "the condition's own words");
        let unknown = object(1, &json!({"conditions": [{"type": "Ready", "status": "Unknown", "reason": "New"}]}));
        assert_eq!(said(&unknown), (Status::InProgress, Some(("Reconciling", "New".to_owned()))));
        let odd = object(1, &json!({"conditions": [{"type": "Ready", "status": "Perhaps"}]}));
        assert_eq!(said(&odd).0, Status::Current, "another word is as good as none");
    }

    #[test]
    fn what_cannot_be_read_is_an_error() {
        for status in [
            json!({"observedGeneration": "1"}),
            json!({"conditions": {"Ready": true}}),
            json!({"conditions": [{"type": "Ready", "status": true}]}),
        ] {
            assert!(compute(&object(1, &status)).is_err(), "{status}");
        }
    }
}
