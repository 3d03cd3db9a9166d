//! What has to be refused of the ways from a workload to a target, each with the words that a person gets.

use serde_json::{Value, json};

use super::refused::{NO_NETWORK, all_refused, refusal};
use super::samples;

/// What is said of annotations that no gateway has to allow.
const GUARDED: &str = "spec.discovery.annotations: Invalid value: annotations are security-group-ids, preflight and allow-internet-facing, with or without tools.agentcore.dev/ before them";

#[tokio::test]
async fn discovery() -> anyhow::Result<()> {
    let good = samples::gateway;
    let discovery = |members: Value| json!({"discovery": members});
    all_refused(vec![
        refusal("from nowhere that is known", good(), discovery(json!({"from": "Cluster"})), r#"spec.discovery.from: Unsupported value: "Cluster": supported values: "None", "Same", "All", "Selector""#),
        refusal("Selector without a selector", good(), discovery(json!({"selector": null})), "spec.discovery: Invalid value: selector is required when from is Selector"),
        refusal("a selector without from", good(), discovery(json!({"from": null})), "spec.discovery: Invalid value: selector is only read when from is Selector; set from: Selector or remove selector"),
        refusal("a selector with All", good(), discovery(json!({"from": "All"})), "spec.discovery: Invalid value: selector is only read when from is Selector; set from: Selector or remove selector"),
        refusal("Exists with values", good(), discovery(json!({"selector": {"matchExpressions": [{"key": "a", "operator": "Exists", "values": ["b"]}]}})), "spec.discovery.selector.matchExpressions[0]: Invalid value: values are required with operator In and NotIn and refused with Exists and DoesNotExist"),
        refusal("an annotation that is not guarded", good(), discovery(json!({"annotations": ["host"]})), GUARDED),
        refusal("an annotation of somebody else", good(), discovery(json!({"annotations": ["example.com/preflight"]})), GUARDED),
        refusal("a pattern of annotations", good(), discovery(json!({"annotations": ["preflight", "*"]})), GUARDED),
    ])
    .await
}

#[tokio::test]
async fn endpoints_of_workloads() -> anyhow::Result<()> {
    const ONE_REF: &str = "spec.targetConfiguration.mcp.mcpServer.endpointFrom: Invalid value: exactly one of serviceRef, ingressRef, httpRouteRef is required";
    let good = samples::service_target;
    let server = |members: Value| json!({"targetConfiguration": {"mcp": {"mcpServer": members}}});
    let from = |members: Value| server(json!({"endpointFrom": members}));
    let api = |members: Value| json!({"targetConfiguration": {"mcp": {"openApiSchema": members}}});
    all_refused(vec![
        refusal(
            "an address and a Service",
            good(),
            server(json!({"endpoint": "https://internal.example.com/mcp"})),
            "spec.targetConfiguration.mcp.mcpServer: Invalid value: exactly one of endpoint, endpointFrom is required",
        ),
        refusal(
            "neither address nor Service",
            good(),
            server(json!({"endpointFrom": null})),
            "spec.targetConfiguration.mcp.mcpServer: Invalid value: exactly one of endpoint, endpointFrom is required",
        ),
        refusal("a Service and an Ingress", good(), from(json!({"ingressRef": {"name": "mcp"}})), ONE_REF),
        refusal(
            "an Ingress and an HTTPRoute",
            good(),
            from(json!({"serviceRef": null, "ingressRef": {"name": "mcp"}, "httpRouteRef": {"name": "mcp"}})),
            ONE_REF,
        ),
        refusal("no object", good(), from(json!({"serviceRef": null})), ONE_REF),
        refusal(
            "a Service without host",
            good(),
            from(json!({"host": null})),
            "spec.targetConfiguration.mcp.mcpServer.endpointFrom.host: Required value: serviceRef needs host: a Service does not say by which name it is called",
        ),
        refusal(
            "a Service without name",
            good(),
            from(json!({"serviceRef": {"name": null}})),
            "spec.targetConfiguration.mcp.mcpServer.endpointFrom.serviceRef.name: Required value",
        ),
        refusal(
            "port 0",
            good(),
            from(json!({"port": 0})),
            "spec.targetConfiguration.mcp.mcpServer.endpointFrom.port: Invalid value: 0: spec.targetConfiguration.mcp.mcpServer.endpointFrom.port in body should be greater than or equal to 1",
        ),
        refusal(
            "port 65536",
            good(),
            from(json!({"port": 65536})),
            "spec.targetConfiguration.mcp.mcpServer.endpointFrom.port: Invalid value: 65536: spec.targetConfiguration.mcp.mcpServer.endpointFrom.port in body should be less than or equal to 65535",
        ),
        refusal(
            "a port's name",
            good(),
            from(json!({"port": "https"})),
            r#"spec.targetConfiguration.mcp.mcpServer.endpointFrom.port: Invalid value: "string": spec.targetConfiguration.mcp.mcpServer.endpointFrom.port in body must be of type integer: "string""#,
        ),
        refusal(
            "a load balancer's ARN",
            good(),
            from(json!({"loadBalancerHostname": "arn:aws:elasticloadbalancing:us-west-2:1:loadbalancer/net/a/b"})),
            r#"endpointFrom.loadBalancerHostname: Invalid value: "arn:aws:elasticloadbalancing:us-west-2:1:loadbalancer/net/a/b": loadBalancerHostname is one of the hostnames in the object's status.loadBalancer, in lower case"#,
        ),
        refusal(
            "a document twice",
            samples::ingress_target(),
            api(json!({"inlinePayload": "{}"})),
            "spec.targetConfiguration.mcp.openApiSchema: Invalid value: exactly one of s3, inlinePayload, inlinePayloadFrom is required",
        ),
        refusal(
            "a document from nowhere",
            samples::ingress_target(),
            api(json!({"inlinePayloadFrom": null})),
            "spec.targetConfiguration.mcp.openApiSchema: Invalid value: exactly one of s3, inlinePayload, inlinePayloadFrom is required",
        ),
        refusal(
            "a ConfigMap without key",
            samples::ingress_target(),
            api(json!({"inlinePayloadFrom": {"configMapKeyRef": {"key": null}}})),
            "spec.targetConfiguration.mcp.openApiSchema.inlinePayloadFrom.configMapKeyRef.key: Required value",
        ),
        refusal(
            "a server from two objects",
            samples::ingress_target(),
            api(json!({"serverUrlFrom": {"httpRouteRef": {"name": "rest"}}})),
            "spec.targetConfiguration.mcp.openApiSchema.serverUrlFrom: Invalid value: exactly one of serviceRef, ingressRef, httpRouteRef, privateApiGateway is required",
        ),
        refusal(
            "no network, and a document that only comes from a ConfigMap",
            samples::ingress_target(),
            api(json!({"serverUrlFrom": null})),
            NO_NETWORK,
        ),
    ])
    .await
}

#[tokio::test]
async fn hosts_and_paths_of_workloads() -> anyhow::Result<()> {
    let good = samples::service_target;
    let from = |members: Value| json!({"targetConfiguration": {"mcp": {"mcpServer": {"endpointFrom": members}}}});
    let mut refusals = Vec::new();
    for host in [
        "https://internal.example.com",
        "Internal.example.com",
        "internal.example.com:443",
        "internal.example.com/mcp",
        "localhost",
        "*.example.com",
        "-a.example.com",
        "a..b",
        "a.b.",
    ] {
        let said = format!(
            "spec.targetConfiguration.mcp.mcpServer.endpointFrom.host: Invalid value: {host:?}: host is a DNS name in lower case, like internal.example.com; without scheme, port or path"
        );
        refusals.push(refusal("a host that is none", good(), from(json!({"host": host})), said));
    }
    for path in ["mcp", "/a b", "/a\"b", "/a'b", "/mcp?x=1", "/mcp#x", "/a\nb", "/ü", "/a\\b"] {
        let said = format!(
            "spec.targetConfiguration.mcp.mcpServer.endpointFrom.path: Invalid value: {path:?}: path starts with a slash and has no spaces, query or fragment, like /mcp"
        );
        refusals.push(refusal("a path that is none", good(), from(json!({"path": path})), said));
    }
    all_refused(refusals).await
}

#[tokio::test]
async fn trust_and_tools_of_targets() -> anyhow::Result<()> {
    const PUBLIC: &str = "spec.certificateConfigurations: Forbidden: certificateConfigurations go with a privateEndpoint only; a public endpoint needs a certificate that a public authority vouches for";
    let good = samples::mcp_server_target;
    let object = json!({"s3": {"uri": "s3://platform-files/agents/ca.pem"}});
    let secret = json!({"secretArn": "arn:aws:secretsmanager:us-west-2:111122223333:secret:private-ca-AbCdEf"});
    let certificate = |members: &Value| json!({"certificateConfigurations": [members]});
    let tools = |members: Value| json!({"targetConfiguration": {"mcp": {"mcpServer": {"mcpToolSchema": members}}}});
    all_refused(vec![
        refusal("two authorities", good(), json!({"certificateConfigurations": [object, object]}), "spec.certificateConfigurations: Too many: 2: must have at most 1 item"),
        refusal("an authority in two places", good(), certificate(&json!({"s3": object["s3"], "secretsManager": secret})), "spec.certificateConfigurations[0]: Invalid value: exactly one of s3, secretsManager is required"),
        refusal("an authority in no place", good(), certificate(&json!({})), "spec.certificateConfigurations[0]: Invalid value: exactly one of s3, secretsManager is required"),
        refusal("an authority of a public endpoint", samples::small_target(), certificate(&object), PUBLIC),
        refusal("an authority of an API at a public address", samples::rest_target(), json!({"privateEndpoint": null, "certificateConfigurations": [object]}), PUBLIC),
        refusal("a file's address over HTTPS", good(), certificate(&json!({"s3": {"uri": "https://platform-files.s3.amazonaws.com/ca.pem"}})), r#"spec.certificateConfigurations[0].s3.uri: Invalid value: "https://platform-files.s3.amazonaws.com/ca.pem": uri names an object in S3, like s3://platform-files/agents/tools.json"#),
        refusal("no object", good(), certificate(&json!({"s3": {"uri": "s3://"}})), "uri names an object in S3, like s3://platform-files/agents/tools.json"),
        refusal("a bucket's owner by name", good(), certificate(&json!({"s3": {"uri": "s3://a/b", "bucketOwnerAccountId": "platform"}})), "spec.certificateConfigurations[0].s3.bucketOwnerAccountId in body should match '^[0-9]{12}$'"),
        refusal("a secret's name", good(), certificate(&json!({"secretsManager": {"secretArn": "private-ca"}})), r#"spec.certificateConfigurations[0].secretsManager.secretArn: Invalid value: "private-ca": secretArn is the ARN of a secret in Secrets Manager"#),
        refusal("tools in two places", good(), tools(json!({"s3": {"uri": "s3://a/b"}})), "spec.targetConfiguration.mcp.mcpServer.mcpToolSchema: Invalid value: exactly one of s3, inlinePayload, inlinePayloadFrom is required"),
        refusal("tools in no place", good(), tools(json!({"inlinePayload": null})), "spec.targetConfiguration.mcp.mcpServer.mcpToolSchema: Invalid value: exactly one of s3, inlinePayload, inlinePayloadFrom is required"),
        refusal("six groups", samples::service_target(), json!({"privateEndpoint": {"managedVpcResource": {"securityGroupIds": vec!["sg-0a1b2c3d4e5f60b02"; 6]}}}), "spec.privateEndpoint.managedVpcResource.securityGroupIds: Too many: 6: must have at most 5 items"),
        refusal("a policy of a later version", samples::service_target(), json!({"privateEndpoint": {"managedVpcResource": {"routingDomainPolicy": "Always"}}}), r#"spec.privateEndpoint.managedVpcResource.routingDomainPolicy: Unsupported value: "Always": supported values: "Auto", "Never""#),
    ])
    .await
}

#[tokio::test]
async fn ways_to_follow_workloads() -> anyhow::Result<()> {
    let good = samples::service_target;
    let mut refusals = vec![
        refusal(
            "an unknown policy",
            good(),
            json!({"preflight": "Warn"}),
            r#"spec.preflight: Unsupported value: "Warn": supported values: "Enforce", "Report", "Skip""#,
        ),
        refusal(
            "pods themselves",
            good(),
            json!({"workloadRef": {"kind": "Pod", "name": "mcp"}}),
            r#"spec.workloadRef.kind: Unsupported value: "Pod": supported values: "Deployment", "StatefulSet", "DaemonSet""#,
        ),
        refusal(
            "a workload without kind",
            good(),
            json!({"workloadRef": {"name": "mcp"}}),
            "spec.workloadRef.kind: Required value",
        ),
        refusal(
            "a workload without name",
            good(),
            json!({"workloadRef": {"kind": "Deployment"}}),
            "spec.workloadRef.name: Required value",
        ),
        refusal(
            "an unknown mode",
            good(),
            json!({"sync": {"mode": "Always"}}),
            r#"spec.sync.mode: Unsupported value: "Always": supported values: "OnChange", "OnRollout", "Manual""#,
        ),
        refusal(
            "never",
            good(),
            json!({"sync": {"maxPerHour": 0}}),
            "spec.sync.maxPerHour: Invalid value: 0: spec.sync.maxPerHour in body should be greater than or equal to 1",
        ),
        refusal(
            "61 an hour",
            good(),
            json!({"sync": {"maxPerHour": 61}}),
            "spec.sync.maxPerHour: Invalid value: 61: spec.sync.maxPerHour in body should be less than or equal to 60",
        ),
    ];
    for interval in ["0s", "0h0m", "999ms", "soon", "10", "-10m", "1.5h", "10 m", "1d"] {
        let said = format!(
            "spec.sync.interval: Invalid value: {interval:?}: interval is a duration of at least one second, like 10m or 1h30m"
        );
        refusals.push(refusal("an interval that is none", good(), json!({"sync": {"interval": interval}}), said));
    }
    // What CEL cannot count is refused in the same words, after its own.
    refusals.push(refusal(
        "an interval without end",
        good(),
        json!({"sync": {"interval": "99999999999999999h"}}),
        "evaluating rule: interval is a duration of at least one second, like 10m or 1h30m",
    ));
    all_refused(refusals).await
}
