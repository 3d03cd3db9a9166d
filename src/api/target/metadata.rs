//! What of a request and its answer is passed on.

#![expect(clippy::struct_field_names, reason = "these are AWS's own names")]

use kube::KubeSchema;
use kube::core::Rule;
use serde::{Deserialize, Serialize};

/// Headers that AgentCore keeps for itself.
const RESTRICTED: &str = "['authorization', 'host', 'cookie', 'content-type', 'content-length']";

/// What of a request and its answer is passed on. Everything in it may be left out; with nothing in it, it means the same as none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct MetadataConfiguration {
    /// Headers of requests that are passed on to the target, at most 10; order does not matter. Left out or empty: none is.
    /// Example: `[x-tenant-id]`. AWS: `allowedRequestHeaders`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 10), inner(length(min = 1, max = 100)))]
    #[x_kube(validation = not_restricted())]
    pub allowed_request_headers: Vec<String>,

    /// Query parameters of requests that are passed on to the target, at most 10; order does not matter. Left out or empty: none is.
    /// Example: `[page]`. AWS: `allowedQueryParameters`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 10), inner(length(min = 1, max = 40)))]
    pub allowed_query_parameters: Vec<String>,

    /// Headers of answers that are passed on to the client, at most 10; order does not matter. Left out or empty: none is.
    /// Example: `[x-request-id]`. AWS: `allowedResponseHeaders`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 10), inner(length(min = 1, max = 100)))]
    #[x_kube(validation = not_restricted())]
    pub allowed_response_headers: Vec<String>,
}

impl MetadataConfiguration {
    /// Whether it says nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let Self { allowed_request_headers, allowed_query_parameters, allowed_response_headers } = self;
        [allowed_request_headers, allowed_query_parameters, allowed_response_headers].iter().all(|list| list.is_empty())
    }
}

/// Headers are the same in upper and in lower case.
fn not_restricted() -> Rule {
    Rule::new(format!(
        "self.all(header, !(header.lowerAscii() in {RESTRICTED}) && !header.lowerAscii().startsWith('x-forwarded-') && \
         (!header.lowerAscii().startsWith('x-amzn-') || \
         header.lowerAscii().startsWith('x-amzn-bedrock-agentcore-runtime-custom-')))"
    ))
    .message(
        "AgentCore passes on neither Authorization, Host, Cookie, Content-Type, Content-Length and X-Forwarded-*, nor X-Amzn-* but for \
         X-Amzn-Bedrock-AgentCore-Runtime-Custom-*; name other headers",
    )
}
