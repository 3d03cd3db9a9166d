//! Families of metrics whose labels are those that the catalogue describes: a value too few or too many does not compile.

use std::borrow::Cow;

use prometheus_client::{
    metrics::{MetricType, counter::Counter, family::Family, histogram::Histogram},
    registry::Registry,
};

/// A number that goes up and down.
pub type Gauge = prometheus_client::metrics::gauge::Gauge;

/// Label values in the order of the description's labels.
pub type Values<const N: usize> = [Cow<'static, str>; N];

type Labels<const N: usize> = [(&'static str, Cow<'static, str>); N];

/// What a metric is called and what it means.
#[derive(Debug, Clone, Copy)]
pub struct Described<const N: usize> {
    /// The name under which it is scraped.
    pub name: &'static str,
    /// What kind of metric it is.
    pub kind: MetricType,
    /// What its series differ by.
    pub labels: [&'static str; N],
    /// One sentence; the full stop is added.
    pub help: &'static str,
}

/// A [`Described`] whose number of labels does not matter.
#[derive(Debug, Clone, Copy)]
pub struct Description {
    /// The name under which it is scraped.
    pub name: &'static str,
    /// What kind of metric it is.
    pub kind: MetricType,
    /// What its series differ by.
    pub labels: &'static [&'static str],
    /// One sentence; the full stop is added.
    pub help: &'static str,
}

impl<const N: usize> Described<N> {
    /// The same, as one of many.
    pub fn description(&'static self) -> Description {
        Description { name: self.name, kind: self.kind, labels: &self.labels, help: self.help }
    }

    /// The labels with these values.
    pub fn labels(&self, values: Values<N>) -> Labels<N> {
        let mut values = values.into_iter();
        self.labels.map(|label| (label, values.next().unwrap_or_default()))
    }

    pub(super) fn counters(&'static self, registry: &mut Registry) -> Counters<N> {
        let family = Family::default();
        // The registry puts it on again.
        registry.register(self.name.trim_end_matches("_total"), self.help, family.clone());
        Counters { described: self, family }
    }

    pub(super) fn gauges(&'static self, registry: &mut Registry) -> Gauges<N> {
        let family = Family::default();
        registry.register(self.name, self.help, family.clone());
        Gauges { described: self, family }
    }

    pub(super) fn histograms(&'static self, registry: &mut Registry, buckets: &'static [f64]) -> Histograms<N> {
        let family = Family::new_with_constructor(Buckets(buckets));
        registry.register(self.name, self.help, family.clone());
        Histograms { described: self, family }
    }
}

/// Counters that differ by their labels.
#[derive(Debug)]
pub struct Counters<const N: usize> {
    described: &'static Described<N>,
    family: Family<Labels<N>, Counter>,
}

impl<const N: usize> Counters<N> {
    /// The counter with these label values.
    pub fn of(&self, values: Values<N>) -> Counter {
        self.family.get_or_create_owned(&self.described.labels(values))
    }
}

/// Gauges that differ by their labels.
#[derive(Debug)]
pub struct Gauges<const N: usize> {
    described: &'static Described<N>,
    family: Family<Labels<N>, Gauge>,
}

impl<const N: usize> Gauges<N> {
    /// The gauge with these label values.
    pub fn of(&self, values: Values<N>) -> Gauge {
        self.family.get_or_create_owned(&self.described.labels(values))
    }
}

/// Histograms that differ by their labels.
#[derive(Debug)]
pub struct Histograms<const N: usize> {
    described: &'static Described<N>,
    family: Family<Labels<N>, Histogram, Buckets>,
}

impl<const N: usize> Histograms<N> {
    /// The histogram with these label values.
    pub fn of(&self, values: Values<N>) -> Histogram {
        self.family.get_or_create_owned(&self.described.labels(values))
    }
}

/// The upper ends of a histogram's buckets.
#[derive(Debug, Clone, Copy)]
pub(super) struct Buckets(&'static [f64]);

impl prometheus_client::metrics::family::MetricConstructor<Histogram> for Buckets {
    fn new_metric(&self) -> Histogram {
        Histogram::new(self.0.iter().copied())
    }
}
