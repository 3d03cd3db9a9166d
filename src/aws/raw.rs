//! An answer of AWS as it came, beside what the SDK makes of it. The SDK drops members that it does not know.

use std::sync::{Arc, OnceLock};

use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        interceptors::{Intercept, context::AfterDeserializationInterceptorContextRef, dyn_dispatch_hint},
        runtime_components::RuntimeComponents,
    },
};
use aws_smithy_types::config_bag::ConfigBag;
use serde_json::Value;

/// Keeps the body of one answer; goes with one call.
#[derive(Debug, Clone, Default)]
pub struct RawAnswer(Arc<OnceLock<Value>>);

impl RawAnswer {
    /// The body as JSON; null before there is one.
    pub fn body(&self) -> &Value {
        self.0.get().unwrap_or(&Value::Null)
    }
}

#[dyn_dispatch_hint]
impl Intercept for RawAnswer {
    fn name(&self) -> &'static str {
        "RawAnswer"
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let body = context.response().body().bytes().and_then(|bytes| serde_json::from_slice(bytes).ok());
        // An attempt that was repeated keeps the first answer that could be read; errors have no members that matter here.
        if let Some(body) = body.filter(|_| context.response().status().is_success()) {
            let _ = self.0.set(body);
        }
        Ok(())
    }
}
