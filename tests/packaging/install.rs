//! The chart on a real API server, from `helm install` to `helm uninstall`, with the operator at work under the rights and the settings that
//! it was installed with.

mod definitions;
mod election;
mod life;
mod namespaced;
mod side_by_side;
pub(crate) mod stage;
pub(crate) mod work;
