//! What people are told of an object: an event, and a line in the log that one was told and why.

use k8s_openapi::api::core::v1::ObjectReference;
use kube::runtime::events::{Event, EventType, Recorder};

use crate::{
    aws::{fault::shorten_to, refusals::request_behind},
    plan::Reason,
};

/// How long a note may be, in bytes.
const NOTE: usize = 1024;

/// An event. Where its note tells what AWS answered, AWS's id of the request stands behind it: AWS Support asks for that. Events of one
/// object and reason are counted as one whatever their notes say, so it is the id of the first.
pub(super) fn event(warning: bool, reason: Reason, action: &str, note: &str) -> Event {
    let request = request_behind(note).map(|id| format!(" (AWS request id {id})")).unwrap_or_default();
    let note = shorten_to(NOTE.saturating_sub(request.len()), note.to_owned()) + &request;
    Event {
        type_: if warning { EventType::Warning } else { EventType::Normal },
        reason: reason.as_str().to_owned(),
        note: Some(note),
        action: action.to_owned(),
        secondary: None,
    }
}

/// Publishes an event, and tells of it in the log: who reads that sees the life of every object, in the words that status has for it. Not
/// the note: AWS's words may stand in it, and in them what a user has written, who did not write it for those who read logs.
pub(super) async fn publish(recorder: &Recorder, regarding: &ObjectReference, event: &Event) {
    let (kind, namespace, name) =
        (regarding.kind.as_deref(), regarding.namespace.as_deref(), regarding.name.as_deref());
    let warning = matches!(event.type_, EventType::Warning);
    let request = event.note.as_deref().and_then(request_behind);
    tracing::info!(
        kind,
        namespace,
        name,
        reason = event.reason,
        action = event.action,
        warning,
        aws.request_id = request,
        "told in an event"
    );
    if let Err(error) = recorder.publish(event, regarding).await {
        tracing::warn!(kind, namespace, name, %error, "an event could not be written");
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use http::{Request, Response};
    use http_body_util::Full;
    use kube::{Client, client::Body, runtime::events::Reporter};
    use serde_json::json;
    use tower::service_fn;

    use super::*;
    use crate::{
        aws::{Fault, refusals},
        telemetry::heard::Heard,
    };

    #[tokio::test]
    async fn awss_id_of_the_request_stands_behind_its_words_however_long_they_are() {
        for message in ["no such role", &"many words ".repeat(200)] {
            let fault = Fault::new("CreateGateway", Some("ValidationException"), message);
            let events = refusals::remembered(async {
                refusals::remember(&fault, "id-1");
                [fault.to_string().as_str(), "The gateway is not ready"]
                    .map(|note| event(true, Reason::Invalid, "Reconcile", note).note.unwrap())
            });
            let [refused, waiting] = events.await;
            assert!(refused.ends_with(" (AWS request id id-1)") && refused.len() <= NOTE, "{refused}");
            assert_eq!(waiting, "The gateway is not ready");
        }
    }

    #[tokio::test]
    async fn an_event_is_told_in_the_log_with_its_object_and_without_its_note() {
        let heard = Heard::begin();
        let forbidden =
            json!({"kind": "Status", "status": "Failure", "message": "no", "reason": "Forbidden", "code": 403});
        let server = service_fn(move |_: Request<Body>| {
            let answer = Response::builder().status(403).body(Full::from(forbidden.to_string()));
            async move { Ok::<_, Infallible>(answer.unwrap()) }
        });
        let recorder = Recorder::new(Client::new(server, "default"), Reporter::from("operator"));
        let regarding = ObjectReference {
            kind: Some("Service".to_owned()),
            namespace: Some("team-a".to_owned()),
            name: Some("items".to_owned()),
            ..ObjectReference::default()
        };
        publish(&recorder, &regarding, &event(true, Reason::Invalid, "Discover", "a user's words")).await;
        let lines = heard.lines();
        assert_eq!(lines.len(), 2, "{lines:?}");
        for line in &lines {
            let object = (&line["kind"], &line["namespace"], &line["name"]);
            assert_eq!(object, (&json!("Service"), &json!("team-a"), &json!("items")), "{line}");
            assert!(!line.to_string().contains("a user's words"), "{line}");
        }
        let (level, reason, action) = (&lines[0]["level"], &lines[0]["reason"], &lines[0]["action"]);
        assert_eq!((level, reason, action), (&json!("info"), &json!("Invalid"), &json!("Discover")));
        assert_eq!(lines[0]["warning"], json!(true));
        assert_eq!((&lines[1]["level"], &lines[1]["msg"]), (&json!("warn"), &json!("an event could not be written")));
    }
}
