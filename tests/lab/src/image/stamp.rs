//! Which version an image is of, and when it was made: taken from the commit, so that every machine says the same.

use anyhow::Context;
use jiff::Timestamp;
use serde_json::{Map, Value};

use super::checkout::Checkout;

/// What an image says about itself.
#[derive(Debug, Clone)]
pub(super) struct Stamp {
    /// The version of the operator.
    pub(super) version: &'static str,
    /// The commit; `-dirty` says that there was more than it.
    pub(super) revision: String,
    /// When the commit was made, in seconds since 1970: the time of every file. `SOURCE_DATE_EPOCH` says otherwise.
    pub(super) epoch: u64,
    /// Where the sources can be had.
    source: Option<String>,
}

impl Stamp {
    /// Asks git, and the environment.
    pub(super) fn of(checkout: &Checkout, source: Option<String>) -> anyhow::Result<Stamp> {
        let epoch = match std::env::var("SOURCE_DATE_EPOCH") {
            Ok(given) => given,
            Err(_) => checkout.git(&["log", "-1", "--format=%ct"])?,
        };
        let dirty = !checkout.git(&["status", "--porcelain"])?.is_empty();
        let revision = checkout.git(&["rev-parse", "HEAD"])?;
        Ok(Stamp {
            version: env!("CARGO_PKG_VERSION"),
            revision: if dirty { format!("{revision}-dirty") } else { revision },
            epoch: epoch.trim().parse().context("SOURCE_DATE_EPOCH is no number of seconds")?,
            source: source.filter(|source| !source.is_empty()),
        })
    }

    /// What a test stamps with.
    #[cfg(test)]
    pub(super) fn at(epoch: u64) -> Stamp {
        Stamp { version: "0.0.0", revision: "test".to_owned(), epoch, source: None }
    }

    /// The time as OCI and `CycloneDX` write it.
    pub(super) fn created(&self) -> anyhow::Result<String> {
        let seconds = i64::try_from(self.epoch).context("SOURCE_DATE_EPOCH is too far in the future")?;
        Ok(Timestamp::from_second(seconds)?.to_string())
    }

    /// OCI's annotations, which are labels as well.
    pub(super) fn annotations(&self) -> anyhow::Result<Map<String, Value>> {
        let mut annotations = Map::new();
        let mut say = |name: &str, value: String| {
            annotations.insert(format!("org.opencontainers.image.{name}"), Value::String(value));
        };
        say("created", self.created()?);
        say(
            "description",
            "Turns MCP servers running on EKS into tools of Amazon Bedrock AgentCore Gateway".to_owned(),
        );
        say("licenses", "Apache-2.0".to_owned());
        say("revision", self.revision.clone());
        if let Some(source) = &self.source {
            say("source", source.clone());
        }
        say("title", "agentcore-gateway-operator".to_owned());
        say("version", self.version.to_owned());
        Ok(annotations)
    }
}
