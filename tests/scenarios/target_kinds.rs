//! Targets of every kind: created with just the body that one would send by hand, changed, and with one member removed.

pub(crate) mod samples;

use lab::aws::ObjectKind;
use lab::world::World;
use serde_json::{Value, json};

use crate::ledger::{asked, only, operations, refusals};
use crate::support::{in_aws, message, sweeps, verdict, world};
use samples::{OPEN_GATEWAY, Sample, merged, samples};

/// The body that an update has to have: everything, with what AWS filled in.
fn update(sample: &Sample, configuration: &Value, target: &Value) -> Value {
    let mut body = sample.body.clone();
    body["targetConfiguration"] = configuration.clone();
    for (member, value) in [("gatewayIdentifier", "gatewayId"), ("targetId", "targetId"), ("name", "name")] {
        body[member] = target["status"][value].clone();
    }
    if let Some(server) = body.pointer_mut("/targetConfiguration/mcp/mcpServer") {
        for (member, chosen) in [("listingMode", json!("DEFAULT")), ("resourcePriority", json!(1000))] {
            if server.get(member).is_none() {
                server[member] = chosen;
            }
        }
    }
    body
}

async fn applied(world: &World, sample: &Sample) -> anyhow::Result<Value> {
    let mut spec = sample.body.clone();
    spec["gatewayRef"] = json!({"name": "agents"});
    let mark = world.aws.mark();
    world
        .apply_object(json!({
            "apiVersion": "tools.agentcore.dev/v1alpha1", "kind": "GatewayTarget",
            "metadata": {"name": sample.name, "namespace": "platform"}, "spec": spec,
        }))
        .await?;
    let ready = world.ready("GatewayTarget", "platform", sample.name).await?;
    let mut body = sample.body.clone();
    body["name"] = json!(sample.name);
    body["gatewayIdentifier"] = ready["status"]["gatewayId"].clone();
    let calls = world.aws.mutations_since(mark);
    assert_eq!(asked(only(&calls, "CreateGatewayTarget")?)?, body, "{}", sample.name);
    assert_eq!(operations(&calls), ["CreateGatewayTarget"], "{}", sample.name);
    Ok(ready)
}

#[tokio::test]
async fn every_kind_is_created_changed_and_shortened_in_the_words_of_aws() -> anyhow::Result<()> {
    let world = world("target-kinds").await?;
    world.apply(OPEN_GATEWAY).await?;
    world.ready("Gateway", "platform", "agents").await?;
    for sample in samples() {
        let Sample { name, kind, tools, changes, .. } = &sample;
        let ready = applied(&world, &sample).await?;
        let status = &ready["status"];
        assert_eq!(status.get("targetType").and_then(Value::as_str), *kind, "{name}");
        let seen: Vec<String> = tools.iter().map(|tool| format!("{name}___{tool}")).collect();
        if !tools.is_empty() {
            assert_eq!(status["tools"], json!(seen), "{name}");
            assert_eq!(status["toolCount"], json!(seen.len()), "{name}");
        }
        assert_eq!(status.get("endpoint").and_then(Value::as_str), sample.endpoint, "{name}");
        let mut configuration = sample.body["targetConfiguration"].clone();
        for change in changes {
            configuration = merged(configuration, change);
            let mark = world.aws.mark();
            world.merge("GatewayTarget", "platform", name, json!({"spec": {"targetConfiguration": change}})).await?;
            let ready = world.ready("GatewayTarget", "platform", name).await?;
            let calls = world.aws.mutations_since(mark);
            let expected = update(&sample, &configuration, &ready);
            assert_eq!(asked(only(&calls, "UpdateGatewayTarget")?)?, expected, "{name}: {change}");
            assert_eq!(operations(&calls), ["UpdateGatewayTarget"], "{name}: only a server's tools are synchronized");
        }
    }
    let mark = world.aws.mark();
    sweeps(&world, 3).await?;
    assert_eq!(operations(&world.aws.mutations_since(mark)), [""; 0], "nothing drifts");
    assert_eq!(refusals(&world.aws.calls()), [""; 0]);
    Ok(())
}

/// Metadata lists and credentials are the same for every kind that takes them.
#[tokio::test]
async fn metadata_and_credentials_are_changed_and_removed() -> anyhow::Result<()> {
    let world = world("target-metadata").await?;
    world.apply(OPEN_GATEWAY).await?;
    world.ready("Gateway", "platform", "agents").await?;
    let Some(sample) = samples().into_iter().find(|sample| sample.name == "passthrough") else {
        anyhow::bail!("there is one")
    };
    let ready = applied(&world, &sample).await?;
    let configuration = sample.body["targetConfiguration"].clone();
    let mut body = update(&sample, &configuration, &ready);
    let oauth = json!([{"credentialProviderType": "OAUTH", "credentialProvider": {"oauthCredentialProvider": {
        "providerArn": "arn:aws:bedrock-agentcore:us-west-2:111122223333:token-vault/default/oauth2credentialprovider/orders",
        "scopes": [], "grantType": "CLIENT_CREDENTIALS",
    }}}]);
    let steps = [
        json!({"metadataConfiguration": {"allowedQueryParameters": ["page", "size"]}}),
        json!({"metadataConfiguration": {"allowedRequestHeaders": null}}),
        json!({"metadataConfiguration": null}),
        json!({"credentialProviderConfigurations": oauth}),
        json!({"credentialProviderConfigurations": null}),
    ];
    for step in steps {
        let mark = world.aws.mark();
        world.merge("GatewayTarget", "platform", sample.name, json!({"spec": step})).await?;
        world.ready("GatewayTarget", "platform", sample.name).await?;
        body = merged(body, &step);
        let calls = world.aws.mutations_since(mark);
        assert_eq!(asked(only(&calls, "UpdateGatewayTarget")?)?, body, "{step}");
    }
    // Lists in which nothing stands, and in another order, say the same.
    for step in [json!({"metadataConfiguration": {}}), json!({"metadataConfiguration": {"allowedRequestHeaders": []}})]
    {
        let mark = world.aws.mark();
        world.merge("GatewayTarget", "platform", sample.name, json!({"spec": step})).await?;
        world.ready("GatewayTarget", "platform", sample.name).await?;
        sweeps(&world, 2).await?;
        assert_eq!(operations(&world.aws.mutations_since(mark)), [""; 0], "{step}");
    }
    Ok(())
}

#[tokio::test]
async fn a_schema_that_aws_does_not_know_is_told_before_aws_is_asked() -> anyhow::Result<()> {
    let world = world("target-schemas").await?;
    world.apply(OPEN_GATEWAY).await?;
    world.ready("Gateway", "platform", "agents").await?;
    let lambda = |schema: Value| {
        json!({"mcp": {"lambda": {
            "lambdaArn": "arn:aws:lambda:us-west-2:111122223333:function:orders",
            "toolSchema": {"inlinePayload": [{"name": "put_order", "description": "Puts", "inputSchema": schema}]},
        }}})
    };
    let server = |tools: Value| {
        json!({"mcp": {"mcpServer": {
            "endpoint": "https://mcp.example.com", "mcpToolSchema": {"inlinePayload": tools.to_string()},
        }}})
    };
    let enumerated = json!({"type": "object", "properties": {"state": {"type": "string", "enum": ["new"]}}});
    let linked = json!([{"name": "a", "inputSchema": {"type": "object", "properties": {"b": {"$ref": "#/$defs/b"}}}}]);
    // | name | configuration | what is said |
    let table = [
        (
            "enum",
            lambda(enumerated),
            "Tool put_order: inputSchema.properties.state.enum is nothing that AWS takes in a schema",
        ),
        (
            "untyped",
            lambda(json!({"properties": {}})),
            "Tool put_order: inputSchema has no type; give it one, like object",
        ),
        (
            "linked",
            server(linked),
            "Tool a of mcpToolSchema refers to another place with inputSchema.properties.b.$ref",
        ),
        (
            "smithy",
            json!({"mcp": {"smithyModel": {"inlinePayload": "$version: \"2\""}}}),
            "The Smithy model is not JSON",
        ),
    ];
    let mark = world.aws.mark();
    for (name, configuration, expected) in table {
        world
            .apply_object(json!({
                "apiVersion": "tools.agentcore.dev/v1alpha1", "kind": "GatewayTarget",
                "metadata": {"name": name, "namespace": "platform"},
                "spec": {
                    "gatewayRef": {"name": "agents"}, "targetConfiguration": configuration,
                    "credentialProviderConfigurations": if configuration["mcp"].get("mcpServer").is_some() { json!([]) } else {
                        json!([{"credentialProviderType": "GATEWAY_IAM_ROLE"}])
                    },
                },
            }))
            .await?;
        let target = world.has("GatewayTarget", "platform", name, ("Stalled", "True", "Invalid")).await?;
        assert_eq!(verdict(&target, "Accepted").as_deref(), Some("False/Invalid"), "{name}");
        assert!(message(&target, "Ready").contains(expected), "{name}: {}", message(&target, "Ready"));
    }
    assert_eq!(operations(&world.aws.mutations_since(mark)), [""; 0]);

    // Mended, it is made.
    let mended = lambda(json!({"type": "object"}));
    world.merge("GatewayTarget", "platform", "untyped", json!({"spec": {"targetConfiguration": mended}})).await?;
    world.ready("GatewayTarget", "platform", "untyped").await?;
    let held = in_aws(&world, ObjectKind::GatewayTarget, "name", "untyped")?;
    assert_eq!(held["targetConfiguration"], mended);
    Ok(())
}

/// Variant (d) of targets with an authority of their own, and (c): the API server says so.
#[tokio::test]
async fn certificates_go_with_a_private_endpoint_and_some_kinds_only() -> anyhow::Result<()> {
    let world = world("target-certificates").await?;
    let secret =
        r#"{secretsManager: {secretArn: "arn:aws:secretsmanager:us-west-2:111122223333:secret:private-ca-AbCdEf"}}"#;
    let object = "{s3: {uri: s3://my-ca-bucket/private-ca.pem}}";
    let both = r#"{s3: {uri: s3://b/k}, secretsManager: {secretArn: "arn:aws:secretsmanager:us-west-2:111122223333:secret:a-AbCdEf"}}"#;
    let server = "mcp: {mcpServer: {endpoint: https://mcp.example.com}}";
    let lambda = "mcp: {lambda: {lambdaArn: 'arn:aws:lambda:us-west-2:111122223333:function:a', toolSchema: {s3: {uri: s3://b/k}}}}";
    let private = "{selfManagedLatticeResource: {resourceConfigurationRef: {name: rest}}}";
    let table = [
        (server, None, secret.to_owned(), "certificateConfigurations go with a privateEndpoint only"),
        (
            lambda,
            None,
            object.to_owned(),
            "certificateConfigurations go with mcpServer, openApiSchema and passthrough only",
        ),
        (server, Some(private), both.to_owned(), "exactly one of s3, secretsManager is required"),
        (server, Some(private), format!("{object}, {secret}"), "must have at most 1 item"),
    ];
    for (configuration, private, certificates, expected) in table {
        let private = private.map(|private| format!("  privateEndpoint: {private}\n")).unwrap_or_default();
        let manifest = format!(
            "apiVersion: tools.agentcore.dev/v1alpha1\nkind: GatewayTarget\nmetadata: {{name: one, namespace: platform}}\nspec:\n  \
             gatewayRef: {{name: agents}}\n  targetConfiguration: {{{configuration}}}\n  certificateConfigurations: [{certificates}]\n\
             {private}  credentialProviderConfigurations: [{{credentialProviderType: GATEWAY_IAM_ROLE, credentialProvider: {{iamCredentialProvider: {{service: lambda}}}}}}]\n"
        );
        let refusal = world.apply_refused(&manifest).await?;
        assert!(refusal.contains(expected), "{refusal}");
    }
    Ok(())
}
