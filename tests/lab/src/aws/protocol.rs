//! What answers and refusals look like on the wire.

use serde_json::Value;

use super::model::{Model, Operation, escape};
use super::refusal::Refusal;
use super::service::{Protocol, Service};

/// The namespace of Route 53's documents, which its model names with requests that the emulation does not take.
const ROUTE53: &str = "https://route53.amazonaws.com/doc/2013-04-01/";

/// A body and its type.
pub(super) struct Body {
    pub(super) kind: &'static str,
    pub(super) text: String,
}

/// The answer to a call that succeeded.
pub(super) fn answer(service: Service, model: &Model, operation: &Operation, answer: &Value, request: &str) -> Body {
    let name = &operation.name;
    let namespace = namespace(service, Some(model));
    let members = || model.elements(operation, answer);
    match service.protocol() {
        Protocol::RestJson if operation.http.response_code == Some(204) => json(String::new()),
        Protocol::RestJson if service == Service::ApiGateway => match model.payload(operation) {
            Some((body, kind)) => Body {
                kind: if answer[kind] == "application/yaml" { "application/yaml" } else { "application/json" },
                text: answer[body].as_str().unwrap_or_default().to_owned(),
            },
            None => json(model.with_epoch_times(operation, answer).to_string()),
        },
        Protocol::RestJson => json(answer.to_string()),
        Protocol::Json => json_1_1(model.with_epoch_times(operation, answer).to_string()),
        Protocol::Query => {
            let result = operation.result_element().unwrap_or_default();
            xml(&format!(
                "<{name}Response xmlns=\"{namespace}\"><{result}>{}</{result}>\
                 <ResponseMetadata><RequestId>{request}</RequestId></ResponseMetadata></{name}Response>",
                members()
            ))
        }
        Protocol::Ec2 => xml(&format!(
            "<{name}Response xmlns=\"{namespace}\"><requestId>{request}</requestId>{}</{name}Response>",
            members()
        )),
        Protocol::RestXml => {
            let root = operation.root_element();
            xml(&format!("<{root} xmlns=\"{namespace}\">{}</{root}>", members()))
        }
    }
}

/// The answer to a call that is refused.
pub(super) fn refusal(service: Service, model: Option<&Model>, refusal: &Refusal, request: &str) -> Body {
    let error = format!("<Code>{}</Code><Message>{}</Message>", escape(&refusal.code), escape(&refusal.message));
    match service.protocol() {
        Protocol::RestJson => json(refusal.body(service).to_string()),
        Protocol::Json => json_1_1(serde_json::json!({"__type": refusal.code, "message": refusal.message}).to_string()),
        Protocol::Ec2 => xml(&format!(
            "<Response><Errors><Error>{error}</Error></Errors><RequestID>{request}</RequestID></Response>"
        )),
        Protocol::Query | Protocol::RestXml => xml(&format!(
            "<ErrorResponse xmlns=\"{}\"><Error><Type>Sender</Type>{error}</Error>\
             <RequestId>{request}</RequestId></ErrorResponse>",
            namespace(service, model)
        )),
    }
}

fn namespace(service: Service, model: Option<&Model>) -> &str {
    let own = model.and_then(|model| model.metadata.xml_namespace.as_deref());
    own.unwrap_or(if service == Service::Route53 { ROUTE53 } else { "" })
}

fn json(text: String) -> Body {
    Body { kind: "application/json", text }
}

fn json_1_1(text: String) -> Body {
    Body { kind: "application/x-amz-json-1.1", text }
}

fn xml(text: &str) -> Body {
    Body { kind: "text/xml", text: format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{text}") }
}
