//! Whether the operator still is the cluster that made what is there.
//!
//! The cluster's name is in every marker. Under another name the operator would know none of its own objects any more, and each of them would
//! be another cluster's to it. AWS remembers the old name beside the uid of the custom resource, which no other cluster's copy has: that
//! tells a changed name from objects that were copied here.

use anyhow::bail;
use kube::{
    Api, Client, Resource, ResourceExt,
    api::{ApiResource, DynamicObject, ListParams},
};

use crate::{
    api::{Gateway, ResourceConfiguration, ResourceGateway},
    aws::{Aws, ownership::TAG_PREFIX},
    kinds::tags,
};

/// How many objects are looked through for one that AWS has. One of a kind tells for all.
const PAGE: u32 = 50;

/// Refuses a changed name.
///
/// # Errors
///
/// AWS has an object of this very custom resource under the name of another cluster. What cannot be read refuses nothing: such objects
/// are left alone anyway.
pub(super) async fn check(client: &Client, namespaces: &[String], aws: &Aws, cluster: &str) -> anyhow::Result<()> {
    check_kind::<Gateway>(client, namespaces, aws, cluster, "gatewayArn").await?;
    check_kind::<ResourceGateway>(client, namespaces, aws, cluster, "resourceGatewayArn").await?;
    check_kind::<ResourceConfiguration>(client, namespaces, aws, cluster, "resourceConfigurationArn").await
}

async fn check_kind<K: Resource<DynamicType = ()>>(
    client: &Client,
    namespaces: &[String],
    aws: &Aws,
    cluster: &str,
    arn: &str,
) -> anyhow::Result<()> {
    let resource = ApiResource::erase::<K>(&());
    let apis: Vec<Api<DynamicObject>> = if namespaces.is_empty() {
        vec![Api::all_with(client.clone(), &resource)]
    } else {
        namespaces.iter().map(|namespace| Api::namespaced_with(client.clone(), namespace, &resource)).collect()
    };
    for api in apis {
        let Ok(page) = api.list(&ListParams::default().limit(PAGE)).await else { continue };
        let recorded = |object: &DynamicObject| object.data["status"][arn].as_str().map(str::to_owned);
        let Some((object, arn)) = page.items.iter().find_map(|object| Some((object, recorded(object)?))) else {
            continue;
        };
        let Ok(Some(tags)) = tags::read(aws, &arn).await else { continue };
        let tag = |key: &str| tags.get(&format!("{TAG_PREFIX}{key}")).map(String::as_str);
        let Some(other) = tag("cluster").filter(|other| *other != cluster) else { continue };
        if tag("uid") == object.uid().as_deref() {
            let (kind, namespace, name) = (K::kind(&()), object.namespace().unwrap_or_default(), object.name_any());
            bail!(
                "{kind} {namespace}/{name} was made as cluster {other}, and --cluster-name is {cluster} now: the operator would not know what \
                 it made. Start it with --cluster-name={other}"
            );
        }
    }
    Ok(())
}
