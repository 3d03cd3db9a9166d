//! Our finalizer on an object: added before anything is made for it, taken away when nothing is left.
//!
//! kube's helper does that by the object's name. A watched copy may be a moment old: it may show an object that is gone by now, and whose
//! name another one has. Whoever takes a finalizer away by name then takes it from the other, which will be gone one day without anybody
//! having looked after what was made for it. So here it is taken from the object with this uid, and from no other.

use std::{error::Error as StdError, fmt::Debug, sync::Arc};

use json_patch::{Patch as Operations, PatchOperation, RemoveOperation, TestOperation, jsonptr::PointerBuf};
use kube::{
    Api, Resource, ResourceExt,
    api::{Patch, PatchParams},
    runtime::{
        controller::Action,
        finalizer::{Error, Event, finalizer},
    },
};
use serde::{Serialize, de::DeserializeOwned};

use crate::api::FINALIZER;

/// Does the work with the finalizer in place, and takes it away when the work of a deleted object is done.
///
/// # Errors
///
/// What the work says, or a finalizer that could not be written.
pub(super) async fn hold<K, Work, Hold>(
    api: &Api<K>,
    object: Arc<K>,
    work: impl FnOnce(Event<K>) -> Work,
) -> Result<Action, Error<Hold>>
where
    K: Resource + Clone + DeserializeOwned + Serialize + Debug,
    Work: Future<Output = Result<Action, Hold>>,
    Hold: StdError + 'static,
{
    let place = object.finalizers().iter().position(|one| one == FINALIZER);
    let Some(place) = place.filter(|_| object.meta().deletion_timestamp.is_some()) else {
        // Added to another one of this name it does no harm: that one is ours, too.
        return finalizer(api, FINALIZER, object, work).await;
    };
    let (name, uid) = (object.name_any(), object.uid().unwrap_or_default());
    let action = work(Event::Cleanup(object)).await.map_err(Error::CleanupFailed)?;
    let removal = Patch::Json::<()>(removal(&uid, place));
    api.patch(&name, &PatchParams::default(), &removal).await.map_err(Error::RemoveFinalizer)?;
    Ok(action)
}

/// Takes our finalizer from its place, where it is there and the object is this one.
fn removal(uid: &str, place: usize) -> Operations {
    let place = PointerBuf::from_tokens(["metadata", "finalizers", &place.to_string()]);
    let test = |path: PointerBuf, value: &str| PatchOperation::Test(TestOperation { path, value: value.into() });
    Operations(vec![
        test(PointerBuf::from_tokens(["metadata", "uid"]), uid),
        test(place.clone(), FINALIZER),
        PatchOperation::Remove(RemoveOperation { path: place }),
    ])
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn it_is_taken_from_this_very_object() {
        let expected = json!([
            {"op": "test", "path": "/metadata/uid", "value": "one"},
            {"op": "test", "path": "/metadata/finalizers/1", "value": "tools.agentcore.dev/finalizer"},
            {"op": "remove", "path": "/metadata/finalizers/1"},
        ]);
        assert_eq!(serde_json::to_value(removal("one", 1)).unwrap(), expected);
        let object = |uid: &str, finalizers: [&str; 2]| json!({"metadata": {"uid": uid, "finalizers": finalizers}});
        let others = "example.com/other";
        let mut own = object("one", [others, FINALIZER]);
        assert!(json_patch::patch(&mut own, &removal("one", 1)).is_ok());
        assert_eq!(own, json!({"metadata": {"uid": "one", "finalizers": [others]}}));
        for mut kept in [object("two", [others, FINALIZER]), object("one", [FINALIZER, others])] {
            assert!(json_patch::patch(&mut kept, &removal("one", 1)).is_err(), "{kept}");
        }
    }
}
