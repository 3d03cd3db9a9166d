//! What the two kinds of VPC Lattice have in common: ARNs and tags.

use std::collections::HashMap;

use super::{refused, tags::TagChange};
use crate::{
    aws::{Absent, Account, Aws, Fault},
    plan::{Hold, Reason},
};

/// The ARN of a resource gateway, from its id or from the ARN itself.
pub(super) fn resource_gateway_arn(account: &Account, identifier: &str) -> String {
    arn(account, "resourcegateway", identifier)
}

/// The ARN of a resource configuration, from its id or from the ARN itself.
pub(super) fn resource_configuration_arn(account: &Account, identifier: &str) -> String {
    arn(account, "resourceconfiguration", identifier)
}

fn arn(account: &Account, kind: &str, identifier: &str) -> String {
    if identifier.starts_with("arn:") {
        return identifier.to_owned();
    }
    let Account { id, region, partition } = account;
    format!("arn:{partition}:vpc-lattice:{region}:{id}:{kind}/{identifier}")
}

/// The tags of the object with this ARN; `None` when there is no such object.
///
/// # Errors
///
/// AWS did not tell.
pub(super) async fn list_tags(aws: &Aws, arn: &str) -> Result<Option<HashMap<String, String>>, Fault> {
    let list = aws.lattice().list_tags_for_resource().resource_arn(arn);
    let answer = aws.call("ListTagsForResource", list.send()).await.absent()?;
    Ok(answer.map(|answer| answer.tags.unwrap_or_default()))
}

/// Makes one change of tags.
///
/// # Errors
///
/// Who must act, when AWS did not take it.
pub(super) async fn tag(aws: &Aws, arn: &str, change: TagChange) -> Result<Hold, Hold> {
    match change {
        TagChange::Set(tags) => {
            let request = aws.lattice().tag_resource().resource_arn(arn).set_tags(Some(tags));
            aws.call("TagResource", request.send()).await.map_err(refused)?;
        }
        TagChange::Remove(keys) => {
            let request = aws.lattice().untag_resource().resource_arn(arn).set_tag_keys(Some(keys));
            aws.call("UntagResource", request.send()).await.map_err(refused)?;
        }
    }
    Ok(Hold::waiting(Reason::Updating, "The tags were changed"))
}
