//! Status: the same frame on every kind, with the kind's own facts beside it.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

use super::schema;
use super::workload::Synchronization;

/// What was seen. A pure function of AWS and of the objects referred to: a settled object's status is written zero times.
///
/// The CRD's default is `observedGeneration: -1`, so tools that follow kstatus say "in progress" before the first look.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Status<Facts> {
    /// The `metadata.generation` that was looked at last. -1 before the first look. The generation that AWS holds is another one:
    /// the `observedGeneration` of condition `Ready`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,

    /// The value of the annotation `tools.agentcore.dev/reconcile-requested-at` (or Flux's `reconcile.fluxcd.io/requestedAt`) that was
    /// acted on last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1024))]
    pub last_handled_reconcile_at: Option<String>,

    /// What is true of the object now. Always `Ready`, whose message is the one line worth reading, `Accepted`, `ResolvedRefs` and
    /// `Programmed`; `Reconciling`, `Stalled`, `Suspended`, `InUse` and `ReplacementRequired` only while they are True.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "schema::conditions")]
    pub conditions: Vec<Condition>,

    /// What the operator has to know again after a restart. Not meant for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed: Option<Observed>,

    /// What users may rely on of this kind: identifiers, addresses, AWS's own words.
    #[serde(flatten)]
    pub facts: Facts,
}

/// How an object in AWS is replaced by another one, which is made beside it and takes over when it is ready.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Replacing {
    /// Which replacement serves now: its name in AWS ends in `-r<n>`. 0 for the first object.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub current: u32,

    /// How many replacements were begun.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub tried: u32,

    /// A replacement is being made.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub building: bool,

    /// The id of the object that is to take over; when none is being made any more, of one that is given up and deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 256))]
    pub successor: Option<String>,

    /// The id of the object that served before; it is deleted when its users have moved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 256))]
    pub retiring: Option<String>,

    /// Why the last replacement was given up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 2048))]
    pub failure: Option<String>,
}

/// What the operator has to know again after a restart.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Observed {
    /// The AWS account that the recorded identifiers belong to, 12 digits. Example: `111122223333`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub account_id: Option<String>,

    /// The AWS region that the recorded identifiers belong to. Example: `us-west-2`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub region: Option<String>,

    /// AWS's own time of the last change of the object, in RFC 3339. AWS: `updatedAt`, in VPC Lattice `lastUpdatedAt`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub updated_at: Option<String>,

    /// A hash of what was sent to AWS last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub spec_hash: Option<String>,

    /// A hash of what AWS shows of its own: members on which the spec is silent, and that no update takes away. They are no drift.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub own_hash: Option<String>,

    /// A hash of the value of the annotation `tools.agentcore.dev/resend-requested-at` that was acted on last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub resent: Option<String>,

    /// How often a create was started; part of the client token, so that a repeated request cannot make a second object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub create_attempt: Option<u32>,

    /// The keys of the tags that the operator put on the object in AWS. Only these are ever removed again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 200), inner(length(max = 256)))]
    pub tag_keys: Vec<String>,

    /// The name in AWS of an object that was there before `spec.adopt` took it over: left out, `deletionPolicy` then means `Retain`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 256))]
    pub adopted: Option<String>,

    /// How the object in AWS is replaced by another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replacement: Option<Replacing>,

    /// How tools were read; only of targets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub synchronization: Option<Synchronization>,
}

/// An identifier that says something: an empty one, which AWS's answer to a repeated create may have left, is none.
pub(super) fn stated<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    Ok(text.filter(|text| !text.is_empty()))
}

fn is_nothing<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
