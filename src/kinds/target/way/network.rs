//! The hops that AWS knows of: load balancer, certificate, DNS, security groups.

use jiff::Timestamp;

use kube::ResourceExt;

use super::{
    super::super::lattice,
    Endpoint, Front, Hops, Walk,
    derive::{self, Derived},
};
use crate::{
    api::{
        ManagedVpcResource, PrivateEndpoint, ResourceConfigDnsResolution, ResourceConfiguration,
        ResourceConfigurationDefinition, ResourceGateway, ResourceGatewayIpAddressType, RoutingDomainPolicy,
    },
    cluster::View,
    plan::Reason,
    workload::{
        certificate::{self, Outcome},
        dns::{self, Resolver, Routing},
        facts::{Known, VpcDns},
        hop::Verdict,
        load_balancer,
        security_group::{self, Family, Network, fits},
        source::endpoint_from,
    },
};

/// Judges what can be judged by what AWS told. What no load balancer is known for stays unknown; the look at the server may tell more.
pub(super) async fn judge(
    walk: &Walk<'_>,
    endpoint: &Endpoint,
    name: Option<&Result<String, Verdict>>,
    front: Option<&Front>,
    derived: &Derived,
) -> Hops {
    let mut hops = Hops::unknown(match name {
        Some(_) => "Not looked at: the load balancer is not known",
        None => "The spec names no load balancer, so nothing of the way to the endpoint can be read from AWS",
    });
    match (name, front) {
        (Some(Err(verdict)), _) => hops.load_balancer = verdict.clone(),
        (_, Some(front)) => behind_a_load_balancer(walk, endpoint, front, &mut hops),
        (_, None) => {}
    }
    let place = place(walk, derived).await;
    names(walk, endpoint, front, &place, &mut hops).await;
    groups(walk, endpoint, front, &place, &mut hops).await;
    hops
}

fn behind_a_load_balancer(walk: &Walk<'_>, endpoint: &Endpoint, front: &Front, hops: &mut Hops) {
    let allowed = endpoint_from(walk.spec()).is_none_or(|from| from.allow_internet_facing.unwrap_or_default());
    let demand = load_balancer::Demand { name: &front.name, port: endpoint.port, allow_internet_facing: allowed };
    hops.load_balancer = load_balancer::judge(&demand, &front.balancer, front.entrance.as_ref());
    let Some(entrance) = &front.entrance else {
        hops.certificate = Verdict::unknown(Reason::Unavailable, "Not looked at: the load balancer is not known");
        return;
    };
    let own_authority = !walk.spec().certificate_configurations.is_empty();
    let demand = certificate::Demand { host: &endpoint.host, own_authority, now: Timestamp::now() };
    let judgment = certificate::judge(&demand, entrance);
    hops.served = judgment.served;
    match judgment.outcome {
        Outcome::Decided(verdict) => hops.certificate = verdict,
        Outcome::Undecided(undecided) => {
            hops.certificate = certificate::decide(&undecided, None);
            hops.undecided = Some(undecided);
        }
    }
}

/// What is resolved on the way.
enum Resolves {
    /// The endpoint's host.
    Host,
    /// The domain of a resource configuration.
    Domain(String),
    /// Nothing: a resource configuration names an address.
    Nothing,
}

/// From where in which network the endpoint is reached.
struct Place {
    vpc: Option<String>,
    subnets: Vec<String>,
    groups: Vec<String>,
    family: Family,
    resolver: Resolver,
    resolves: Resolves,
    ports: Option<Vec<String>>,
    is_private: bool,
}

async fn place(walk: &Walk<'_>, derived: &Derived) -> Place {
    let nowhere = Place {
        vpc: None,
        subnets: Vec::new(),
        groups: Vec::new(),
        family: Family::Four,
        resolver: Resolver::Public,
        resolves: Resolves::Host,
        ports: None,
        is_private: derived.endpoint.is_some() || derived.missing.is_some(),
    };
    match &derived.endpoint {
        None => nowhere,
        Some(PrivateEndpoint::ManagedVpcResource(resource)) => Place {
            vpc: resource.vpc_identifier.clone(),
            subnets: resource.subnet_ids.clone(),
            groups: managed_groups(walk, resource),
            family: match resource.endpoint_ip_address_type {
                Some(crate::api::EndpointIpAddressType::Ipv6) => Family::Six,
                Some(crate::api::EndpointIpAddressType::Ipv4) | None => Family::Four,
            },
            resolver: Resolver::InVpc,
            ..nowhere
        },
        Some(PrivateEndpoint::SelfManagedLatticeResource(_)) => self_managed(walk, nowhere).await,
    }
}

/// The groups of a managed network: those that the spec names, else those that AWS has in the same VPC and keeps, else the operator's.
fn managed_groups(walk: &Walk<'_>, resource: &ManagedVpcResource) -> Vec<String> {
    let status = walk.target.status.as_ref().filter(|_| walk.from.exists);
    let held = status.and_then(|status| status.facts.managed_vpc_resource.as_ref());
    let kept = held.filter(|held| resource.vpc_identifier.as_ref() == Some(&held.vpc_identifier));
    match kept {
        Some(kept) if resource.security_group_ids.is_empty() => kept.security_group_ids.clone(),
        Some(_) | None => or_default(walk, &resource.security_group_ids),
    }
}

fn or_default(walk: &Walk<'_>, groups: &[String]) -> Vec<String> {
    if groups.is_empty() { walk.world.settings.default_security_group_ids.clone() } else { groups.to_vec() }
}

/// The resource configuration that a target goes through, where it is an object here.
async fn configuration(walk: &Walk<'_>) -> Option<ResourceConfiguration> {
    let Some(PrivateEndpoint::SelfManagedLatticeResource(resource)) = &walk.spec().private_endpoint else {
        return None;
    };
    let reference = resource.resource_configuration_ref.as_ref()?;
    let namespace = reference.namespace.as_deref().unwrap_or(walk.from.namespace);
    walk.world.cluster.lookup::<ResourceConfiguration>(namespace, &reference.name, View::Watched).await.ok().flatten()
}

/// What is wrong with the resource configuration itself, wherever it leads.
pub(super) async fn unfit(walk: &Walk<'_>) -> Option<Verdict> {
    let why = lattice::no_single_endpoint(&configuration(walk).await?)?;
    Some(Verdict::broken(Reason::Invalid, why))
}

/// A resource configuration that is an object here, and the resource gateway that it is on. Of others nothing is known.
async fn self_managed(walk: &Walk<'_>, nowhere: Place) -> Place {
    let Some(configuration) = configuration(walk).await else { return nowhere };
    let cluster = &walk.world.cluster;
    let namespace = configuration.namespace().unwrap_or_default();
    let told = configuration.status.as_ref().and_then(|status| status.facts.domain.clone());
    let resolves = match &configuration.spec.resource_configuration_definition {
        Some(ResourceConfigurationDefinition::DnsResource(dns)) => Resolves::Domain(dns.domain_name.clone()),
        Some(
            ResourceConfigurationDefinition::IpResource(_)
            | ResourceConfigurationDefinition::ArnResource(_)
            | ResourceConfigurationDefinition::CidrResource(_),
        ) => Resolves::Nothing,
        None => told.map_or(Resolves::Host, Resolves::Domain),
    };
    let ports = Some(configuration.spec.port_ranges.clone());
    let Some(reference) = &configuration.spec.resource_gateway_ref else {
        return Place { resolves, ports, ..nowhere };
    };
    let namespace = reference.namespace.clone().unwrap_or(namespace);
    let Ok(Some(gateway)) = cluster.lookup::<ResourceGateway>(&namespace, &reference.name, View::Watched).await else {
        return Place { resolves, ports, ..nowhere };
    };
    let facts = gateway.status.as_ref().map(|status| status.facts.clone()).unwrap_or_default();
    let is_six = gateway.spec.ip_address_type == Some(ResourceGatewayIpAddressType::Ipv6);
    let asks = match lattice::resolution(&gateway) {
        ResourceConfigDnsResolution::Public => Resolver::Public,
        ResourceConfigDnsResolution::InVpc => Resolver::InVpc,
    };
    Place {
        vpc: facts.vpc_id.or_else(|| gateway.spec.vpc_identifier.clone()),
        subnets: if facts.subnet_ids.is_empty() { gateway.spec.subnet_ids.clone() } else { facts.subnet_ids },
        groups: or_default(walk, &gateway.spec.security_group_ids),
        family: if is_six { Family::Six } else { Family::Four },
        resolver: asks,
        resolves,
        ports,
        is_private: true,
    }
}

/// Whether the host resolves where it is resolved. A literal endpoint without a known load balancer is looked at, too, where its VPC is
/// known.
async fn names(walk: &Walk<'_>, endpoint: &Endpoint, front: Option<&Front>, place: &Place, hops: &mut Hops) {
    if endpoint.is_private_api {
        let message = "Not looked up: the name is one of API Gateway's own, and leads to the VPC endpoint where the REST API is associated \
                       with it, or where a routing domain does";
        hops.dns = Verdict::unknown(Reason::Unavailable, message);
        return;
    }
    let host = match &place.resolves {
        Resolves::Nothing => {
            hops.dns = Verdict::works("The resource configuration names an address, which need not be resolved");
            return;
        }
        Resolves::Domain(domain) => domain.as_str(),
        Resolves::Host => endpoint.host.as_str(),
    };
    // Where nothing tells of the network, nothing is asked.
    if front.is_none() && matches!(place.resolves, Resolves::Host) {
        return;
    }
    let facts = &walk.world.facts;
    let vpc = match &place.vpc {
        Some(vpc) => facts.vpc_dns(&walk.world.aws, vpc, host, walk.since).await,
        None if place.is_private => return,
        None => VpcDns {
            vpc: String::new(),
            support: Known::Read(true),
            hostnames: Known::Read(true),
            covering: Known::Read(None),
        },
    };
    let look_up = facts.look_up(host, walk.since).await;
    let said = match walk.spec().private_endpoint.as_ref() {
        Some(PrivateEndpoint::ManagedVpcResource(resource)) => resource.routing_domain.clone(),
        Some(PrivateEndpoint::SelfManagedLatticeResource(_)) | None => None,
    };
    let set = said.or_else(|| derive::fixed_routing(walk, front));
    let may_derive = endpoint_from(walk.spec()).is_some()
        && matches!(place.resolves, Resolves::Host)
        && place.is_private
        && !walk.from.exists
        && derive::policy(walk) == RoutingDomainPolicy::Auto;
    let demand = dns::Demand {
        host,
        load_balancer: front.map(|front| front.name.as_str()),
        resolver: place.resolver,
        routing: match &set {
            Some(set) => Routing::Set(set),
            None if may_derive => Routing::Auto,
            None => Routing::Never,
        },
    };
    let resolution = dns::judge(&demand, &vpc, &look_up);
    hops.dns = resolution.verdict;
    hops.resolution = Some(resolution.way);
    hops.routing_domain = resolution.routing_domain;
}

/// Whether security groups, and a resource configuration's ports, let the traffic through.
async fn groups(walk: &Walk<'_>, endpoint: &Endpoint, front: Option<&Front>, place: &Place, hops: &mut Hops) {
    let mut parts: Vec<Verdict> = unfit(walk).await.into_iter().collect();
    if let Some(ports) = place.ports.as_ref().filter(|_| parts.is_empty()) {
        let domain = match &place.resolves {
            Resolves::Domain(domain) => Some(domain.as_str()),
            Resolves::Host | Resolves::Nothing => None,
        };
        let name = front.map(|front| front.name.as_str());
        parts.push(fits(ports, domain, &endpoint.host, endpoint.port, name));
    }
    match (front.and_then(Front::balancer), &place.vpc) {
        _ if !place.is_private => {
            hops.network =
                Verdict::works("AgentCore calls the endpoint over the internet: no resource gateway is in between");
            return;
        }
        (Some(balancer), Some(vpc)) => {
            let (aws, facts, since) = (&walk.world.aws, &walk.world.facts, walk.since);
            let entrance = front.and_then(|front| front.entrance.as_ref());
            let backends = match entrance {
                Some(entrance) => facts.backends(aws, &balancer.vpc, entrance, since).await,
                None => Known::Read(Vec::new()),
            };
            let all = security_group::groups_to_read(&place.groups, balancer, &backends);
            let judgment = security_group::judge(&Network {
                vpc,
                gateway_groups: &place.groups,
                gateway_subnets: &facts.subnets(aws, &place.subnets, since).await,
                family: place.family,
                port: endpoint.port,
                load_balancer: balancer,
                load_balancer_subnets: &facts.subnets(aws, &balancer.subnets, since).await,
                groups: &facts.security_groups(aws, &place.groups, since).await,
                rules: &facts.rules(aws, &all, since).await,
                backends: &backends,
            });
            parts.push(judgment.network);
            hops.invalid = judgment.invalid;
        }
        (Some(_) | None, _) => {}
    }
    if !parts.is_empty() {
        hops.network = Verdict::all(parts);
    }
}
