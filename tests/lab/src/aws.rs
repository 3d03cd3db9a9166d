//! An AWS account with `AgentCore` Gateway, VPC Lattice, STS, and the descriptions of EC2, ELB, ACM, Route 53 and API Gateway, emulated
//! over HTTP for the real SDKs.
//!
//! One port serves all services: the credential scope of a request's signature says which one is meant, so that
//! `AWS_ENDPOINT_URL` is all the configuration a caller needs. Requests and answers are judged by the public service models;
//! what the models leave open follows the user guides and, where those are silent, the stricter of what people report.
//!
//! * [`Aws`] starts it and is the door to everything a test can do behind the callers' backs.
//! * [`AwsOptions`] says how fast, how large and how forgetful it is.
//! * [`Fault`] makes calls go wrong: before or after the change, with an error, a lost connection, or a pause.
//! * [`network::Network`] is what lies around the targets: VPCs, load balancers, certificates, zones.
//! * [`policy::Policies`] is what a role may do: callers whose access key has some are held to them.
//! * [`Call`] is a line of the ledger, which has every call.

mod account;
mod acm;
mod admin;
mod api_gateway;
mod authorization;
mod backdoor;
mod call;
mod clock;
mod decode;
mod ec2;
mod elbv2;
mod fault;
mod filled;
mod gateway;
mod handshake;
mod ids;
mod json;
mod lattice;
mod ledger;
mod model;
pub mod network;
mod object;
mod operations;
mod options;
mod page;
pub mod policy;
mod private_endpoint;
mod protocol;
mod rates;
mod reach;
mod refusal;
mod route53;
mod server;
mod service;
mod signature;
mod tags;
mod target;
mod world;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use anyhow::Context as _;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::AbortHandle;

pub use fault::{Fault, FaultHandle};
pub use ledger::Call;
pub use object::ObjectKind;
pub use options::{AwsOptions, LeftOut, LimitError, Limits, NewTags, Provisioning};

use network::Network;
use object::Key;
use policy::Policies;
use world::World;

/// A running emulation. Clones are handles to the same one; it stops when the last of them is dropped.
#[derive(Clone)]
pub struct Aws {
    world: Arc<World>,
    address: SocketAddr,
    _server: Arc<Server>,
}

struct Server(AbortHandle);

impl Drop for Server {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// The arguments of `lab aws`.
#[derive(clap::Args, Clone, Debug)]
pub struct AwsArguments {
    /// The port on 127.0.0.1
    #[arg(long, default_value_t = 4566)]
    pub port: u16,
    /// How much faster than real time states move
    #[arg(long, default_value_t = 1.0)]
    pub speed: f64,
    /// The account
    #[arg(long, default_value = "111122223333")]
    pub account: String,
    /// The region
    #[arg(long, default_value = "us-west-2")]
    pub region: String,
    /// Where an MCP server of the emulated world really listens, as `URL=ADDRESS`; can be repeated
    #[arg(long = "endpoint", value_name = "URL=ADDRESS")]
    pub endpoints: Vec<String>,
    /// Neither rates nor a limit of concurrent operations
    #[arg(long)]
    pub no_limits: bool,
}

/// Runs the emulation until the process is asked to stop.
///
/// # Errors
///
/// When the port is taken or an endpoint is not of the form `URL=ADDRESS`.
pub async fn serve(arguments: AwsArguments) -> anyhow::Result<()> {
    let AwsArguments { port, speed, account, region, endpoints, no_limits } = arguments;
    let limits = if no_limits { Limits::off() } else { Limits::default() };
    let aws = Aws::start(AwsOptions { account, region, port, speed, limits, ..AwsOptions::default() }).await?;
    for endpoint in endpoints {
        let (url, address) = endpoint.rsplit_once('=').with_context(|| format!("{endpoint} is not URL=ADDRESS"))?;
        aws.register_endpoint(url, address);
    }
    tracing::info!(endpoint = aws.endpoint(), "AWS is emulated; set AWS_ENDPOINT_URL to reach it");
    tokio::signal::ctrl_c().await.context("the signal to stop cannot be waited for")
}

impl Aws {
    /// Starts an emulation with an empty account.
    ///
    /// # Errors
    ///
    /// When the port is taken or a service model cannot be read.
    pub async fn start(options: AwsOptions) -> anyhow::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port))
            .await
            .with_context(|| format!("port {} cannot be listened at", options.port))?;
        let address = listener.local_addr()?;
        let world = Arc::new(World::new(options)?);
        let server = tokio::spawn(server::accept(listener, Arc::clone(&world)));
        Ok(Self { world, address, _server: Arc::new(Server(server.abort_handle())) })
    }

    /// What `AWS_ENDPOINT_URL` must be.
    #[must_use]
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// How the emulation behaves.
    #[must_use]
    pub fn options(&self) -> &AwsOptions {
        &self.world.options
    }

    /// Says where the MCP server behind an `https` address of the emulated world listens; without this the handshake with it
    /// fails. The server sees the header `Host` of the emulated address.
    pub fn register_endpoint(&self, url: &str, address: &str) {
        self.world.register_endpoint(url, address);
    }

    /// Says that a domain and everything below it resolve inside a VPC only: targets reach them with a managed endpoint or
    /// through a resource gateway that resolves `IN_VPC`.
    pub fn register_private_zone(&self, domain: &str) {
        self.world.account().private_zones.push(domain.to_owned());
    }

    /// Looks at the network that EC2, ELB, ACM, Route 53 and API Gateway describe, and changes it; it is empty at first. `AgentCore` and VPC
    /// Lattice take no notice of VPCs that are not in it.
    pub fn network<T>(&self, look: impl FnOnce(&mut Network) -> T) -> T {
        look(&mut self.world.account().network)
    }

    /// Puts [`Network::fixture`] in the place of whatever network there is.
    pub fn install_fixture(&self) {
        self.network(|network| *network = Network::fixture());
    }

    /// Denies an operation, named as in the service model, until [`Aws::allow`]: callers get what the service answers when no
    /// policy allows it.
    pub fn deny(&self, operation: &str) {
        self.world.account().denied.insert(operation.to_owned());
    }

    /// Allows an operation again.
    pub fn allow(&self, operation: &str) {
        self.world.account().denied.remove(operation);
    }

    /// Holds everybody who signs with this access key to policies: what no statement allows is denied, as IAM does it. Whoever signs
    /// with another key may do everything.
    pub fn restrict(&self, access_key: &str, policies: Policies) {
        self.world.account().policies.insert(access_key.to_owned(), Arc::new(policies));
    }

    /// The virtual time.
    #[must_use]
    pub fn now(&self) -> jiff::Timestamp {
        self.world.clock.now()
    }

    /// Moves virtual time ahead at once.
    pub fn advance(&self, by: Duration) {
        self.world.clock.advance(by);
    }

    /// All calls since the start, in the order of their decisions.
    #[must_use]
    pub fn calls(&self) -> Vec<Call> {
        self.world.ledger().filtered(0, |_| true)
    }

    /// The calls of one operation.
    #[must_use]
    pub fn calls_of(&self, operation: &str) -> Vec<Call> {
        self.world.ledger().filtered(0, |call| call.operation == operation)
    }

    /// The calls of operations that can change something, also those that were refused.
    #[must_use]
    pub fn mutations(&self) -> Vec<Call> {
        self.world.ledger().filtered(0, |call| call.mutating)
    }

    /// The length of the ledger, for [`Aws::calls_since`].
    #[must_use]
    pub fn mark(&self) -> usize {
        self.world.ledger().len()
    }

    /// The calls after a mark.
    #[must_use]
    pub fn calls_since(&self, mark: usize) -> Vec<Call> {
        self.world.ledger().filtered(mark, |_| true)
    }

    /// The calls after a mark of operations that can change something, also those that were refused.
    #[must_use]
    pub fn mutations_since(&self, mark: usize) -> Vec<Call> {
        self.world.ledger().filtered(mark, |call| call.mutating)
    }

    /// Lets a fault happen from now on.
    #[must_use = "a fault that holds calls lets them go when its handle is dropped"]
    pub fn inject(&self, fault: Fault) -> FaultHandle {
        self.world.faults().inject(fault)
    }

    /// Ends all faults; held calls stay held until their handles let them go.
    pub fn clear_faults(&self) {
        self.world.faults().clear();
    }

    /// The objects of a kind in the order of their creation, each with all members of all its descriptions. `tags` is there
    /// for the kinds that AWS tags, `gatewayIdentifier` for targets.
    #[must_use]
    pub fn objects(&self, kind: ObjectKind) -> Vec<Value> {
        backdoor::objects(&self.world.account(), kind)
    }

    /// One object in the form of [`Aws::objects`]; nothing when there is none.
    #[must_use]
    pub fn object(&self, kind: ObjectKind, id: &str) -> Option<Value> {
        backdoor::object(&self.world.account(), &Key::new(kind, id))
    }

    /// Changes an object behind everybody's back, in the form of [`Aws::objects`]. `updatedAt` moves as it would for a change
    /// in the console, unless `change` sets it. False when there is no such object.
    pub fn edit(&self, kind: ObjectKind, id: &str, change: impl FnOnce(&mut Value)) -> bool {
        backdoor::edit(&mut self.world.account(), &Key::new(kind, id), change)
    }

    /// Removes an object at once, a gateway with its targets. False when there is no such object.
    #[expect(clippy::must_use_candidate, reason = "it is called for what it does")]
    pub fn remove(&self, kind: ObjectKind, id: &str) -> bool {
        backdoor::remove(&mut self.world.account(), &Key::new(kind, id))
    }

    /// Adds an object that someone else made, settled and unchecked, and returns its id.
    ///
    /// `body` is the input of the creation with `tags`; `gatewayId`, `targetId` or `id` choose the id, and members that only
    /// descriptions have (`status`, `serviceManaged`, ...) are taken as they are.
    #[expect(clippy::must_use_candidate, reason = "it is called for what it does")]
    #[expect(clippy::needless_pass_by_value, reason = "bodies are written where they are seeded")]
    pub fn seed(&self, kind: ObjectKind, body: Value) -> String {
        backdoor::seed(&mut self.world.account(), kind, &body)
    }

    /// Puts an object into a status, whatever was under way, also into one that AWS has not invented yet. False when there is no
    /// such object.
    #[expect(clippy::must_use_candidate, reason = "it is called for what it does")]
    pub fn set_status(&self, kind: ObjectKind, id: &str, status: &str, reasons: &[&str]) -> bool {
        self.world.status_is_free.store(true, Ordering::Relaxed);
        backdoor::set_status(&mut self.world.account(), &Key::new(kind, id), status, reasons)
    }

    /// Gives the consent that a target in `*_PENDING_AUTH` waits for. False when it does not wait.
    #[expect(clippy::must_use_candidate, reason = "it is called for what it does")]
    pub fn authorize(&self, target: &str) -> bool {
        let mut account = self.world.account();
        let waited = target::authorize(&mut account, target);
        self.world.start_inquiries(&mut account);
        waited
    }

    /// While down, calls get 503 and closed connections in turn.
    pub fn set_down(&self, down: bool) {
        self.world.down.store(down, Ordering::Relaxed);
    }

    /// One line for each object that stays until someone deletes it; empty when everything was cleaned up.
    #[must_use]
    pub fn left_over(&self) -> Vec<String> {
        backdoor::left_over(&self.world.account())
    }

    /// One line for each object that AWS removes itself: managed resource gateways, associations.
    #[must_use]
    pub fn reaped_by_aws(&self) -> Vec<String> {
        backdoor::reaped_by_aws(&self.world.account())
    }

    /// True when there is nothing at all, not even what AWS removes itself.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.left_over().is_empty() && self.reaped_by_aws().is_empty()
    }
}
