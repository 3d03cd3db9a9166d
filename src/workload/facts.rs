//! What AWS says about the way from a resource gateway to a load balancer, and of REST APIs, asked once for all who want to know.
//!
//! Every answer is a plain value. What could not be read is a value, too ([`Known`]), so that one missing permission leaves every other
//! check as it is. The caller says how old an answer may be; a hundred targets behind one load balancer that accept the same age cost
//! what one of them costs. Answers that nobody asked for during an hour go, and their number is bounded.
//!
//! | file | what is asked |
//! |---|---|
//! | `load_balancer` | Elastic Load Balancing: load balancers, listeners, target groups and their health |
//! | `certificate` | ACM: certificates |
//! | `zone` | EC2 and Route 53: how a VPC resolves names; and the operator's own resolver |
//! | `network` | EC2: subnets, security groups and their rules, network interfaces |
//! | `vpc_endpoint` | EC2: VPC endpoints |
//! | `stage` | API Gateway: REST APIs, and what their stages export |

mod cache;
mod certificate;
mod load_balancer;
mod network;
mod stage;
mod vpc_endpoint;
mod zone;

use std::sync::Arc;

use tokio::time::Instant;

use self::{cache::Cache, load_balancer::LoadBalancers, network::Interface};
pub use self::{
    certificate::{Certificate, CertificateKind, CertificateStatus, Offered},
    load_balancer::{
        Entrance, Health, Listener, LoadBalancer, LoadBalancerKind, LoadBalancerState, Pool, Target, TargetGroup,
        TargetKind, Tls, listener_on, load_balancer_name,
    },
    network::{Backend, Direction, Peer, Rule, SecurityGroup, Subnet},
    stage::RestApi,
    vpc_endpoint::VpcEndpoint,
    zone::{Covering, LookUp, Record, VpcDns, Zone, covers, plain_name},
};
use super::rest_api::Export;
use crate::aws::{Aws, Fault};

/// Something that was asked for: the answer, or why there is none.
#[derive(Debug, Clone, PartialEq)]
pub enum Known<T> {
    /// AWS's answer.
    Read(T),
    /// The call that failed. Says nothing about the thing.
    Unreadable(Fault),
}

impl<T> Known<T> {
    /// The answer, when there is one.
    pub fn read(&self) -> Option<&T> {
        match self {
            Self::Read(value) => Some(value),
            Self::Unreadable(_) => None,
        }
    }

    /// The same knowledge, without taking it.
    ///
    /// # Errors
    ///
    /// The call that failed.
    pub fn get(&self) -> Result<&T, &Fault> {
        match self {
            Self::Read(value) => Ok(value),
            Self::Unreadable(fault) => Err(fault),
        }
    }

    /// The same knowledge of something else.
    pub fn map<U>(self, work: impl FnOnce(T) -> U) -> Known<U> {
        match self {
            Self::Read(value) => Known::Read(work(value)),
            Self::Unreadable(fault) => Known::Unreadable(fault),
        }
    }

    /// As a `Result`, where one failure is a failure of the whole.
    fn known(self) -> Result<T, Fault> {
        match self {
            Self::Read(value) => Ok(value),
            Self::Unreadable(fault) => Err(fault),
        }
    }
}

impl<T> From<Result<T, Fault>> for Known<T> {
    fn from(answer: Result<T, Fault>) -> Self {
        match answer {
            Ok(value) => Self::Read(value),
            Err(fault) => Self::Unreadable(fault),
        }
    }
}

/// What AWS said, and when. Cheap to clone; all clones share it.
#[derive(Clone, Default)]
pub struct Facts(Arc<Caches>);

/// One cache per question that AWS can be asked. Lists of ids are sorted, so that the same set is the same question.
#[derive(Default)]
struct Caches {
    load_balancers: Cache<(), Arc<LoadBalancers>>,
    listeners: Cache<String, Arc<Vec<Listener>>>,
    listener_certificates: Cache<String, Arc<Vec<String>>>,
    target_groups: Cache<String, Arc<Vec<TargetGroup>>>,
    targets: Cache<String, Arc<Vec<Target>>>,
    preserves_client_addresses: Cache<String, bool>,
    certificates: Cache<String, Option<Arc<Certificate>>>,
    dns_support: Cache<String, bool>,
    dns_hostnames: Cache<String, bool>,
    zones: Cache<String, Arc<Vec<Zone>>>,
    /// By zone and host.
    records: Cache<(String, String), Arc<Vec<Record>>>,
    look_ups: Cache<String, Arc<Vec<std::net::IpAddr>>>,
    subnets: Cache<Vec<String>, Arc<Vec<Subnet>>>,
    security_groups: Cache<Vec<String>, Arc<Vec<SecurityGroup>>>,
    rules: Cache<Vec<String>, Arc<Vec<Rule>>>,
    /// By VPC and targets.
    interfaces: Cache<(String, Vec<String>), Arc<Vec<Interface>>>,
    vpc_endpoints: Cache<String, Option<Arc<VpcEndpoint>>>,
    rest_apis: Cache<String, Option<RestApi>>,
    /// By REST API and stage.
    exports: Cache<(String, String), Option<Arc<Export>>>,
    requests: stage::Requests,
}

impl Facts {
    /// The load balancer with this `DNSName`, among all of the account and region; `None` when there is none. All names are answered from
    /// one listing. Case, a dot at the end and `dualstack.` at the front make no difference.
    pub async fn load_balancer(
        &self,
        aws: &Aws,
        dns_name: &str,
        fresh_since: Instant,
    ) -> Known<Option<Arc<LoadBalancer>>> {
        let listing = self.0.load_balancers.get(&(), fresh_since, || load_balancer::list(aws)).await;
        listing.map(|listing| listing.named(dns_name))
    }

    /// What a client meets at one port of a load balancer.
    pub async fn entrance(&self, aws: &Aws, load_balancer: &LoadBalancer, port: u16, fresh_since: Instant) -> Entrance {
        load_balancer::entrance(self, aws, load_balancer, port, fresh_since).await
    }

    /// How a VPC resolves a host.
    pub async fn vpc_dns(&self, aws: &Aws, vpc: &str, host: &str, fresh_since: Instant) -> VpcDns {
        zone::vpc_dns(self, aws, vpc, host, fresh_since).await
    }

    /// What the operator's own resolver says of a host, within five seconds. Evidence only: the operator may be in another network.
    pub async fn look_up(&self, host: &str, fresh_since: Instant) -> LookUp {
        let host = plain_name(host);
        LookUp::from(self.0.look_ups.get(&host, fresh_since, || zone::look_up(&host)).await)
    }

    /// Those of these subnets that there are.
    pub async fn subnets(&self, aws: &Aws, ids: &[String], fresh_since: Instant) -> Known<Arc<Vec<Subnet>>> {
        let ids = set(ids);
        self.0.subnets.get(&ids, fresh_since, || network::subnets(aws, ids.clone())).await
    }

    /// Those of these security groups that there are.
    pub async fn security_groups(
        &self,
        aws: &Aws,
        ids: &[String],
        fresh_since: Instant,
    ) -> Known<Arc<Vec<SecurityGroup>>> {
        let ids = set(ids);
        self.0.security_groups.get(&ids, fresh_since, || network::security_groups(aws, ids.clone())).await
    }

    /// The rules of these security groups that are about TCP.
    pub async fn rules(&self, aws: &Aws, ids: &[String], fresh_since: Instant) -> Known<Arc<Vec<Rule>>> {
        let ids = set(ids);
        self.0.rules.get(&ids, fresh_since, || network::rules(aws, ids.clone())).await
    }

    /// The targets that see the addresses of clients, with the security groups they are behind. Empty where the load balancer's own
    /// address is all they see.
    pub async fn backends(
        &self,
        aws: &Aws,
        vpc: &str,
        entrance: &Entrance,
        fresh_since: Instant,
    ) -> Known<Vec<Backend>> {
        network::backends(self, aws, vpc, entrance, fresh_since).await.into()
    }

    /// The VPC endpoint with this id; `None` when there is none in the account and region.
    pub async fn vpc_endpoint(&self, aws: &Aws, id: &str, fresh_since: Instant) -> Known<Option<Arc<VpcEndpoint>>> {
        self.0.vpc_endpoints.get(&id.to_owned(), fresh_since, || vpc_endpoint::vpc_endpoint(aws, id)).await
    }

    /// The REST API with this id; `None` when there is none in the account and region.
    pub async fn rest_api(&self, aws: &Aws, id: &str, fresh_since: Instant) -> Known<Option<RestApi>> {
        self.0.rest_apis.get(&id.to_owned(), fresh_since, || stage::rest_api(aws, id)).await
    }

    /// What a stage of a REST API exports; `None` when there is no such stage.
    pub async fn export(&self, aws: &Aws, api: &str, stage: &str, fresh_since: Instant) -> Known<Option<Arc<Export>>> {
        let question = (api.to_owned(), stage.to_owned());
        self.0.exports.get(&question, fresh_since, || stage::export(aws, api, stage)).await
    }

    /// When a person's request for a look at an object was first met: what AWS said before that is too old for who asked.
    pub fn requested_since(&self, uid: &str, annotation: &'static str, request: &str) -> Instant {
        self.0.requests.since(uid, annotation, request)
    }

    /// The same for a request that may have been answered already: `None` when it was never met.
    pub fn known_request(&self, uid: &str, annotation: &'static str, request: &str) -> Option<Instant> {
        self.0.requests.known(uid, annotation, request)
    }

    /// Forgets an object that is gone.
    pub fn forget(&self, uid: &str) {
        self.0.requests.forget(uid);
    }
}

/// The same ids in an order of their own, each once.
pub fn set(ids: &[String]) -> Vec<String> {
    let mut ids = ids.to_vec();
    ids.sort();
    ids.dedup();
    ids
}

/// Reads all pages of an answer. One that could not be read to its last page is an error, never a short answer.
async fn pages<Item, Page>(
    operation: &'static str,
    mut page: impl FnMut(Option<String>) -> Page,
) -> Result<Vec<Item>, Fault>
where
    Page: Future<Output = Result<(Vec<Item>, Option<String>), Fault>>,
{
    let mut all = Vec::new();
    let mut token: Option<String> = None;
    loop {
        let (items, next) = page(token.clone()).await?;
        all.extend(items);
        let next = next.filter(|next| !next.is_empty());
        if next.is_none() {
            return Ok(all);
        }
        if next == token {
            return Err(Fault::unavailable(operation, "AWS answered with the same page again"));
        }
        token = next;
    }
}

#[cfg(test)]
mod tests;
