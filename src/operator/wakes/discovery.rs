//! Who is looked at when discovery has something to say.

use kube::ResourceExt;

use super::Wakes;
use crate::api::Gateway;

impl Wakes {
    /// Something else is to be said of the discovered targets of the Gateway with this uid.
    pub(in crate::operator) fn halted(&self, uid: &str) {
        self.wake(&self.gateways, |gateway: &Gateway| gateway.uid().as_deref() == Some(uid));
    }
}
