//! What API Gateway says of REST APIs and of what their stages export.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use aws_sdk_apigateway::types::EndpointType;
use tokio::time::Instant;

use crate::{
    aws::{Absent, Aws, Fault},
    workload::rest_api::Export,
};

/// A REST API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RestApi {
    /// It is called through VPC endpoints only.
    pub is_private: bool,
    /// The name that API Gateway gave it cannot be called.
    pub default_endpoint_disabled: bool,
}

pub(super) async fn rest_api(aws: &Aws, id: &str) -> Result<Option<RestApi>, Fault> {
    let request = aws.apigateway().get_rest_api().rest_api_id(id);
    let answer = aws.call("GetRestApi", request.send()).await.absent()?;
    Ok(answer.map(|answer| RestApi {
        is_private: answer
            .endpoint_configuration
            .is_some_and(|endpoint| endpoint.types.unwrap_or_default().contains(&EndpointType::Private)),
        default_endpoint_disabled: answer.disable_execute_api_endpoint,
    }))
}

/// What a stage exports; `None` when there is no such stage.
pub(super) async fn export(aws: &Aws, api: &str, stage: &str) -> Result<Option<Arc<Export>>, Fault> {
    let operation = "GetExport";
    let request = aws.apigateway().get_export().rest_api_id(api).stage_name(stage).export_type("oas30");
    let Some(answer) = aws.call(operation, request.accepts("application/json").send()).await.absent()? else {
        return Ok(None);
    };
    let document = answer.body.unwrap_or_default();
    let export = Export::parse(document.as_ref()).map_err(|why| Fault::unavailable(operation, why))?;
    Ok(Some(Arc::new(export)))
}

/// When people asked for a look, by the uid of the object and the annotation: its value, and when that was first met.
#[derive(Default)]
pub(super) struct Requests(Mutex<HashMap<(String, &'static str), Request>>);

/// The value of an annotation, and when it was first met.
type Request = (String, Instant);

impl Requests {
    /// When this value was first met at this object.
    pub(super) fn since(&self, uid: &str, annotation: &'static str, value: &str) -> Instant {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let met = known.entry((uid.to_owned(), annotation)).or_insert_with(|| (value.to_owned(), Instant::now()));
        if met.0 != value {
            *met = (value.to_owned(), Instant::now());
        }
        met.1
    }

    /// When this value was first met at this object, if it was.
    pub(super) fn known(&self, uid: &str, annotation: &'static str, value: &str) -> Option<Instant> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(&(uid.to_owned(), annotation)).filter(|(before, _)| before == value).map(|(_, since)| *since)
    }

    /// Forgets an object that is gone.
    pub(super) fn forget(&self, uid: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).retain(|(known, _), _| known != uid);
    }
}
