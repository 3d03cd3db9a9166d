//! The objects of card D05: a gateway, and a private API behind a resource configuration and a resource gateway.

use lab::aws::ObjectKind;
use lab::world::World;
use serde_json::{Value, json};

use crate::stage::{NAMESPACE, expect, until};

/// One kind, here and in AWS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Kind {
    /// The kind of the custom resource.
    pub(crate) name: &'static str,
    /// The kind in AWS.
    pub(crate) in_aws: ObjectKind,
    /// Where the id stands, in status and in AWS's own descriptions.
    pub(crate) id: &'static str,
    /// As [`Kind::id`], in AWS's descriptions.
    pub(crate) id_in_aws: &'static str,
    /// The status of an object at rest.
    pub(crate) steady: &'static str,
    /// The name that the set's object has.
    pub(crate) object: &'static str,
}

/// A gateway.
pub(crate) const GATEWAY: Kind = Kind {
    name: "Gateway",
    in_aws: ObjectKind::Gateway,
    id: "gatewayId",
    id_in_aws: "gatewayId",
    steady: "READY",
    object: "agents",
};

/// A target.
pub(crate) const TARGET: Kind = Kind {
    name: "GatewayTarget",
    in_aws: ObjectKind::GatewayTarget,
    id: "targetId",
    id_in_aws: "targetId",
    steady: "READY",
    object: "self-managed-apigw",
};

/// A resource gateway.
pub(crate) const RESOURCE_GATEWAY: Kind = Kind {
    name: "ResourceGateway",
    in_aws: ObjectKind::ResourceGateway,
    id: "resourceGatewayId",
    id_in_aws: "id",
    steady: "ACTIVE",
    object: "shared-rg",
};

/// A resource configuration.
pub(crate) const RESOURCE_CONFIGURATION: Kind = Kind {
    name: "ResourceConfiguration",
    in_aws: ObjectKind::ResourceConfiguration,
    id: "resourceConfigurationId",
    id_in_aws: "id",
    steady: "ACTIVE",
    object: "private-api",
};

/// All kinds, users before what they use: the order of the card.
pub(crate) const KINDS: [Kind; 4] = [TARGET, RESOURCE_CONFIGURATION, RESOURCE_GATEWAY, GATEWAY];

/// A Gateway.
pub(crate) fn gateway(name: &str) -> Value {
    object(
        "Gateway",
        name,
        &json!({
            "roleArn": "arn:aws:iam::111122223333:role/AgentCoreGatewayRole",
            "protocolType": "MCP",
            "protocolConfiguration": {"mcp": {"searchType": "SEMANTIC"}},
            "authorizerType": "CUSTOM_JWT",
            "authorizerConfiguration": {"customJWTAuthorizer": {
                "discoveryUrl": "https://cognito-idp.us-west-2.amazonaws.com/us-west-2_AbC/.well-known/openid-configuration",
                "allowedClients": ["c1"],
            }},
            "exceptionLevel": "DEBUG",
        }),
    )
}

/// A ResourceGateway.
pub(crate) fn resource_gateway(name: &str) -> Value {
    object(
        "ResourceGateway",
        name,
        &json!({
            "vpcIdentifier": "vpc-0a1b2c3d4e5f60718",
            "subnetIds": ["subnet-0a1b2c3d4e5f60a01", "subnet-0a1b2c3d4e5f60a02"],
            "securityGroupIds": ["sg-0a1b2c3d4e5f60b02"],
            "ipAddressType": "IPV4",
            "ipv4AddressesPerEni": 1,
            "resourceConfigDnsResolution": "PUBLIC",
        }),
    )
}

/// A ResourceConfiguration on a ResourceGateway.
pub(crate) fn resource_configuration(name: &str, resource_gateway: &str) -> Value {
    object(
        "ResourceConfiguration",
        name,
        &json!({
            "type": "SINGLE",
            "resourceGatewayRef": {"name": resource_gateway},
            "resourceConfigurationDefinition": {"dnsResource": {"domainName": HOST, "ipAddressType": "IPV4"}},
            "portRanges": ["443"],
        }),
    )
}

/// A GatewayTarget that calls an API; its server is not asked anything when it is made.
pub(crate) fn target(name: &str, gateway: &str) -> Value {
    let document = json!({
        "openapi": "3.0.3",
        "info": {"title": "private-api", "version": "1.0.0"},
        "servers": [{"url": format!("https://{HOST}/prod")}],
        "paths": {"/items": {"get": {
            "operationId": "listItems",
            "responses": {"200": {"description": "OK"}},
        }}},
    });
    object(
        "GatewayTarget",
        name,
        &json!({
            "gatewayRef": {"name": gateway},
            "description": "Private API",
            "targetConfiguration": {"mcp": {"openApiSchema": {"inlinePayload": document.to_string()}}},
            "credentialProviderConfigurations": [{
                "credentialProviderType": "API_KEY",
                "credentialProvider": {"apiKeyCredentialProvider": {
                    "providerArn": PROVIDER, "credentialParameterName": "x-api-key", "credentialLocation": "HEADER",
                }},
            }],
        }),
    )
}

/// As [`target`], through a ResourceConfiguration.
pub(crate) fn private_target(name: &str, gateway: &str, resource_configuration: &str) -> Value {
    let mut target = target(name, gateway);
    target["spec"]["privateEndpoint"] =
        json!({"selfManagedLatticeResource": {"resourceConfigurationRef": {"name": resource_configuration}}});
    target
}

const HOST: &str = "a1b2c3d4e5-vpce-0a1b2c3d4e5f60c01.execute-api.us-west-2.amazonaws.com";
const PROVIDER: &str =
    "arn:aws:bedrock-agentcore:us-west-2:111122223333:token-vault/default/apikeycredentialprovider/private-apigw";

fn object(kind: &str, name: &str, spec: &Value) -> Value {
    json!({
        "apiVersion": "tools.agentcore.dev/v1alpha1",
        "kind": kind,
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": spec,
    })
}

/// Applies objects, in this order.
pub(crate) async fn apply_all(world: &World, objects: &[Value]) -> anyhow::Result<()> {
    for object in objects {
        world.apply(&object.to_string()).await?;
    }
    Ok(())
}

/// Applies the set, all at once and users first.
pub(crate) async fn apply(world: &World) -> anyhow::Result<()> {
    let [target, configuration, resource_gateway, gateway] = KINDS.map(|kind| kind.object);
    let objects = [
        self::private_target(target, gateway, configuration),
        self::resource_configuration(configuration, resource_gateway),
        self::resource_gateway(resource_gateway),
        self::gateway(gateway),
    ];
    apply_all(world, &objects).await
}

/// Waits until all of the set is Ready.
pub(crate) async fn ready(world: &World) -> anyhow::Result<()> {
    // AWS is asked first because that costs nothing; the target comes last.
    let is_steady = || owned(world, TARGET).iter().any(|target| target["status"] == TARGET.steady);
    until(world, "AWS has the target", is_steady).await?;
    for kind in KINDS {
        world.ready(kind.name, NAMESPACE, kind.object).await?;
    }
    Ok(())
}

/// Asks for the deletion of all of the set, parents first, and does not wait.
pub(crate) async fn delete(world: &World) -> anyhow::Result<()> {
    for kind in KINDS.iter().rev() {
        world.delete(kind.name, NAMESPACE, kind.object).await?;
    }
    Ok(())
}

/// Waits until nothing of the set is left in Kubernetes, and sees that AWS has nothing that somebody would have to clean up.
pub(crate) async fn gone(world: &World) -> anyhow::Result<()> {
    for kind in KINDS {
        world.gone(kind.name, NAMESPACE, kind.object).await?;
    }
    let left = world.aws.left_over();
    expect(world, left.is_empty(), format!("the objects are gone, and AWS still has {left:?}")).await
}

/// Sees that AWS has one object of each kind, at rest, and that each custom resource knows the id of its own.
pub(crate) async fn one_of_each(world: &World) -> anyhow::Result<()> {
    for kind in KINDS {
        let in_aws = owned(world, kind);
        let ids: Vec<_> = in_aws.iter().map(|object| object[kind.id_in_aws].clone()).collect();
        let resource = world.get(kind.name, NAMESPACE, kind.object).await?;
        let known = resource["status"][kind.id].clone();
        let what = format!("{}: AWS has {ids:?}, the status says {known}", kind.name);
        expect(world, ids == [known], what).await?;
        let status = in_aws[0]["status"].clone();
        expect(world, status == kind.steady, format!("{} in AWS is {status}", kind.name)).await?;
    }
    Ok(())
}

/// The objects of a kind that AWS has, without what AWS made for itself.
pub(crate) fn owned(world: &World, kind: Kind) -> Vec<Value> {
    let mut objects = world.aws.objects(kind.in_aws);
    objects.retain(|object| object["serviceManaged"] != true);
    objects
}
