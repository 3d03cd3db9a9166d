//! What a scrape is told of objects: counted anew from their copies each time, so that nothing is remembered and nothing can be stale.

use std::fmt;

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use kube::{Resource, ResourceExt, core::object::HasStatus};
use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeMetric},
    metrics::gauge::ConstGauge,
};

use crate::{
    api::{GROUP, Gateway, GatewayTarget, ResourceConfiguration, ResourceGateway},
    aws::{Aws, Scope},
    cluster::Stores,
    kinds::Managed,
    metrics::{
        catalog,
        described::{Described, Values},
    },
};

/// Gateways per account and region, and targets per gateway, as AWS publishes them; both can be raised.
/// <https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/bedrock-agentcore-limits.html>
const GATEWAYS: f64 = 1000.0;
const TARGETS: f64 = 100.0;

/// Counts what there is.
pub(super) struct Census {
    pub(super) stores: Stores,
    pub(super) aws: Aws,
}

impl fmt::Debug for Census {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Census").finish_non_exhaustive()
    }
}

/// One value with its labels.
type Sample<const N: usize> = (Values<N>, f64);

impl Collector for Census {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let now = Timestamp::now();
        let mut conditions = Vec::new();
        self.conditions::<Gateway>(&mut conditions);
        self.conditions::<GatewayTarget>(&mut conditions);
        self.conditions::<ResourceGateway>(&mut conditions);
        self.conditions::<ResourceConfiguration>(&mut conditions);
        let ages = conditions.iter().map(|(labels, since)| (labels.clone(), seconds(*since, now))).collect();
        tell(&mut encoder, &catalog::CONDITIONS, conditions.into_iter().map(|(labels, _)| (labels, 1.0)).collect())?;
        tell(&mut encoder, &catalog::CONDITION_AGE, ages)?;
        let mut terminating = Vec::new();
        self.terminating::<Gateway>(now, &mut terminating);
        self.terminating::<GatewayTarget>(now, &mut terminating);
        self.terminating::<ResourceGateway>(now, &mut terminating);
        self.terminating::<ResourceConfiguration>(now, &mut terminating);
        tell(&mut encoder, &catalog::TERMINATING, terminating)?;
        tell(&mut encoder, &catalog::TOOLS, self.tools())?;
        tell(&mut encoder, &catalog::QUOTA, self.quotas())
    }
}

impl Census {
    fn conditions<K: Managed>(&self, into: &mut Vec<(Values<7>, Timestamp)>) {
        let all = self.stores.select::<K, _>(|object| {
            let conditions = &HasStatus::status(object)?.conditions;
            Some(conditions.iter().map(|condition| labelled(object, condition)).collect::<Vec<_>>())
        });
        into.extend(all.into_iter().flatten());
    }

    fn terminating<K: Managed>(&self, now: Timestamp, into: &mut Vec<Sample<4>>) {
        // Also of objects that cannot be read: they are the likeliest to be stuck.
        for object in K::store(&self.stores).state() {
            let Some(deleted) = &object.meta().deletion_timestamp else { continue };
            let labels = [
                object.namespace().unwrap_or_default().into(),
                object.name_any().into(),
                GROUP.into(),
                K::kind(&()).into_owned().into(),
            ];
            into.push((labels, seconds(deleted.0, now)));
        }
    }

    fn tools(&self) -> Vec<Sample<2>> {
        self.stores.select::<GatewayTarget, _>(|target| {
            let tools = target.status.as_ref()?.facts.tool_count?;
            Some(([target.namespace().unwrap_or_default().into(), target.name_any().into()], tools.into()))
        })
    }

    /// What the latest lists say. Lattice's quotas are left out: its lists hold what others share, and AWS publishes two numbers for one.
    fn quotas(&self) -> Vec<Sample<3>> {
        let inventory = self.aws.inventory();
        let listed =
            |scope| inventory.latest(&scope).and_then(|list| u32::try_from(list.items.len()).ok()).map(f64::from);
        let mut ratios = self.stores.select::<Gateway, _>(|gateway| {
            let id = gateway.status.as_ref()?.facts.gateway_id.clone()?;
            let used = listed(Scope::Targets(id))?;
            let (namespace, name) = (gateway.namespace().unwrap_or_default(), gateway.name_any());
            Some((["targets_per_gateway".into(), namespace.into(), name.into()], used / TARGETS))
        });
        ratios.extend(listed(Scope::Gateways).map(|used| (["gateways".into(), "".into(), "".into()], used / GATEWAYS)));
        ratios
    }
}

fn labelled<K: Managed>(object: &K, condition: &Condition) -> (Values<7>, Timestamp) {
    let labels = [
        object.namespace().unwrap_or_default().into(),
        object.name_any().into(),
        GROUP.into(),
        K::kind(&()).into_owned().into(),
        condition.type_.clone().into(),
        condition.status.clone().into(),
        condition.reason.clone().into(),
    ];
    (labels, condition.last_transition_time.0)
}

/// How long ago that was; clocks differ, and nothing is younger than now.
fn seconds(since: Timestamp, now: Timestamp) -> f64 {
    now.duration_since(since).as_secs_f64().max(0.0)
}

fn tell<const N: usize>(
    encoder: &mut DescriptorEncoder<'_>,
    described: &'static Described<N>,
    samples: Vec<Sample<N>>,
) -> fmt::Result {
    if samples.is_empty() {
        return Ok(());
    }
    // The registry ends its sentences, and leaves those of collectors as they are.
    let help = format!("{}.", described.help);
    let mut family = encoder.encode_descriptor(described.name, &help, None, described.kind)?;
    for (values, value) in samples {
        ConstGauge::new(value).encode(family.encode_family(&described.labels(values))?)?;
    }
    Ok(())
}
