//! The writes: a target is made, corrected, released or deleted. Each holds for what was looked at only, never for what came in between.

use std::collections::HashSet;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::OwnerReference;
use kube::{
    Api, ResourceExt,
    api::{DeleteParams, Patch, PatchParams, PostParams, Preconditions},
};
use serde_json::Value;

use super::{ACTION, Discovery, memory::Written, picture::Place};
use crate::{
    api::GatewayTarget,
    cluster::{
        MANAGER,
        foreign::{HttpRoute, Ingress, Service},
    },
    plan::Reason,
    workload::{
        discovery::{Address, Note, place::Step, target},
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
        let cluster = &self.world.cluster;
        let Address { namespace, name } = &place.address;
        let found = match target::kind_of(owner) {
            Some(Kind::Service) => cluster.metadata::<Service>(namespace, name).await,
            Some(Kind::Ingress) => cluster.metadata::<Ingress>(namespace, name).await,
            Some(Kind::HttpRoute) => cluster.metadata::<HttpRoute>(namespace, name).await,
            None => return Ok(None),
        };
        match found {
            Ok(Some(found)) if found.uid.as_ref() == Some(&owner.uid) && found.deletion_timestamp.is_none() => {
                Err(Failed(None))
            }
            Ok(_) => self.delete(place, target, None).await,
            Err(fault) => {
                tracing::warn!(kind = KIND, namespace, name, %fault, "whether a target's object is gone could not be told");
                Err(Failed(None))
            }
        }
    }

    /// Deletes what lost its claim, if it is still what was looked at: its user may be releasing it just now.
    async fn let_go(&mut self, place: &Place, target: &GatewayTarget) -> Result<Option<Written>, Failed> {
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
