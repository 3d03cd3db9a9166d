//! AWS as the operator uses it: the SDK's clients, one way to call them, and what was listed.
//!
//! - [`fault`]: what an error means
//! - [`ownership`]: names, markers, tokens, and whose an object is
//! - [`pace`]: quotas and priorities
//! - [`inventory`]: the lists that waiting and drift live on
//! - [`raw`]: answers as they came
//! - [`refusals`]: which requests failed
//! - `attempts`: what is measured

mod attempts;
pub mod fault;
mod fenced;
pub mod inventory;
pub mod ownership;
pub mod pace;
pub mod raw;
pub mod refusals;

use std::{
    error::Error,
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use self::attempts::Attempts;
pub use self::{
    fault::{Absent, Fault, FaultKind},
    inventory::{Inventory, Keeper, Listing, Scope, Summary},
    pace::{Rates, Urgency},
};
use crate::{fence::Fence, metrics::Metrics};
use aws_config::{
    BehaviorVersion, Region, SdkConfig, meta::region::ProvideRegion, profile::ProfileFileRegionProvider,
    retry::RetryConfig, timeout::TimeoutConfig,
};
use aws_sdk_acm as acm;
use aws_sdk_apigateway as apigateway;
use aws_sdk_bedrockagentcorecontrol as agentcore;
use aws_sdk_ec2 as ec2;
use aws_sdk_elasticloadbalancingv2 as elb;
use aws_sdk_route53 as route53;
use aws_sdk_vpclattice as lattice;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use futures::future::BoxFuture;

/// Who the operator is in AWS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Twelve digits.
    pub id: String,
    /// For example `us-west-2`.
    pub region: String,
    /// `aws`, `aws-cn` or `aws-us-gov`: the second part of every ARN.
    pub partition: String,
}

impl Account {
    /// The ARN of a gateway, which lists do not tell.
    pub fn gateway_arn(&self, id: &str) -> String {
        let Self { id: account, region, partition } = self;
        format!("arn:{partition}:bedrock-agentcore:{region}:{account}:gateway/{id}")
    }

    /// What the names of AWS's endpoints end with in this partition.
    /// <https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html>
    pub fn dns_suffix(&self) -> &'static str {
        match self.partition.as_str() {
            "aws-cn" => "amazonaws.com.cn",
            "aws-eusc" => "amazonaws.eu",
            "aws-iso" => "c2s.ic.gov",
            "aws-iso-b" => "sc2s.sgov.gov",
            _ => "amazonaws.com",
        }
    }

    /// The settings for a service that has one endpoint per partition, such as Route 53. The SDK knows in which region requests to it
    /// are signed, but not when `AWS_ENDPOINT_URL` leads elsewhere.
    /// <https://docs.aws.amazon.com/general/latest/gr/r53.html>
    fn global(&self, config: &SdkConfig) -> SdkConfig {
        let region = match self.partition.as_str() {
            "aws" => "us-east-1",
            "aws-cn" => "cn-northwest-1",
            "aws-us-gov" => "us-gov-west-1",
            _ => &self.region,
        };
        config.to_builder().region(Region::new(region.to_owned())).build()
    }
}

/// Whose what an ARN names is. `None`: it is no ARN, or names something that is no account's, such as an S3 bucket.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html>
pub fn account_of(arn: &str) -> Option<&str> {
    arn.split(':').nth(4).filter(|account| !account.is_empty())
}

/// The region that the environment says, or on a person's machine the profile. The node is not asked: where pods reach its metadata at all, it
/// may be in another region than the one that is meant. `None`: nobody says one.
pub async fn region() -> Option<Region> {
    // A variable that is empty says nothing.
    let said = |name: &&str| std::env::var(name).ok().filter(|region| !region.is_empty());
    match ["AWS_REGION", "AWS_DEFAULT_REGION"].iter().find_map(said) {
        Some(region) => Some(Region::new(region)),
        None => ProfileFileRegionProvider::new().region().await,
    }
}

/// The SDK's clients with pace and memory of what was listed. Cheap to clone.
#[derive(Clone)]
pub struct Aws {
    shared: Arc<Shared>,
    urgency: Urgency,
}

struct Shared {
    agentcore: agentcore::Client,
    lattice: lattice::Client,
    elb: elb::Client,
    acm: acm::Client,
    route53: route53::Client,
    ec2: ec2::Client,
    apigateway: apigateway::Client,
    account: Account,
    pace: pace::Pace,
    inventory: Inventory,
    /// Nothing is begun any more that changes AWS.
    stopping: AtomicBool,
}

/// A client whose attempts are measured. The SDK's shared settings have no place for that.
macro_rules! client {
    ($service:ident, $config:expr, $attempts:ident) => {
        $service::Client::from_conf($service::config::Builder::from($config).interceptor($attempts.clone()).build())
    };
}

impl Aws {
    /// Finds credentials as every AWS program does, and asks STS who that is. Nothing is sent, not even another attempt of a call that was
    /// begun, when the fence is closed.
    ///
    /// # Errors
    ///
    /// STS does not answer.
    pub async fn connect(region: Region, rates: Rates, fence: Fence, metrics: &Metrics) -> Result<Self, Fault> {
        let config = aws_config::defaults(BehaviorVersion::latest())
            .region(region)
            .http_client(fenced::client(fence))
            .retry_config(RetryConfig::standard().with_max_attempts(3))
            .timeout_config(
                TimeoutConfig::builder()
                    .connect_timeout(Duration::from_secs(5))
                    .operation_attempt_timeout(Duration::from_secs(20))
                    .operation_timeout(Duration::from_secs(45))
                    .build(),
            )
            .load()
            .await;
        Self::with(&config, rates, metrics).await
    }

    /// As [`Aws::connect`], with these settings instead of those that every AWS program finds.
    ///
    /// # Errors
    ///
    /// No region is set, or STS does not answer.
    pub async fn with(config: &SdkConfig, rates: Rates, metrics: &Metrics) -> Result<Self, Fault> {
        const WHO: &str = "GetCallerIdentity";
        let Some(region) = config.region().map(ToString::to_string) else {
            return Err(Fault::unavailable(WHO, "no AWS region is set"));
        };
        let attempts = Attempts(metrics.clone());
        let sts = client!(aws_sdk_sts, config, attempts);
        let caller = async { sts.get_caller_identity().send().await.map_err(|error| Fault::from((WHO, error))) };
        let caller = Box::pin(attempts::follow(WHO, caller)).await?;
        let arn = caller.arn().unwrap_or_default();
        let account = Account {
            id: caller.account().unwrap_or_default().to_owned(),
            region,
            partition: arn.split(':').nth(1).unwrap_or("aws").to_owned(),
        };
        Ok(Self {
            shared: Arc::new(Shared {
                agentcore: client!(agentcore, config, attempts),
                lattice: client!(lattice, config, attempts),
                elb: client!(elb, config, attempts),
                acm: client!(acm, config, attempts),
                route53: client!(route53, &account.global(config), attempts),
                ec2: client!(ec2, config, attempts),
                apigateway: client!(apigateway, config, attempts),
                account,
                pace: pace::Pace::new(rates),
                inventory: Inventory::default(),
                stopping: AtomicBool::new(false),
            }),
            urgency: Urgency::Wait,
        })
    }

    /// The same clients, for callers that are this urgent.
    #[must_use]
    pub fn at(&self, urgency: Urgency) -> Self {
        Self { shared: Arc::clone(&self.shared), urgency }
    }

    /// Lets calls finish that were begun, and begins none any more that changes AWS: what comes after this process does them.
    pub fn stop(&self) {
        self.shared.stopping.store(true, Ordering::Relaxed);
    }

    /// The control plane of AgentCore.
    pub fn agentcore(&self) -> &agentcore::Client {
        &self.shared.agentcore
    }

    /// VPC Lattice.
    pub fn lattice(&self) -> &lattice::Client {
        &self.shared.lattice
    }

    /// Elastic Load Balancing: Application, Network and Gateway Load Balancers.
    pub fn elb(&self) -> &elb::Client {
        &self.shared.elb
    }

    /// AWS Certificate Manager.
    pub fn acm(&self) -> &acm::Client {
        &self.shared.acm
    }

    /// Route 53.
    pub fn route53(&self) -> &route53::Client {
        &self.shared.route53
    }

    /// EC2.
    pub fn ec2(&self) -> &ec2::Client {
        &self.shared.ec2
    }

    /// API Gateway: REST APIs.
    pub fn apigateway(&self) -> &apigateway::Client {
        &self.shared.apigateway
    }

    /// Who the operator is.
    pub fn account(&self) -> &Account {
        &self.shared.account
    }

    /// What was listed.
    pub fn inventory(&self) -> &Inventory {
        &self.shared.inventory
    }

    /// Makes one call, when its turn has come.
    ///
    /// # Errors
    ///
    /// What AWS answered, or what became of the call, as a [`Fault`].
    pub fn call<'call, T, E, R>(
        &'call self,
        operation: &'static str,
        send: impl Future<Output = Result<T, SdkError<E, R>>> + Send + 'call,
    ) -> BoxFuture<'call, Result<T, Fault>>
    where
        T: Send,
        E: Error + ProvideErrorMetadata + Send + 'static,
        R: fmt::Debug + Send,
    {
        // The SDK's futures have twenty kilobytes each: on the heap, they do not swell every future that awaits one.
        Box::pin(async move {
            let _turn = self.shared.pace.admit(operation, self.urgency).await;
            if self.shared.stopping.load(Ordering::Relaxed) && !pace::is_read(operation) {
                return Err(Fault::unavailable(operation, "the operator is stopping"));
            }
            attempts::follow(operation, async { send.await.map_err(|error| Fault::from((operation, error))) }).await
        })
    }
}
