//! Requests that look signed, for what the SDK would refuse to build.

use lab::aws::Aws;
use reqwest::{Client, Method};
use serde_json::Value;

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) code: String,
    pub(crate) body: Value,
    pub(crate) request_id: String,
}

/// Sends a request in the name of a service.
pub(crate) async fn send(aws: &Aws, service: &str, method: Method, path: &str, body: Option<Value>) -> Answer {
    let mut headers = signed(service);
    if body.is_some() {
        headers.push(("content-type", "application/json".to_owned()));
    }
    send_with(aws, method, path, &headers, body.map(|body| body.to_string())).await
}

/// Sends a form in the name of a service.
pub(crate) async fn send_form(aws: &Aws, service: &str, form: &str) -> Answer {
    let mut headers = signed(service);
    headers.push(("content-type", "application/x-www-form-urlencoded".to_owned()));
    send_with(aws, Method::POST, "/", &headers, Some(form.to_owned())).await
}

/// Headers that look as if they were signed for the service's region.
pub(crate) fn signed(service: &str) -> Vec<(&'static str, String)> {
    let region = if service == "route53" { "us-east-1" } else { "us-west-2" };
    let credential = format!("AKIAEXAMPLE/20261120/{region}/{service}/aws4_request");
    let signature = "0123456789abcdef".repeat(4);
    vec![
        ("x-amz-date", "20261120T090000Z".to_owned()),
        (
            "authorization",
            format!("AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host;x-amz-date, Signature={signature}"),
        ),
    ]
}

/// Sends a request as it is.
pub(crate) async fn send_with(
    aws: &Aws,
    method: Method,
    path: &str,
    headers: &[(&'static str, String)],
    body: Option<String>,
) -> Answer {
    let client = Client::builder().no_proxy().build().unwrap();
    let mut request = client.request(method, format!("{}{path}", aws.endpoint()));
    for (name, value) in headers {
        request = request.header(*name, value);
    }
    let response = request.body(body.unwrap_or_default()).send().await.unwrap();
    let header =
        |name: &str| response.headers().get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default();
    let (code, request_id, status) =
        (header("x-amzn-errortype"), header("x-amzn-requestid"), response.status().as_u16());
    let text = response.text().await.unwrap();
    Answer { status, code, request_id, body: serde_json::from_str(&text).unwrap_or(Value::String(text)) }
}
