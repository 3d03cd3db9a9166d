//! What a test can choose about the emulated account.

use std::time::Duration;

/// How the emulation behaves. The default is AWS as documented, at real speed.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "independent ways of AWS, each of which a test may choose")]
pub struct AwsOptions {
    /// The account that every caller is in.
    pub account: String,
    /// The only region there is; requests signed for another are refused.
    pub region: String,
    /// The port to listen on at 127.0.0.1; 0 takes any free one.
    pub port: u16,
    /// How much faster virtual time runs than real time.
    pub speed: f64,
    /// Seed of all identifiers: equal seeds and equal calls give equal ids.
    pub seed: u64,
    /// Quotas and rates.
    pub limits: Limits,
    /// How long things take.
    pub provisioning: Provisioning,
    /// A state moves only after this many Gets have seen it in progress (and its time is over).
    pub reads_before_settled: u32,
    /// Virtual time during which Get still answers with what was before a write.
    pub get_lag: Duration,
    /// Virtual time during which lists still show what was before a write.
    pub list_lag: Duration,
    /// Virtual time during which `ListTagsForResource` still answers with what was before a write.
    pub tag_lag: Duration,
    /// Whether client tokens are remembered. AWS does not say for how long it does.
    pub token_memory: bool,
    /// Answer a creation of `AgentCore` whose client token is known without saying what was made: no id, no ARN, no address. The model
    /// requires them in the answer to a creation, and AWS does not say what the answer to a repeated one holds.
    pub repeats_without_id: bool,
    /// Whether VPC Lattice tells when it last changed something: the member is optional in its lists and descriptions.
    pub lattice_times: bool,
    /// Refuse changes of targets in `*_PENDING_AUTH` with `ConflictException` rather than `ValidationException`.
    pub conflict_for_pending_auth: bool,
    /// Refuse the deletion of an associated resource configuration with `ConflictException` (which the model declares) rather
    /// than with the `ValidationException` that people have seen.
    pub conflict_for_associated: bool,
    /// When IAM takes the tags that a creation brings for tags that the object has. AWS does not say.
    pub new_tags: NewTags,
    /// What descriptions show of members that were left out. AWS does not say.
    pub left_out: LeftOut,
    /// Ids of the domain verifications that VPC Lattice has, all of them `VERIFIED`.
    pub domain_verifications: Vec<String>,
    /// How many `DeleteGateway` calls are still refused after the last target is gone.
    pub stale_target_refusals: u32,
    /// Real time that an MCP server has for the whole handshake.
    pub handshake_budget: Duration,
    /// Entries on a page when the caller does not say, and at most: a small number makes callers follow the pages.
    pub page_size: usize,
}

impl Default for AwsOptions {
    fn default() -> Self {
        Self {
            account: "111122223333".to_owned(),
            region: "us-west-2".to_owned(),
            port: 0,
            speed: 1.0,
            seed: 1,
            limits: Limits::default(),
            provisioning: Provisioning::default(),
            reads_before_settled: 0,
            get_lag: Duration::ZERO,
            list_lag: Duration::ZERO,
            tag_lag: Duration::ZERO,
            token_memory: true,
            repeats_without_id: false,
            lattice_times: true,
            conflict_for_pending_auth: false,
            conflict_for_associated: false,
            new_tags: NewTags::Later,
            left_out: LeftOut::Hidden,
            domain_verifications: Vec::new(),
            stale_target_refusals: 2,
            handshake_budget: Duration::from_secs(30),
            page_size: 1000,
        }
    }
}

/// What descriptions show of members that were left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeftOut {
    /// What people have read back.
    Hidden,
    /// The values that AWS takes for them, wherever it takes some.
    Filled,
}

/// When the tags of a new object count as tags that it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NewTags {
    /// When the object is there.
    Later,
    /// While it is made already: the policies of AWS's own roles read as if it were so.
    AtOnce,
}

/// Which refusal meets a caller who does too much at once. AWS documents the quotas, not the error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LimitError {
    /// `ThrottlingException`, HTTP 429.
    Throttling,
    /// `ServiceQuotaExceededException`, HTTP 402, where the operation declares it.
    ServiceQuotaExceeded,
}

/// Quotas and rates of the control plane of `AgentCore`; VPC Lattice publishes no rates, so it has none here.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Calls per second and mutating operation; `None` for no limit.
    pub mutating_per_second: Option<u32>,
    /// Calls per second and reading operation; `None` for no limit.
    pub reading_per_second: Option<u32>,
    /// Whether those seconds are virtual. By default they are real, which is stricter in a world that runs faster.
    pub virtual_seconds: bool,
    /// Unsettled create, update and delete operations on the targets of one gateway; `None` for no limit.
    pub concurrent_target_operations: Option<usize>,
    /// What a caller beyond a rate or beyond the concurrency is told.
    pub error: LimitError,
    /// Gateways in the account.
    pub gateways: usize,
    /// Targets of one gateway.
    pub targets_per_gateway: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            mutating_per_second: Some(5),
            reading_per_second: Some(10),
            virtual_seconds: false,
            concurrent_target_operations: Some(5),
            error: LimitError::Throttling,
            gateways: 1000,
            targets_per_gateway: 100,
        }
    }
}

impl Limits {
    /// No rates and no concurrency; the quotas of objects stay.
    #[must_use]
    pub fn off() -> Self {
        Self {
            mutating_per_second: None,
            reading_per_second: None,
            concurrent_target_operations: None,
            ..Self::default()
        }
    }
}

/// How long an operation stays in progress, in virtual time. With zero, an object is in progress in the answer to the call that
/// started it and settled at the next read; a target whose MCP server is still being asked stays in progress all the same.
#[derive(Clone, Debug)]
pub struct Provisioning {
    /// CREATING of a gateway.
    pub gateway_create: Duration,
    /// UPDATING of a gateway.
    pub gateway_update: Duration,
    /// DELETING of a gateway.
    pub gateway_delete: Duration,
    /// CREATING of a target without private endpoint.
    pub target_create: Duration,
    /// CREATING of a target with private endpoint, and UPDATING to another one: three to five minutes in reality.
    pub private_endpoint: Duration,
    /// UPDATING of a target.
    pub target_update: Duration,
    /// DELETING of a target.
    pub target_delete: Duration,
    /// SYNCHRONIZING of a target.
    pub target_synchronize: Duration,
    /// How long a person has for the consent of a `*_PENDING_AUTH` target.
    pub authorization: Duration,
    /// Creation of a resource gateway, managed ones included.
    pub resource_gateway_create: Duration,
    /// Update of a resource gateway.
    pub resource_gateway_update: Duration,
    /// Deletion of a resource gateway.
    pub resource_gateway_delete: Duration,
    /// Creation of a resource configuration.
    pub resource_configuration_create: Duration,
    /// Update of a resource configuration.
    pub resource_configuration_update: Duration,
    /// Deletion of a resource configuration.
    pub resource_configuration_delete: Duration,
    /// Creation of the association that `AgentCore` makes for self-managed targets.
    pub association_create: Duration,
    /// How long that association outlives its last target.
    pub association_linger: Duration,
    /// How long a managed resource gateway outlives its last target.
    pub managed_gateway_linger: Duration,
}

impl Default for Provisioning {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self {
            gateway_create: seconds(10),
            gateway_update: seconds(5),
            gateway_delete: seconds(10),
            target_create: seconds(20),
            private_endpoint: seconds(240),
            target_update: seconds(20),
            target_delete: seconds(30),
            target_synchronize: seconds(30),
            authorization: seconds(600),
            resource_gateway_create: seconds(60),
            resource_gateway_update: seconds(15),
            resource_gateway_delete: seconds(30),
            resource_configuration_create: seconds(10),
            resource_configuration_update: seconds(5),
            resource_configuration_delete: seconds(10),
            association_create: seconds(30),
            association_linger: seconds(30),
            managed_gateway_linger: seconds(120),
        }
    }
}

impl Provisioning {
    /// Everything takes no time; only the time for consent and the lingering of what AWS reaps itself stay.
    #[must_use]
    pub fn instant() -> Self {
        let zero = Duration::ZERO;
        Self {
            gateway_create: zero,
            gateway_update: zero,
            gateway_delete: zero,
            target_create: zero,
            private_endpoint: zero,
            target_update: zero,
            target_delete: zero,
            target_synchronize: zero,
            resource_gateway_create: zero,
            resource_gateway_update: zero,
            resource_gateway_delete: zero,
            resource_configuration_create: zero,
            resource_configuration_update: zero,
            resource_configuration_delete: zero,
            association_create: zero,
            ..Self::default()
        }
    }
}
