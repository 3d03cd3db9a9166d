//! The writes: a target is made, corrected, released or deleted. Each holds for what was looked at only, never for what came in between.

use std::collections::{BTreeMap, HashSet};

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, OwnerReference};
use kube::{
    Api, Resource, ResourceExt,
    api::{DeleteParams, Patch, PatchParams, PostParams, Preconditions},
};
use serde_json::Value;

use super::{
    ACTION, Discovery,
    memory::Written,
    picture::{Place, reference},
};
use crate::{
    api::{Gateway, GatewayTarget},
    aws::Fault,
    cluster::{
        MANAGER, View,
        foreign::{HttpRoute, Ingress, Service},
    },
    plan::Reason,
    workload::{
        discovery::{
            Address, Note,
            place::{Claimant, Step},
            target,
        },
        source::Kind,
    },
};

/// What lines about a place are about.
const KIND: &str = "GatewayTarget";

/// Something could not be done and is tried again. The note is for the object's owner, where he can mend it.
struct Failed(Option<Note>);

impl Discovery {
    /// Does what is to be done at a place. `going` are the targets without a claim that may go.
    pub(super) async fn step(&mut self, place: &Place, going: &HashSet<String>) {
        let done = match (&place.decision.step, place.target()) {
            (Step::Make(target, owner), _) => self.make(place, target, owner).await,
            (Step::Correct(patch) | Step::Release(patch), Some(target)) => self.patch(place, target, patch).await,
            (Step::Delete(owner), Some(target)) => self.follow(place, target, owner).await,
            (Step::LetGo, Some(target)) if going.contains(&target.uid().unwrap_or_default()) => {
                self.let_go(place, target).await
            }
            (Step::Rest | Step::LetGo | Step::Correct(_) | Step::Release(_) | Step::Delete(_), _) => Ok(None),
        };
        match done {
            Ok(Some(written)) => self.memory.wrote(&place.address, written),
            Ok(None) => {}
            Err(Failed(note)) => self.memory.failed(&place.address, note, &self.world.settings),
        }
    }

    /// Makes a target where none was: created and not applied, because one that somebody else makes in this moment must not be touched.
    async fn make(&self, place: &Place, target: &GatewayTarget, owner: &str) -> Result<Option<Written>, Failed> {
        let parameters = PostParams { field_manager: Some(MANAGER.to_owned()), ..PostParams::default() };
        let made = self.api(place).create(&parameters, target).await;
        let made = made.map_err(|error| failed(&place.address, "made", &error))?;
        self.tell_object(
            place,
            owner,
            Reason::Creating,
            &format!("GatewayTarget {} was made for this object and is kept for it", place.address.name),
        )
        .await;
        Ok(Some(Written::Version(made.resource_version())))
    }

    async fn patch(&self, place: &Place, target: &GatewayTarget, patch: &Value) -> Result<Option<Written>, Failed> {
        let parameters = PatchParams { field_manager: Some(MANAGER.to_owned()), ..PatchParams::default() };
        let written = self.api(place).patch_metadata(&target.name_any(), &parameters, &Patch::Merge(patch)).await;
        match written {
            Ok(written) => Ok(Some(Written::Version(written.resource_version()))),
            Err(kube::Error::Api(answer)) if answer.is_not_found() => Ok(None),
            Err(error) => Err(failed(&place.address, "corrected", &error)),
        }
    }

    /// Deletes the target of an object that is gone, or goes. That is asked once more: a copy that does not have it may be old, and what is
    /// deleted cannot be had back.
    async fn follow(
        &self,
        place: &Place,
        target: &GatewayTarget,
        owner: &OwnerReference,
    ) -> Result<Option<Written>, Failed> {
        let Some(kind) = target::kind_of(owner) else { return Ok(None) };
        let found = self.object(kind, &place.address).await;
        match found {
            Ok(Some(found)) if found.uid.as_ref() == Some(&owner.uid) && found.deletion_timestamp.is_none() => {
                Err(Failed(None))
            }
            Ok(_) => self.delete(place, target, None).await,
            Err(fault) => Err(untold(&place.address, &fault)),
        }
    }

    /// Deletes what lost its claim, if it is still what was looked at: its user may be releasing it just now. What it lost its claim by is
    /// read once more, too.
    async fn let_go(&mut self, place: &Place, target: &GatewayTarget) -> Result<Option<Written>, Failed> {
        if !self.is_judged_as_it_is(place).await.map_err(|fault| untold(&place.address, &fault))? {
            return Err(Failed(None));
        }
        let written = self.delete(place, target, target.resource_version()).await?;
        if let Some(kept) = &place.decision.kept {
            self.memory.let_go(&kept.gateway, &kept.uid);
        }
        if let Some(object) = place.holder() {
            let note = format!(
                "GatewayTarget {} is deleted: this object asks for none any more, or for another one, or may not have it any more",
                place.address.name
            );
            self.tell_object(place, object, Reason::Deleting, &note).await;
        }
        Ok(written)
    }

    /// Whether the object, its namespace and the Gateway are what the claim was judged by. Each is told by a watch of its own, of which one
    /// may have been silent for minutes while the others went on.
    async fn is_judged_as_it_is(&self, place: &Place) -> Result<bool, Fault> {
        let cluster = &self.world.cluster;
        let claimant = place.claimants.iter().find(|claimant| Some(claimant.object.uid()) == place.holder());
        let (Some(Claimant { object, .. }), Some(kept)) = (claimant, &place.decision.kept) else { return Ok(false) };
        let Address { namespace, name } = &kept.gateway;
        let gateway = cluster.stores().gateways.get(&reference::<Gateway>(&kept.gateway));
        Ok(Judged::by(Some(&object.metadata)) == Judged::by(self.object(object.kind, &place.address).await?.as_ref())
            && Judged::by(gateway.as_ref().map(|guard| guard.meta()))
                == Judged::by(cluster.metadata::<Gateway>(namespace, name).await?.as_ref())
            && Judged::by(cluster.namespace(object.namespace(), View::Watched).await?.as_ref())
                == Judged::by(cluster.namespace(object.namespace(), View::Live).await?.as_ref()))
    }

    /// The metadata of an object that may ask for a target, live.
    async fn object(&self, kind: Kind, address: &Address) -> Result<Option<ObjectMeta>, Fault> {
        let (cluster, Address { namespace, name }) = (&self.world.cluster, address);
        match kind {
            Kind::Service => cluster.metadata::<Service>(namespace, name).await,
            Kind::Ingress => cluster.metadata::<Ingress>(namespace, name).await,
            Kind::HttpRoute => cluster.metadata::<HttpRoute>(namespace, name).await,
        }
    }

    async fn delete(
        &self,
        place: &Place,
        target: &GatewayTarget,
        version: Option<String>,
    ) -> Result<Option<Written>, Failed> {
        let preconditions = Preconditions { uid: target.uid(), resource_version: version };
        let parameters = DeleteParams { preconditions: Some(preconditions), ..DeleteParams::default() };
        match self.api(place).delete(&target.name_any(), &parameters).await {
            Ok(_) => Ok(Some(Written::Deleted(target.uid().unwrap_or_default()))),
            Err(kube::Error::Api(answer)) if answer.is_not_found() => Ok(None),
            Err(error) => Err(failed(&place.address, "deleted", &error)),
        }
    }

    async fn tell_object(&self, place: &Place, uid: &str, reason: Reason, note: &str) {
        let object = place.claimants.iter().map(|claimant| &claimant.object).find(|object| object.uid() == uid);
        if let Some(object) = object {
            self.world.cluster.tell_news(&object.as_regarded(), false, reason, ACTION, note).await;
        }
    }

    fn api(&self, place: &Place) -> Api<GatewayTarget> {
        Api::namespaced(self.world.cluster.client().clone(), &place.address.namespace)
    }
}

/// What of an object's metadata a claim is judged by. Not its version: status moves that, too, and says nothing of claims.
#[derive(Debug, PartialEq)]
struct Judged<'object> {
    uid: Option<&'object str>,
    generation: Option<i64>,
    is_going: bool,
    labels: Option<&'object BTreeMap<String, String>>,
    annotations: Option<&'object BTreeMap<String, String>>,
}

impl<'object> Judged<'object> {
    fn by(metadata: Option<&'object ObjectMeta>) -> Option<Self> {
        metadata.map(|metadata| Self {
            uid: metadata.uid.as_deref(),
            generation: metadata.generation,
            is_going: metadata.deletion_timestamp.is_some(),
            labels: metadata.labels.as_ref(),
            annotations: metadata.annotations.as_ref(),
        })
    }
}

fn untold(place: &Address, fault: &Fault) -> Failed {
    let Address { namespace, name } = place;
    tracing::warn!(kind = KIND, namespace, name, %fault, "whether a target's object asks for it could not be told");
    Failed(None)
}

/// What came in between is seen in a moment; what the API server finds wrong with the target is told; all else is logged.
fn failed(place: &Address, done: &str, error: &kube::Error) -> Failed {
    const UNPROCESSABLE: u16 = 422;
    let Address { namespace, name } = place;
    if let kube::Error::Api(answer) = error {
        if answer.is_conflict() || answer.is_already_exists() {
            return Failed(None);
        }
        if answer.code == UNPROCESSABLE {
            let sentence = format!(
                "The API server does not take the GatewayTarget as the annotations of this object want it: {}",
                answer.message
            );
            return Failed(Some(Note::new(Reason::Invalid, sentence)));
        }
    }
    tracing::warn!(kind = KIND, namespace, name, %error, "a target could not be {done}");
    Failed(None)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::telemetry::heard::Heard;

    #[test]
    fn a_copy_that_is_behind_is_no_ground_for_a_deletion() {
        let metadata = |value: Value| serde_json::from_value::<ObjectMeta>(value).unwrap();
        let copy = metadata(json!({"uid": "a", "resourceVersion": "1", "generation": 1, "labels": {"a": "b"}}));
        let is_same = |live: Value| Judged::by(Some(&copy)) == Judged::by(Some(&metadata(live)));
        // A status that moved says nothing of claims.
        assert!(is_same(json!({"uid": "a", "resourceVersion": "9", "generation": 1, "labels": {"a": "b"}})));
        for live in [
            json!({"uid": "a", "generation": 1, "labels": {"a": "b"}, "annotations": {"tools.agentcore.dev/gateway": "g"}}),
            json!({"uid": "a", "generation": 2, "labels": {"a": "b"}}),
            json!({"uid": "a", "generation": 1, "labels": {}}),
            json!({"uid": "b", "generation": 1, "labels": {"a": "b"}}),
            json!({"uid": "a", "generation": 1, "labels": {"a": "b"}, "deletionTimestamp": "2026-01-01T00:00:00Z"}),
        ] {
            assert!(!is_same(live.clone()), "{live}");
        }
        assert!(Judged::by(Some(&copy)) != Judged::by(None));
    }

    #[test]
    fn what_fails_is_told_of_the_target_by_kind_namespace_and_name() {
        let heard = Heard::begin();
        let answer = kube::core::Status::failure("no", "Forbidden").with_code(403).boxed();
        let Failed(note) = failed(&Address::new("team-a", "items"), "made", &kube::Error::Api(answer));
        assert!(note.is_none());
        let lines = heard.lines();
        assert_eq!(lines.len(), 1, "{lines:?}");
        let expected = [
            ("kind", "GatewayTarget"),
            ("namespace", "team-a"),
            ("name", "items"),
            ("msg", "a target could not be made"),
        ];
        for (member, value) in expected {
            assert_eq!(lines[0][member], json!(value), "{}", lines[0]);
        }
    }
}
