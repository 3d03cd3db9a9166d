//! Taking over what exists in AWS.

use kube::KubeSchema;
use serde::{Deserialize, Serialize};

use super::rules;

/// An object that exists in AWS and is taken over instead of made. What differs from the spec is told before the first change, in the
/// message of `Ready` and in an event. Left out, `deletionPolicy` then means `Retain`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = rules::exactly_one_of(&["id", "name"]))]
#[x_kube(
    validation = Rule::new("!has(self.orCreate) || !self.orCreate || has(self.name)")
        .message("orCreate goes with name only: nobody can choose the id of what is made")
)]
pub struct Adopt {
    /// Its id in AWS; its name there is taken as it is. Exactly one of this and `name`. Example: `agents-abcde12345`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 256))]
    #[x_kube(
        validation = Rule::new("!self.startsWith('arn:')")
            .message("adopt.id is an id, like agents-abcde12345 or rgw-0a1b2c3d4e5f60e01: the part of the ARN after the last slash")
    )]
    pub id: Option<String>,

    /// Its name in AWS. Exactly one of this and `id`. Example: `agents`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 200))]
    pub name: Option<String>,

    /// `true`: it is made where AWS has none of this name. Default: `false`, it is waited for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub or_create: Option<bool>,

    /// The `--cluster-name` of the operator whose marker it carries, which allows taking it from there: after a move, when that operator
    /// has let it go. Default: what carries another cluster's marker is left alone. Example: `other-cluster`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 256))]
    pub from: Option<String>,
}
