//! The load balancers of the fixture, and how an operator is told where they really are.

use crate::load_balancer::{Authority, LoadBalancer};

use super::WorldOptions;

/// The DNS name of the fixture's NLB, in front of an ingress controller.
pub const NLB_DNS_NAME: &str = "k8s-ingressn-nginxing-0123456789-0123456789abcdef.elb.us-west-2.amazonaws.com";

/// The DNS name of the fixture's ALB, in front of a REST API.
pub const ALB_DNS_NAME: &str = "internal-k8s-restapi-restapi-0123456789-1234567890.us-west-2.elb.amazonaws.com";

/// The host that is served behind the NLB.
pub const HOST: &str = "internal.example.com";

/// The host that is served behind the ALB.
pub const API_HOST: &str = "api.internal.example.com";

/// The NLB and the ALB of the fixture, with the certificate of both. They are started before the world that they stand in,
/// since its operator has to be told their ports.
#[derive(Debug)]
pub struct LoadBalancers {
    /// In front of an ingress controller, for [`HOST`].
    pub nlb: LoadBalancer,
    /// In front of a REST API, for [`API_HOST`].
    pub alb: LoadBalancer,
}

impl LoadBalancers {
    /// Starts both, without routes.
    pub async fn start() -> anyhow::Result<LoadBalancers> {
        let certificate = Authority::shared()?.issue(&[HOST, &format!("*.{HOST}")])?;
        let nlb = LoadBalancer::start(certificate.clone()).await?;
        Ok(LoadBalancers { nlb, alb: LoadBalancer::start(certificate).await? })
    }
}

impl WorldOptions {
    /// The same with the fixture's load balancers, which the operator finds by their DNS names and may call although they are on
    /// the loopback interface.
    #[must_use]
    pub fn with_load_balancers(mut self, balancers: &LoadBalancers) -> WorldOptions {
        self.operator_arguments.push("--preflight-allow=127.0.0.0/8".to_owned());
        self.with_resolved(NLB_DNS_NAME, &balancers.nlb).with_resolved(ALB_DNS_NAME, &balancers.alb)
    }

    /// The same with a name, of a load balancer or a host, at whose port 443 the operator finds this load balancer.
    #[must_use]
    pub fn with_resolved(mut self, name: &str, balancer: &LoadBalancer) -> WorldOptions {
        self.operator_arguments.push(format!("--resolve={name}:443:{}", balancer.address()));
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_operator_is_told_where_the_load_balancers_are() -> anyhow::Result<()> {
        let balancers = LoadBalancers::start().await?;
        let before = WorldOptions::default().operator_arguments.len();
        let options = WorldOptions::default().with_load_balancers(&balancers).with_resolved(HOST, &balancers.nlb);
        let (nlb, alb) = (balancers.nlb.address(), balancers.alb.address());
        assert_eq!(
            options.operator_arguments[before..],
            [
                "--preflight-allow=127.0.0.0/8".to_owned(),
                format!("--resolve={NLB_DNS_NAME}:443:{nlb}"),
                format!("--resolve={ALB_DNS_NAME}:443:{alb}"),
                format!("--resolve={HOST}:443:{nlb}"),
            ]
        );
        let authority = Authority::shared()?;
        authority.connect(nlb, HOST).await?;
        authority.connect(alb, API_HOST).await?;
        Ok(())
    }

    #[test]
    fn a_namespace_more_has_no_labels() {
        let options = WorldOptions::default().with_namespace("ingress-nginx");
        assert!(options.namespaces.last().is_some_and(|(name, labels)| name == "ingress-nginx" && labels.is_empty()));
    }
}
