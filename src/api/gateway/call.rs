//! What a call passes on its way through a gateway.

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::api::{rules, schema};

/// A function that sees calls.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct GatewayInterceptorConfiguration {
    /// The function. Exactly one member. AWS: `interceptor`.
    pub interceptor: InterceptorConfiguration,

    /// What it sees, one or both: `REQUEST`, calls before the target gets them; `RESPONSE`, answers before the caller gets them.
    /// Example: `[REQUEST]`. AWS: `interceptionPoints`.
    #[schemars(length(min = 1, max = 2))]
    #[x_kube(
        validation = Rule::new("size(self) < 2 || self[0] != self[1]").message("an interception point is named twice")
    )]
    pub interception_points: Vec<GatewayInterceptionPoint>,

    /// What the function gets to see of a call. Default: what AWS chooses. AWS: `inputConfiguration`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input_configuration: Option<InterceptorInputConfiguration>,
}

/// What does the work of an interceptor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum InterceptorConfiguration {
    /// A function in Lambda. The execution role must be allowed to invoke it. AWS: `lambda`.
    Lambda(LambdaInterceptorConfiguration),
}

/// A function in Lambda that sees calls.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct LambdaInterceptorConfiguration {
    /// The function, or a version or alias of it. Example: `arn:aws:lambda:us-west-2:111122223333:function:interceptor`. AWS: `arn`.
    #[schemars(length(min = 1, max = 170), regex(pattern = schema::LAMBDA_FUNCTION_ARN))]
    #[x_kube(validation = rules::matching(schema::LAMBDA_FUNCTION_ARN, schema::LAMBDA_FUNCTION_ARN_IN_WORDS))]
    pub arn: String,
}

/// What an interceptor sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schemars(description = "")]
pub enum GatewayInterceptionPoint {
    /// Calls, before the target gets them.
    Request,
    /// Answers, before the caller gets them.
    Response,
}

/// What an interceptor gets to see of a call.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct InterceptorInputConfiguration {
    /// `true`: the function gets the headers of the request, and with them the caller's token. AWS: `passRequestHeaders`.
    pub pass_request_headers: bool,

    /// What the function does not get. Default: it gets everything. AWS: `payloadFilter`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payload_filter: Option<InterceptorPayloadFilter>,
}

/// What an interceptor does not get to see.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct InterceptorPayloadFilter {
    /// What is left out, exactly one entry. Example: `[{field: RESPONSE_BODY}]`. AWS: `exclude`.
    #[schemars(length(min = 1, max = 1))]
    pub exclude: Vec<InterceptorPayloadExclusionSelector>,
}

/// Something that an interceptor does not get to see.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum InterceptorPayloadExclusionSelector {
    /// A part of the call: `RESPONSE_BODY`, what the target answered. AWS: `field`.
    Field(InterceptorPayloadExclusion),
}

/// A part of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schemars(description = "")]
pub enum InterceptorPayloadExclusion {
    /// What the target answered.
    ResponseBody,
}

/// The policy engine that decides about calls.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct GatewayPolicyEngineConfiguration {
    /// The engine. Example: `arn:aws:bedrock-agentcore:us-west-2:111122223333:policy-engine/engine-abcde12345`. AWS: `arn`.
    #[schemars(length(min = 1, max = 170), regex(pattern = schema::POLICY_ENGINE_ARN))]
    #[x_kube(
        validation = rules::matching(schema::POLICY_ENGINE_ARN, "arn is the ARN of a policy engine, like arn:aws:bedrock-agentcore:us-west-2:111122223333:policy-engine/engine-abcde12345")
    )]
    pub arn: String,

    /// Whether its decisions count: `ENFORCE`, what it does not allow is denied, and an engine without policies allows nothing;
    /// `LOG_ONLY`, they are only written down. AWS: `mode`.
    pub mode: GatewayPolicyEngineMode,
}

/// Whether the decisions of a policy engine count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schemars(description = "")]
pub enum GatewayPolicyEngineMode {
    /// They are only written down.
    LogOnly,
    /// They count.
    Enforce,
}

/// How a gateway gets on with AWS WAF. The web ACL itself is associated in AWS WAF.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct WafConfiguration {
    /// What becomes of calls while AWS WAF does not answer: `FAIL_CLOSE`, they are refused; `FAIL_OPEN`, they pass unseen.
    /// AWS: `failureMode`.
    pub failure_mode: WafFailureMode,
}

/// What becomes of calls while AWS WAF does not answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schemars(description = "")]
pub enum WafFailureMode {
    /// They are refused.
    FailClose,
    /// They pass unseen.
    FailOpen,
}

/// What transforms calls.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct CustomTransformConfiguration {
    /// The function in Lambda that does it. The execution role must be allowed to invoke it. AWS: `lambda`.
    pub lambda: LambdaTransformConfiguration,
}

/// A function in Lambda that transforms calls.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct LambdaTransformConfiguration {
    /// The function, or a version or alias of it. Example: `arn:aws:lambda:us-west-2:111122223333:function:transform`. AWS: `arn`.
    #[schemars(length(min = 1, max = 170), regex(pattern = schema::LAMBDA_FUNCTION_ARN))]
    #[x_kube(validation = rules::matching(schema::LAMBDA_FUNCTION_ARN, schema::LAMBDA_FUNCTION_ARN_IN_WORDS))]
    pub arn: String,
}

/// How much callers are told about errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schemars(description = "")]
pub enum ExceptionLevel {
    /// The details.
    Debug,
}
