//! Pieces of schema that attributes cannot say: patterns that several kinds share, maps with rules for their keys, and Kubernetes' own
//! types with the bounds that its generated schemas lack.
//!
//! Patterns are anchored and RE2. They follow AWS's models, except where a model refuses what AWS itself hands out.

use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::{Value, json};

use super::rules;

/// The name of an object in Kubernetes.
pub(super) const OBJECT_NAME: &str = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$";

/// The name of a namespace.
pub(super) const NAMESPACE_NAME: &str = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$";

/// A name in DNS, in lower case.
pub(super) const HOST_NAME: &str = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)+$";

/// Names in DNS, in lower case; `*` stands for any text.
pub(super) const HOST_PATTERN: &str = r"^[a-z0-9*.-]+$";

/// The path of a URL.
pub(super) const URL_PATH: &str = r"^/[!$%&()*+,./0-9:;=@A-Z_a-z~-]*$";

/// A duration as Go writes it.
pub(super) const DURATION: &str = r"^([0-9]+(ms|s|m|h))+$";

/// An annotation that decides about safety, on objects that become targets.
pub(super) const GUARDED_ANNOTATION: &str =
    r"^(tools\.agentcore\.dev/)?(security-group-ids|preflight|allow-internet-facing)$";

/// An object in S3. AWS's model says `.{1,2043}`, and RE2 counts to 1,000: `maxLength` does the rest.
pub(super) const S3_URI: &str = r"^s3://.+$";

/// An AWS account.
pub(super) const ACCOUNT_ID: &str = r"^[0-9]{12}$";

/// A secret in Secrets Manager.
pub(super) const SECRET_ARN: &str = r"^arn:aws(-[^:]+)?:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:.+$";

/// The id of a VPC.
pub(super) const VPC_ID: &str = r"^vpc-(([0-9a-z]{8})|([0-9a-z]{17}))$";

/// [`VPC_ID`] for people.
pub(super) const VPC_ID_IN_WORDS: &str =
    "vpcIdentifier is the id of a VPC, like vpc-0a1b2c3d4e5f60718; not its name or ARN";

/// The id of a subnet.
pub(super) const SUBNET_ID: &str = r"^subnet-[0-9a-zA-Z]{8,17}$";

/// [`SUBNET_ID`] for people.
pub(super) const SUBNET_IDS_IN_WORDS: &str =
    "subnetIds are ids of subnets, like subnet-0a1b2c3d4e5f60a01; not their names or ARNs";

/// The id of a security group.
pub(super) const SECURITY_GROUP_ID: &str = r"^sg-(([0-9a-z]{8})|([0-9a-z]{17}))$";

/// [`SECURITY_GROUP_ID`] for people.
pub(super) const SECURITY_GROUP_IDS_IN_WORDS: &str =
    "securityGroupIds are ids of security groups, like sg-0a1b2c3d4e5f60b02; not their names or ARNs";

/// The ARN of an IAM role.
pub(super) const ROLE_ARN: &str = r"^arn:aws(-[^:]+)?:iam::([0-9]{12})?:role/.+$";

/// A key in KMS.
pub(super) const KMS_KEY_ARN: &str = r"^arn:aws(|-cn|-us-gov):kms:[a-zA-Z0-9-]*:[0-9]{12}:key/[a-zA-Z0-9-]{36}$";

/// A function in Lambda, or a version or alias of it.
pub(super) const LAMBDA_FUNCTION_ARN: &str = r"^arn:(aws[a-zA-Z-]*)?:lambda:([a-z]{2}(-gov)?-[a-z]+-\d{1}):(\d{12}):function:([a-zA-Z0-9_.-]+)(:(\$LATEST|[a-zA-Z0-9_-]+))?$";

/// [`LAMBDA_FUNCTION_ARN`] for people.
pub(super) const LAMBDA_FUNCTION_ARN_IN_WORDS: &str =
    "arn is the ARN of a Lambda function, like arn:aws:lambda:us-west-2:111122223333:function:interceptor";

/// A policy engine.
pub(super) const POLICY_ENGINE_ARN: &str = r"^arn:aws(-[^:]+)?:bedrock-agentcore:[a-z0-9-]+:[0-9]{12}:policy-engine/[a-zA-Z][a-zA-Z0-9_-]{0,99}-[a-zA-Z0-9_]{10}$";

/// A scope of a token.
pub(super) const SCOPE: &str = r"^[\x21\x23-\x5B\x5D-\x7E]+$";

/// A claim of a token. AWS's model has a range of characters in it, which takes no hyphen.
pub(super) const CLAIM_NAME: &str = r"^[A-Za-z0-9_./:]+$";

/// What a claim is compared with, and the name of a workload identity.
pub(super) const CLAIM_VALUE: &str = r"^[A-Za-z0-9_.-]+$";

/// Where an issuer of tokens describes itself.
pub(super) const DISCOVERY_URL: &str =
    r"^[^\s?#]+/\.well-known/(openid-configuration|oauth-authorization-server)(/[^\s?#]+)?$";

/// The name of a gateway in AWS.
pub(super) const GATEWAY_NAME: &str = r"^([0-9a-zA-Z][-]?){1,48}$";

/// The name of a gateway target in AWS.
pub(super) const TARGET_NAME: &str = r"^([0-9a-zA-Z][-]?){1,100}$";

/// The id of a gateway.
pub(super) const GATEWAY_ID: &str = r"^([0-9a-z][-]?){1,100}-[0-9a-z]{10}$";

/// The name of a resource gateway or resource configuration in AWS.
const LATTICE_NAME: &str = r"^[a-z0-9]+(-[a-z0-9]+)*$";

/// One port, or a range of ports.
const PORT_RANGE: &str = r"^[0-9]{1,5}(-[0-9]{1,5})?$";

/// The id or ARN of a resource gateway.
pub(super) const RESOURCE_GATEWAY_IDENTIFIER: &str =
    r"^((rgw-[0-9a-z]{17})|(arn:[a-z0-9\-]+:vpc-lattice:[a-zA-Z0-9\-]+:\d{12}:resourcegateway/rgw-[0-9a-z]{17}))$";

/// The id or ARN of a resource configuration.
pub(super) const RESOURCE_CONFIGURATION_IDENTIFIER: &str = r"^((rcfg-[0-9a-z]{17})|(arn:[a-z0-9\-]+:vpc-lattice:[a-zA-Z0-9\-]+:\d{12}:resourceconfiguration/rcfg-[0-9a-z]{17}))$";

/// The id or ARN of a domain verification of VPC Lattice.
pub(super) const DOMAIN_VERIFICATION_IDENTIFIER: &str =
    r"^((dv-[0-9a-z]{17})|(arn:[a-z0-9\-]+:vpc-lattice:[a-zA-Z0-9\-]+:\d{12}:domainverification/dv-[a-fA-F0-9]{17}))$";

/// The ARN of a resource of any service. AWS's model allows `.{0,1023}` at its end, and RE2 counts to 1,000: `maxLength` does the rest.
pub(super) const RESOURCE_ARN: &str =
    r"^arn:[a-z0-9][-.a-z0-9]{0,62}:[a-z0-9][-.a-z0-9]{0,62}:([a-z0-9][-.a-z0-9]{0,62})?:[0-9]{12}:[^/].*$";

/// The ARN of an API key credential provider. One model knows only the service `acps`, the other takes almost anything; real ones are of
/// `bedrock-agentcore`.
pub(super) const API_KEY_PROVIDER_ARN: &str = r"^arn:aws[a-z0-9-]*:(bedrock-agentcore|acps):[a-z0-9-]+:[0-9]{12}:token-vault/[a-zA-Z0-9._-]+/apikeycredentialprovider/[a-zA-Z0-9._-]+$";

/// Scopes by scopes. AWS refuses an empty map: it means the same as none.
pub(super) fn scope_mapping(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "maxProperties": 50,
        "additionalProperties": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": SCOPE},
        "x-kubernetes-validations": [{
            "rule": format!("self.all(key, size(key) >= 1 && size(key) <= 255 && key.matches('{}'))", rules::in_cel(SCOPE)),
            "message": "a scope has 1 to 255 visible ASCII characters, without quotation marks and backslashes",
        }],
    })
}

/// The ARN of an OAuth credential provider; the model takes almost anything, and real ones look like those of API keys.
pub(super) const OAUTH2_PROVIDER_ARN: &str = r"^arn:aws[a-z0-9-]*:(bedrock-agentcore|acps):[a-z0-9-]+:[0-9]{12}:token-vault/[a-zA-Z0-9._-]+/oauth2credentialprovider/[a-zA-Z0-9._-]+$";

/// Where a person who consents is sent back to.
pub(super) const RETURN_URL: &str = r"^\w+:(/?/?)[^\s]+$";

/// The ARN of an agent in AgentCore Runtime.
pub(super) const RUNTIME_ARN: &str =
    r"^arn:aws(-[^:]+)?:bedrock-agentcore:[a-z0-9-]+:[0-9]{12}:runtime/[a-zA-Z][a-zA-Z0-9_]{0,47}-[a-zA-Z0-9]{10}$";

/// A version or an endpoint of such an agent.
pub(super) const RUNTIME_QUALIFIER: &str = r"^(.*([1-9][0-9]{0,4})|([a-zA-Z][a-zA-Z0-9_]{0,47}).*)$";

/// Where HTTP targets are called.
pub(super) const PASSTHROUGH_ENDPOINT: &str = r"^https://[a-zA-Z0-9\-\.]+(:[0-9]{1,5})?(/.*)?$";

/// [`PASSTHROUGH_ENDPOINT`] for people.
pub(super) const PASSTHROUGH_ENDPOINT_IN_WORDS: &str =
    "endpoint starts with https:// and a host, like https://internal.example.com/orders";

/// A path that language models are called at.
pub(super) const INFERENCE_PATH: &str = r"^/[a-zA-Z0-9\-\._/{}]+$";

/// The id of a language model, or a pattern of ids.
pub(super) const MODEL_PATTERN: &str = r"^[a-zA-Z0-9\-\._\*\?@:]+(/[a-zA-Z0-9\-\._\*\?@:]+)*$";

/// The version of a connector.
pub(super) const CONNECTOR_VERSION: &str = r"^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)$";

/// The name of a connector's tool or parameter.
pub(super) const CONNECTOR_NAME: &str = r"^[a-zA-Z][a-zA-Z0-9_-]*$";

/// Any JSON: what is in it, somebody else judges.
pub(super) fn json(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"x-kubernetes-preserve-unknown-fields": true})
}

/// A JSON object: what is in it, is judged when it is read.
pub(super) fn json_object(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "object", "x-kubernetes-preserve-unknown-fields": true})
}

/// Query parameters that every request gets. AWS's model bounds their length all together, and not their number.
pub(super) fn static_query_parameters(_: &mut SchemaGenerator) -> Schema {
    let names = (r"^[a-zA-Z0-9_.-]+$", 128, "the name of a query parameter has 1 to 128 letters, digits and _.- only");
    texts(100, names, &json!({"maxLength": 2048, "pattern": r"^[^\x00-\x1F\x7F]*$"}))
}

/// What of a service a connector calls.
pub(super) fn connector_parameters(_: &mut SchemaGenerator) -> Schema {
    let names = (
        CONNECTOR_NAME,
        128,
        "the name of a parameter has 1 to 128 letters, digits, hyphens and underscores, a letter first",
    );
    texts(10, names, &json!({"minLength": 1, "maxLength": 1024}))
}

/// What an OAuth provider is given with a request for a token.
pub(super) fn oauth_parameters(_: &mut SchemaGenerator) -> Schema {
    let names = (r"^(?s:.)+$", 256, "the name of a parameter has 1 to 256 characters");
    texts(10, names, &json!({"minLength": 1, "maxLength": 2048}))
}

/// A map of texts, with rules for its keys: their pattern, how long they are at most, and both in words.
fn texts(most: u32, (pattern, longest, in_words): (&str, u32, &str), values: &Value) -> Schema {
    let mut value = json!({"type": "string"});
    if let (Value::Object(value), Value::Object(values)) = (&mut value, values) {
        value.extend(values.clone());
    }
    json_schema!({
        "type": "object",
        "maxProperties": most,
        "additionalProperties": value,
        "x-kubernetes-validations": [{
            "rule": format!("self.all(key, size(key) <= {longest} && key.matches('{}'))", rules::in_cel(pattern)),
            "message": in_words,
        }],
    })
}

/// Tags where AgentCore's model names the characters: ASCII letters, digits, white space and `._:/=+@-`.
pub(super) fn agentcore_tags(_: &mut SchemaGenerator) -> Schema {
    tags(r"^[a-zA-Z0-9\s._:/=+@-]*$")
}

/// Tags where VPC Lattice follows AWS's general rule: letters and digits of any script, spaces and `_.:/=+-@`.
pub(super) fn lattice_tags(_: &mut SchemaGenerator) -> Schema {
    tags(r"^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$")
}

/// 50 tags fit in AWS, and four are ours.
fn tags(characters: &str) -> Schema {
    let in_cel = rules::in_cel(characters);
    json_schema!({
        "type": "object",
        "maxProperties": 46,
        "additionalProperties": {"type": "string", "maxLength": 256, "pattern": characters},
        "x-kubernetes-validations": [
            {
                "rule": "self.all(key, key.size() >= 1 && key.size() <= 128)",
                "message": "a tag's key has 1 to 128 characters",
            },
            {
                "rule": format!("self.all(key, key.matches('{in_cel}'))"),
                "message": "a tag's key has letters, digits, spaces and _.:/=+-@ only",
            },
            {
                "rule": "self.all(key, !key.lowerAscii().startsWith('aws:'))",
                "message": "tag keys that start with aws: are reserved by AWS",
            },
            {
                "rule": "self.all(key, !key.startsWith('tools.agentcore.dev/') && key != 'BedrockAgentCoreGatewayManaged')",
                "message": "tag keys that start with tools.agentcore.dev/ and BedrockAgentCoreGatewayManaged are reserved: they say who owns the object",
            },
        ],
    })
}

/// The name of a resource gateway.
pub(super) fn resource_gateway_name(_: &mut SchemaGenerator) -> Schema {
    lattice_name("rgw-")
}

/// The name of a resource configuration.
pub(super) fn resource_configuration_name(_: &mut SchemaGenerator) -> Schema {
    lattice_name("rcfg-")
}

fn lattice_name(reserved_prefix: &str) -> Schema {
    json_schema!({
        "type": "string",
        "minLength": 3,
        "maxLength": 40,
        "pattern": LATTICE_NAME,
        "x-kubernetes-validations": [
            rules::matching(LATTICE_NAME, "a name in VPC Lattice has lower-case letters, digits and single hyphens only, and no hyphen at its ends"),
            rules::not_starting_with(reserved_prefix),
        ],
    })
}

/// Ports and ranges of ports.
pub(super) fn port_ranges(_: &mut SchemaGenerator) -> Schema {
    let in_range = "self.split('-').all(port, int(port) >= 1 && int(port) <= 65535)";
    let upwards = "int(self.split('-')[0]) <= int(self.split('-')[size(self.split('-')) - 1])";
    json_schema!({
        "type": "array",
        "minItems": 1,
        "maxItems": 32,
        "items": {
            "type": "string",
            "minLength": 1,
            "maxLength": 11,
            "pattern": PORT_RANGE,
            "x-kubernetes-validations": [{
                "rule": format!("self.matches('{PORT_RANGE}') && {in_range} && {upwards}"),
                "message": "a port is 1 to 65535, and a range has two of them, the lower one first, like 8000-8010",
            }],
        },
    })
}

/// Kubernetes' own conditions, with the bounds and the list type that its generated schema lacks.
pub(super) fn conditions(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "array",
        "maxItems": 32,
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["type"],
        "items": {
            "type": "object",
            "description": "One thing that is true, false or not known of the object.",
            "required": ["lastTransitionTime", "message", "reason", "status", "type"],
            "properties": {
                "lastTransitionTime": text("When `status` last changed, in RFC 3339.", 64, json!({"format": "date-time"})),
                "message": text("What happened and what to do about it, for people. May be empty.", 32768, json!({})),
                "observedGeneration": {
                    "type": "integer",
                    "format": "int64",
                    "minimum": 0,
                    "description": "The `metadata.generation` that the condition speaks of. On `Ready` it is the generation that AWS holds.",
                },
                "reason": text(
                    "Why, in one word for programs, from a fixed list.", 1024,
                    json!({"minLength": 1, "pattern": "^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$"}),
                ),
                "status": {
                    "type": "string",
                    "enum": ["True", "False", "Unknown"],
                    "description": "Whether it is so: `True`, `False` or `Unknown`.",
                },
                "type": text(
                    "What the condition is about, for example `Ready`.", 316,
                    json!({"pattern": r"^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$"}),
                ),
            },
        },
    })
}

/// Kubernetes' own label selector, with the bounds that its generated schema lacks.
pub(super) fn label_selector(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "x-kubernetes-map-type": "atomic",
        "properties": {
            "matchLabels": {
                "type": "object",
                "maxProperties": 32,
                "additionalProperties": {"type": "string", "maxLength": 63},
                "description": "Labels that must be there with these values. Default: none. Example: `{agentcore: \"yes\"}`.",
            },
            "matchExpressions": {
                "type": "array",
                "maxItems": 32,
                "description": "Requirements that must all be met. Default: none.",
                "items": {
                    "type": "object",
                    "description": "One requirement on a label.",
                    "required": ["key", "operator"],
                    "properties": {
                        "key": text("The label's key.", 317, json!({"minLength": 1})),
                        "operator": {
                            "type": "string",
                            "enum": ["In", "NotIn", "Exists", "DoesNotExist"],
                            "description": "How the label relates to `values`: `In`, `NotIn`, `Exists` or `DoesNotExist`.",
                        },
                        "values": {
                            "type": "array",
                            "maxItems": 64,
                            "items": {"type": "string", "maxLength": 63},
                            "description": "Values to compare with. At least one with `In` and `NotIn`, none with the others.",
                        },
                    },
                    "x-kubernetes-validations": [{
                        "rule": "(self.operator in ['In', 'NotIn']) == (has(self.values) && size(self.values) > 0)",
                        "message": "values are required with operator In and NotIn and refused with Exists and DoesNotExist",
                    }],
                },
            },
        },
    })
}

fn text(description: &str, max_length: u32, more: Value) -> Value {
    let mut schema = json!({"type": "string", "description": description, "maxLength": max_length});
    if let (Value::Object(schema), Value::Object(more)) = (&mut schema, more) {
        schema.extend(more);
    }
    schema
}
