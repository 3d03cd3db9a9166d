//! Work that needs every right that an operator has: a gateway with a ConfigMap, a target that is written, and one that is discovered.

use lab::operator::Operator;

use crate::install::stage::Stage;

/// The name of the target that discovery makes for the Service.
const DISCOVERED: &str = "found";

/// A gateway, a target and an annotated Service, Ready or made, and all of it deleted again, in AWS as well.
pub(crate) async fn comes_and_goes(stage: &Stage, operator: &Operator, namespace: &str) -> anyhow::Result<()> {
    stage.apply(&manifest(namespace)).await?;
    stage.ready(operator, "Gateway", namespace, "agents").await?;
    stage.ready(operator, "GatewayTarget", namespace, "items").await?;
    let discovered = async || stage.has("GatewayTarget", namespace, DISCOVERED).await.ok().filter(|found| *found);
    stage.until(operator, "the annotated Service has a target", discovered).await?;
    let connected =
        async || stage.has("v1/ConfigMap", namespace, "agents-connection").await.ok().filter(|found| *found);
    stage.until(operator, "the gateway has its ConfigMap", connected).await?;
    let told = async || {
        let events = stage.objects.list("events.k8s.io/v1/Event", namespace).await.ok()?;
        events.iter().any(|event| event["regarding"]["kind"] == "Gateway").then_some(())
    };
    stage.until(operator, "an event tells of the gateway", told).await?;

    stage.objects.delete("v1/Service", namespace, DISCOVERED).await?;
    stage.gone(operator, "GatewayTarget", namespace, DISCOVERED).await?;
    stage.objects.delete("GatewayTarget", namespace, "items").await?;
    stage.objects.delete("Gateway", namespace, "agents").await?;
    stage.gone(operator, "GatewayTarget", namespace, "items").await?;
    stage.gone(operator, "Gateway", namespace, "agents").await?;
    let left = stage.aws.left_over();
    anyhow::ensure!(left.is_empty(), "AWS still has {left:?}");
    Ok(())
}

fn manifest(namespace: &str) -> String {
    format!(
        r#"
apiVersion: tools.agentcore.dev/v1alpha1
kind: Gateway
metadata: {{name: agents, namespace: {namespace}}}
spec:
  roleArn: arn:aws:iam::111122223333:role/AgentCoreGatewayRole
  protocolType: MCP
  authorizerType: AWS_IAM
  connectionConfigMap: {{name: agents-connection}}
  discovery: {{from: Same}}
---
apiVersion: v1
kind: ConfigMap
metadata: {{name: items, namespace: {namespace}}}
data:
  openapi.json: '{{"openapi": "3.0.3", "info": {{"title": "items", "version": "1.0.0"}}, "servers": [{{"url": "https://api.example.com"}}],
    "paths": {{"/items": {{"get": {{"operationId": "listItems", "responses": {{"200": {{"description": "OK"}}}}}}}}}}}}'
---
apiVersion: tools.agentcore.dev/v1alpha1
kind: GatewayTarget
metadata: {{name: items, namespace: {namespace}}}
spec:
  gatewayRef: {{name: agents}}
  targetConfiguration:
    mcp:
      openApiSchema: {{inlinePayloadFrom: {{configMapKeyRef: {{name: items, key: openapi.json}}}}}}
---
apiVersion: v1
kind: Service
metadata:
  name: {DISCOVERED}
  namespace: {namespace}
  annotations:
    service.beta.kubernetes.io/aws-load-balancer-type: external
    service.beta.kubernetes.io/aws-load-balancer-scheme: internal
    tools.agentcore.dev/gateway: {namespace}/agents
    tools.agentcore.dev/host: internal.example.com
    tools.agentcore.dev/path: /found/mcp
spec:
  type: LoadBalancer
  selector: {{app: found}}
  ports: [{{name: https, port: 443}}]
"#
    )
}
