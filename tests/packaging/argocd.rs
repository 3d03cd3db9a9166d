//! What Argo CD shows of our objects, and what it offers to do with them: the scripts in `deploy/argocd/`.
//!
//! The scripts in `deploy/argocd/lua/` are written by hand; every form in which people install them is made from these.

mod files;
mod installed;
mod lua;

use anyhow::Context;
use serde_json::{Value, json};

use files::script;

/// What Argo CD shows of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Health {
    /// `Healthy`, `Progressing`, `Degraded`, `Suspended`.
    pub(crate) status: String,
    /// What stands beside it.
    pub(crate) message: String,
}

/// What Argo CD shows of an object, with the script that it is given for the object's kind.
pub(crate) fn health(object: &Value) -> anyhow::Result<Health> {
    // `GetResourceHealth` in gitops-engine/pkg/health/health.go: of what is deleted, no script is asked.
    if object["metadata"]["deletionTimestamp"].is_string() {
        return Ok(Health { status: "Progressing".to_owned(), message: "Pending deletion".to_owned() });
    }
    let returned = lua::run(&script(object, "health")?, object)?;
    let text =
        |member: &str| returned[member].as_str().map(str::to_owned).with_context(|| format!("no {member}: {returned}"));
    let health = Health { status: text("status")?, message: text("message")? };
    let known = ["Healthy", "Progressing", "Degraded", "Suspended", "Missing", "Unknown"].contains(&&*health.status);
    anyhow::ensure!(known, "Lua returned an invalid health status: {health:?}");
    Ok(health)
}

/// The actions that Argo CD offers on an object, and whether each can be chosen.
fn offered(object: &Value) -> anyhow::Result<Vec<(String, bool)>> {
    let actions = actions(object)?;
    let discovery = actions["discovery.lua"].as_str().context("no discovery.lua")?;
    let found = lua::run(discovery, object)?;
    let found = found.as_object().context("the discovery is no map")?;
    Ok(found.iter().map(|(name, action)| (name.clone(), action["disabled"] != true)).collect())
}

/// What an action makes of an object: the patch that Argo CD sends.
fn patch(object: &Value, action: &str) -> anyhow::Result<Value> {
    let actions = actions(object)?;
    let definitions = actions["definitions"].as_array().context("no definitions")?;
    let definition = definitions.iter().find(|definition| definition["name"] == action).context("no such action")?;
    let returned = lua::run(definition["action.lua"].as_str().context("no action.lua")?, object)?;
    Ok(difference(object, &cleaned(returned, object)))
}

fn actions(object: &Value) -> anyhow::Result<Value> {
    serde_saphyr::from_str(&script(object, "actions")?).context("the actions are no YAML")
}

/// `cleanReturnedObj`: an empty list that was an empty map is one again.
fn cleaned(new: Value, old: &Value) -> Value {
    match (new, old) {
        (Value::Array(items), Value::Object(_)) if items.is_empty() => json!({}),
        (Value::Array(items), Value::Array(old)) => {
            let item = |(index, item)| match old.get(index) {
                Some(old) => cleaned(item, old),
                None => item,
            };
            items.into_iter().enumerate().map(item).collect()
        }
        (Value::Object(members), Value::Object(old)) => {
            let member = |(name, member): (String, Value)| {
                let member = match old.get(&name) {
                    Some(old) => cleaned(member, old),
                    None => member,
                };
                (name, member)
            };
            Value::Object(members.into_iter().map(member).collect())
        }
        (new, _) => new,
    }
}

/// The merge patch (RFC 7386) that makes `new` of `old`.
fn difference(old: &Value, new: &Value) -> Value {
    let (Value::Object(old), Value::Object(new)) = (old, new) else { return new.clone() };
    let gone = old.keys().filter(|name| !new.contains_key(*name)).map(|name| (name.clone(), Value::Null));
    let changed = new.iter().filter(|(name, member)| old.get(*name) != Some(member)).map(|(name, member)| {
        (name.clone(), old.get(name).map_or_else(|| member.clone(), |old| difference(old, member)))
    });
    Value::Object(gone.chain(changed).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(suspend: Option<bool>) -> Value {
        let mut object = json!({
            "apiVersion": "tools.agentcore.dev/v1alpha1",
            "kind": "Gateway",
            "metadata": {"name": "agents", "generation": 3, "labels": {}},
            "spec": {"roleArn": "arn:aws:iam::111122223333:role/r", "tags": {}},
            "status": {"observedGeneration": 3},
        });
        if let Some(suspend) = suspend {
            object["spec"]["suspend"] = json!(suspend);
        }
        object
    }

    #[test]
    fn what_can_be_done_depends_on_whether_it_is_suspended() -> anyhow::Result<()> {
        for (suspend, enabled) in [(None, true), (Some(false), true), (Some(true), false)] {
            let mut offered = offered(&object(suspend))?;
            offered.sort();
            let expected = [("reconcile", enabled), ("resume", !enabled), ("suspend", enabled)];
            assert_eq!(offered, expected.map(|(name, enabled)| (name.to_owned(), enabled)), "suspend: {suspend:?}");
        }
        Ok(())
    }

    #[test]
    fn an_action_changes_what_it_says_and_nothing_else() -> anyhow::Result<()> {
        assert_eq!(patch(&object(None), "suspend")?, json!({"spec": {"suspend": true}}));
        assert_eq!(patch(&object(Some(true)), "resume")?, json!({"spec": {"suspend": null}}));
        let before = jiff::Timestamp::now().as_second();
        let asked = patch(&object(None), "reconcile")?;
        let annotations = asked["metadata"]["annotations"].as_object().context("no annotations")?;
        let at = annotations["tools.agentcore.dev/reconcile-requested-at"].as_str().context("no time")?;
        let at = at.parse::<jiff::Timestamp>()?.as_second();
        assert!((before..before + 60).contains(&at), "{asked}");
        assert_eq!(asked, json!({"metadata": {"annotations": annotations}}));
        assert_eq!(annotations.len(), 1);
        let mut annotated = object(None);
        annotated["metadata"]["annotations"] = json!({"a": "b"});
        let asked = patch(&annotated, "reconcile")?;
        assert_eq!(asked["metadata"]["annotations"].as_object().map(serde_json::Map::len), Some(1), "{asked}");
        Ok(())
    }

    #[test]
    fn an_object_without_status_is_progressing_and_says_why() -> anyhow::Result<()> {
        let mut object = object(None);
        object["status"] = json!({"observedGeneration": -1});
        assert_eq!(health(&object)?.status, "Progressing");
        assert_eq!(health(&object)?.message, "Waiting for the operator to look at it");
        object.as_object_mut().map(|object| object.remove("status"));
        assert_eq!(health(&object)?.status, "Progressing");
        object.as_object_mut().map(|object| object.remove("spec"));
        assert_eq!(health(&object)?.status, "Progressing", "an object that is not valid is no error");
        Ok(())
    }
}
