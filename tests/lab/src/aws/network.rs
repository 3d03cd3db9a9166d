//! What lies around the targets in AWS: VPCs, load balancers, certificates, private hosted zones and APIs.
//!
//! A test describes it in plain values, through `Aws::network`, and changes it at any time; the descriptions of EC2, ELB, ACM,
//! Route 53 and API Gateway and the ways that packets of `AgentCore` take follow at once. Nothing is checked: what AWS would not let anybody
//! build can be built here. [`Network::fixture`] is the world of most scenarios.

mod api;
mod certificate;
pub mod fixture;
mod load_balancer;
mod security_group;
mod target_group;
mod vpc;
mod zone;

pub use api::{Api, ApiKind};
pub use certificate::{Certificate, CertificateKind, CertificateStatus};
pub use load_balancer::{Listener, ListenerRule, LoadBalancer, LoadBalancerKind, LoadBalancerState, Protocol, Scheme};
pub use security_group::{Peer, Rule, SecurityGroup};
pub use target_group::{HealthCheck, Target, TargetGroup, TargetHealth, TargetKind, TargetState};
pub use vpc::{NetworkInterface, Subnet, Vpc, VpcEndpoint, VpcEndpointName};
pub use zone::{HostedZone, Record, RecordData, RecordKind, ZoneOwner, ZoneVpc};

/// The account that the constructors of this module put into ARNs: the default of `AwsOptions`.
pub const ACCOUNT: &str = "111122223333";
/// The region that the constructors of this module put into ARNs and names: the default of `AwsOptions`.
pub const REGION: &str = "us-west-2";

/// Everything that an account has around its targets, in the order in which AWS lists it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Network {
    /// Virtual private clouds. What lies in a VPC that is not here is neither checked nor in anybody's way.
    pub vpcs: Vec<Vpc>,
    /// The subnets of all VPCs.
    pub subnets: Vec<Subnet>,
    /// The security groups of all VPCs.
    pub security_groups: Vec<SecurityGroup>,
    /// Network interfaces. Those of load balancers say which addresses the load balancer has.
    pub network_interfaces: Vec<NetworkInterface>,
    /// Interface endpoints.
    pub vpc_endpoints: Vec<VpcEndpoint>,
    /// Application and network load balancers, with their listeners.
    pub load_balancers: Vec<LoadBalancer>,
    /// Target groups, with their targets.
    pub target_groups: Vec<TargetGroup>,
    /// Certificates of ACM.
    pub certificates: Vec<Certificate>,
    /// Private hosted zones, also of other accounts.
    pub hosted_zones: Vec<HostedZone>,
    /// APIs of API Gateway, also of other accounts.
    pub apis: Vec<Api>,
}

/// Finding things to look at and things to change.
impl Network {
    /// The VPC with this id.
    #[must_use]
    pub fn vpc(&self, id: &str) -> Option<&Vpc> {
        self.vpcs.iter().find(|vpc| vpc.id == id)
    }

    /// The VPC with this id, to be changed.
    pub fn vpc_mut(&mut self, id: &str) -> Option<&mut Vpc> {
        self.vpcs.iter_mut().find(|vpc| vpc.id == id)
    }

    /// The subnet with this id.
    #[must_use]
    pub fn subnet(&self, id: &str) -> Option<&Subnet> {
        self.subnets.iter().find(|subnet| subnet.id == id)
    }

    /// The security group with this id.
    #[must_use]
    pub fn security_group(&self, id: &str) -> Option<&SecurityGroup> {
        self.security_groups.iter().find(|group| group.id == id)
    }

    /// The security group with this id, to be changed.
    pub fn security_group_mut(&mut self, id: &str) -> Option<&mut SecurityGroup> {
        self.security_groups.iter_mut().find(|group| group.id == id)
    }

    /// The load balancer with this ARN or name.
    #[must_use]
    pub fn load_balancer(&self, which: &str) -> Option<&LoadBalancer> {
        self.load_balancers.iter().find(|balancer| balancer.arn == which || balancer.name == which)
    }

    /// The load balancer with this ARN or name, to be changed.
    pub fn load_balancer_mut(&mut self, which: &str) -> Option<&mut LoadBalancer> {
        self.load_balancers.iter_mut().find(|balancer| balancer.arn == which || balancer.name == which)
    }

    /// The target group with this ARN or name.
    #[must_use]
    pub fn target_group(&self, which: &str) -> Option<&TargetGroup> {
        self.target_groups.iter().find(|group| group.arn == which || group.name == which)
    }

    /// The target group with this ARN or name, to be changed.
    pub fn target_group_mut(&mut self, which: &str) -> Option<&mut TargetGroup> {
        self.target_groups.iter_mut().find(|group| group.arn == which || group.name == which)
    }

    /// The certificate with this ARN.
    #[must_use]
    pub fn certificate(&self, arn: &str) -> Option<&Certificate> {
        self.certificates.iter().find(|certificate| certificate.arn == arn)
    }

    /// The certificate with this ARN, to be changed.
    pub fn certificate_mut(&mut self, arn: &str) -> Option<&mut Certificate> {
        self.certificates.iter_mut().find(|certificate| certificate.arn == arn)
    }

    /// The hosted zone with this id or name.
    #[must_use]
    pub fn hosted_zone(&self, which: &str) -> Option<&HostedZone> {
        self.hosted_zones.iter().find(|zone| zone.id == which || zone.name == which)
    }

    /// The hosted zone with this id or name, to be changed.
    pub fn hosted_zone_mut(&mut self, which: &str) -> Option<&mut HostedZone> {
        self.hosted_zones.iter_mut().find(|zone| zone.id == which || zone.name == which)
    }

    /// The VPC endpoint with this id, to be changed.
    pub fn vpc_endpoint_mut(&mut self, id: &str) -> Option<&mut VpcEndpoint> {
        self.vpc_endpoints.iter_mut().find(|endpoint| endpoint.id == id)
    }

    /// The API with this id.
    #[must_use]
    pub fn api(&self, id: &str) -> Option<&Api> {
        self.apis.iter().find(|api| api.id == id)
    }

    /// The API with this id, to be changed.
    pub fn api_mut(&mut self, id: &str) -> Option<&mut Api> {
        self.apis.iter_mut().find(|api| api.id == id)
    }

    /// The load balancers that send to a target group.
    pub(super) fn load_balancers_of<'a>(&'a self, group: &'a TargetGroup) -> impl Iterator<Item = &'a LoadBalancer> {
        self.load_balancers.iter().filter(|balancer| {
            balancer.listeners.iter().any(|listener| listener.target_groups().any(|arn| arn == group.arn))
        })
    }

    /// What of these subnets and groups does not lie in a VPC that is known: the member to blame, and a sentence.
    pub(super) fn check_members(
        &self,
        vpc: &str,
        subnets: &[String],
        groups: &[String],
    ) -> Result<(), (&'static str, String)> {
        if self.vpc(vpc).is_none() {
            return Ok(());
        }
        let stray = |id: &&String| self.subnet(id).is_none_or(|subnet| subnet.vpc != vpc);
        if let Some(id) = subnets.iter().find(stray) {
            return Err(("subnetIds", format!("The subnet {id} does not exist in the VPC {vpc}.")));
        }
        let stray = |id: &&String| self.security_group(id).is_none_or(|group| group.vpc != vpc);
        match groups.iter().find(stray) {
            Some(id) => Err(("securityGroupIds", format!("The security group {id} does not exist in the VPC {vpc}."))),
            None => Ok(()),
        }
    }
}
