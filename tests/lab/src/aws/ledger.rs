//! The record of every call that reached the emulation.

use serde::Serialize;
use serde_json::Value;

/// One call, as it was decided; it is written down before the answer leaves, so that a lost answer leaves its trace.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Call {
    /// The position in the ledger, from 0.
    pub index: usize,
    /// The virtual time of the decision.
    pub at: jiff::Timestamp,
    /// The real time at which the request was received; `at` is about what happens in AWS.
    pub received: jiff::Timestamp,
    /// The access key that the request was signed with, as it was sent; empty when it was not signed properly.
    pub access_key: String,
    /// The signing name: `bedrock-agentcore`, `vpc-lattice`, `sts`, `elasticloadbalancing`, `acm`, `route53`, `ec2`, or empty
    /// when the request was not signed properly.
    pub service: String,
    /// The operation, or the method and path when there is none.
    pub operation: String,
    /// Members of path, query and body under one roof, with the names of the service model; undecodable bodies as a string.
    pub input: Value,
    /// The HTTP status, 0 when the connection was closed instead of an answer.
    pub status: u16,
    /// The error code of a refused or lost call.
    pub error: Option<String>,
    /// The sentence that came with the error.
    pub message: Option<String>,
    /// True when the call changed the stored state, whatever the caller was told.
    pub changed: bool,
    /// True for operations that can change state.
    pub mutating: bool,
    /// What `x-amzn-RequestId` said.
    pub request_id: String,
    /// The `User-Agent` header.
    pub user_agent: String,
}

/// All calls since the start.
#[derive(Default)]
pub(super) struct Ledger {
    calls: Vec<Call>,
}

impl Ledger {
    pub(super) fn len(&self) -> usize {
        self.calls.len()
    }

    pub(super) fn record(&mut self, mut call: Call) {
        call.index = self.calls.len();
        self.calls.push(call);
    }

    /// The calls from `mark` on that satisfy `wanted`.
    pub(super) fn filtered(&self, mark: usize, wanted: impl Fn(&Call) -> bool) -> Vec<Call> {
        self.calls.iter().skip(mark).filter(|call| wanted(call)).cloned().collect()
    }
}
