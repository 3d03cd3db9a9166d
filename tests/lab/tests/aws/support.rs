//! What the tests of the emulation have in common.

use std::future::Future;
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_sdk_bedrockagentcorecontrol as agentcore;
use aws_sdk_bedrockagentcorecontrol::config::{BehaviorVersion, Region};
use aws_sdk_bedrockagentcorecontrol::operation::create_gateway_target::builders::CreateGatewayTargetFluentBuilder;
use aws_sdk_bedrockagentcorecontrol::types::{
    AuthorizerType, EndpointIpAddressType, GatewayProtocolType, ManagedVpcResource, McpServerTargetConfiguration,
    McpTargetConfiguration, PrivateEndpoint, SelfManagedLatticeResource, TargetConfiguration,
};
use aws_sdk_vpclattice as vpclattice;
use aws_sdk_vpclattice::types::{DnsResource, ResourceConfigurationDefinition, ResourceConfigurationType};
use lab::aws::{Aws, AwsOptions, Limits, Provisioning};

pub(crate) const ROLE: &str = "arn:aws:iam::111122223333:role/AgentCoreGatewayRole";
pub(crate) const MCP_URL: &str = "https://internal.example.com/mcp-server/mcp";
pub(crate) const VPC: &str = "vpc-0a1b2c3d4e5f60718";
pub(crate) const SUBNETS: [&str; 2] = ["subnet-0a1b2c3d4e5f60a01", "subnet-0a1b2c3d4e5f60a02"];
pub(crate) const GROUP: &str = "sg-0a1b2c3d4e5f60b02";

/// An emulation with a client of each service.
pub(crate) struct Fixture {
    pub(crate) aws: Aws,
    pub(crate) agentcore: agentcore::Client,
    pub(crate) lattice: vpclattice::Client,
    pub(crate) sts: aws_sdk_sts::Client,
    pub(crate) ec2: aws_sdk_ec2::Client,
    pub(crate) elb: aws_sdk_elasticloadbalancingv2::Client,
    pub(crate) acm: aws_sdk_acm::Client,
    pub(crate) route53: aws_sdk_route53::Client,
    pub(crate) api_gateway: aws_sdk_apigateway::Client,
}

/// Options under which nothing takes time and nothing is limited.
pub(crate) fn quick() -> AwsOptions {
    AwsOptions { limits: Limits::off(), provisioning: Provisioning::instant(), ..AwsOptions::default() }
}

impl Fixture {
    pub(crate) async fn start(options: AwsOptions) -> Self {
        let aws = Aws::start(options).await.unwrap();
        let configuration = aws_config::SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-west-2"))
            .endpoint_url(aws.endpoint())
            .credentials_provider(aws_sdk_sts::config::SharedCredentialsProvider::new(Credentials::for_tests()))
            .build();
        // With an endpoint of its own the SDK signs for the region that it is told; Route 53 takes this one only.
        let global = configuration.to_builder().region(Region::new("us-east-1")).build();
        Self {
            ec2: aws_sdk_ec2::Client::new(&configuration),
            elb: aws_sdk_elasticloadbalancingv2::Client::new(&configuration),
            acm: aws_sdk_acm::Client::new(&configuration),
            route53: aws_sdk_route53::Client::new(&global),
            api_gateway: aws_sdk_apigateway::Client::new(&configuration),
            agentcore: agentcore::Client::new(&configuration),
            lattice: vpclattice::Client::new(&configuration),
            sts: aws_sdk_sts::Client::new(&configuration),
            aws,
        }
    }

    /// An emulation in whose network there is the world of most scenarios.
    pub(crate) async fn with_network(options: AwsOptions) -> Self {
        let fixture = Self::start(options).await;
        fixture.aws.install_fixture();
        fixture
    }

    /// A gateway that is READY.
    pub(crate) async fn gateway(&self, name: &str) -> String {
        let id = self.create_gateway(name).send().await.unwrap().gateway_id().to_owned();
        eventually(|| async { (self.gateway_status(&id).await == "READY").then_some(()) }).await;
        id
    }

    pub(crate) fn create_gateway(
        &self,
        name: &str,
    ) -> agentcore::operation::create_gateway::builders::CreateGatewayFluentBuilder {
        self.agentcore
            .create_gateway()
            .name(name)
            .role_arn(ROLE)
            .protocol_type(GatewayProtocolType::Mcp)
            .authorizer_type(AuthorizerType::AwsIam)
    }

    pub(crate) async fn gateway_status(&self, id: &str) -> String {
        let answer = self.agentcore.get_gateway().gateway_identifier(id).send().await.unwrap();
        answer.status().as_str().to_owned()
    }

    pub(crate) fn create_target(&self, gateway: &str, name: &str, endpoint: &str) -> CreateGatewayTargetFluentBuilder {
        self.agentcore
            .create_gateway_target()
            .gateway_identifier(gateway)
            .name(name)
            .target_configuration(mcp_server(endpoint))
    }

    /// A target whose server is never asked, READY at once.
    pub(crate) async fn dynamic_target(&self, gateway: &str, name: &str) -> String {
        let id = self
            .create_target(gateway, name, MCP_URL)
            .target_configuration(dynamic(MCP_URL))
            .send()
            .await
            .unwrap()
            .target_id()
            .to_owned();
        assert_eq!(self.settled_target(gateway, &id).await.status().as_str(), "READY");
        id
    }

    /// Waits until nothing is under way on a target.
    pub(crate) async fn settled_target(
        &self,
        gateway: &str,
        id: &str,
    ) -> agentcore::operation::get_gateway_target::GetGatewayTargetOutput {
        eventually(|| async {
            let target = self.get_target(gateway, id).await.unwrap();
            (!target.status().as_str().ends_with("ING")).then_some(target)
        })
        .await
    }

    pub(crate) async fn get_target(
        &self,
        gateway: &str,
        id: &str,
    ) -> Result<agentcore::operation::get_gateway_target::GetGatewayTargetOutput, Refused> {
        self.agentcore
            .get_gateway_target()
            .gateway_identifier(gateway)
            .target_id(id)
            .send()
            .await
            .map_err(|error| refused(&error))
    }

    /// Deletes a target and waits until it is gone.
    pub(crate) async fn delete_target(&self, gateway: &str, id: &str) {
        let call = self.agentcore.delete_gateway_target().gateway_identifier(gateway).target_id(id);
        call.send().await.unwrap();
        eventually(|| async { self.get_target(gateway, id).await.err() }).await;
    }

    /// A resource gateway that is ACTIVE.
    pub(crate) async fn resource_gateway(&self, name: &str) -> String {
        let created = self.create_resource_gateway(name).send().await.unwrap();
        let id = created.id().unwrap().to_owned();
        eventually(|| async {
            let got = self.lattice.get_resource_gateway().resource_gateway_identifier(&id).send().await.unwrap();
            (got.status()?.as_str() == "ACTIVE").then_some(())
        })
        .await;
        id
    }

    pub(crate) fn create_resource_gateway(
        &self,
        name: &str,
    ) -> vpclattice::operation::create_resource_gateway::builders::CreateResourceGatewayFluentBuilder {
        self.lattice
            .create_resource_gateway()
            .name(name)
            .vpc_identifier(VPC)
            .set_subnet_ids(Some(SUBNETS.map(str::to_owned).to_vec()))
            .security_group_ids(GROUP)
            .resource_config_dns_resolution(vpclattice::types::ResourceConfigDnsResolution::InVpc)
    }

    /// A resource configuration that is ACTIVE.
    pub(crate) async fn resource_configuration(&self, name: &str, gateway: &str, domain: &str) -> String {
        let created = self.create_resource_configuration(name, gateway, domain).send().await.unwrap();
        let id = created.id().unwrap().to_owned();
        eventually(|| async {
            let call = self.lattice.get_resource_configuration().resource_configuration_identifier(&id);
            (call.send().await.unwrap().status()?.as_str() == "ACTIVE").then_some(())
        })
        .await;
        id
    }

    pub(crate) fn create_resource_configuration(
        &self,
        name: &str,
        gateway: &str,
        domain: &str,
    ) -> vpclattice::operation::create_resource_configuration::builders::CreateResourceConfigurationFluentBuilder {
        let resource = DnsResource::builder()
            .domain_name(domain)
            .ip_address_type(vpclattice::types::ResourceConfigurationIpAddressType::Ipv4)
            .build();
        self.lattice
            .create_resource_configuration()
            .name(name)
            .r#type(ResourceConfigurationType::Single)
            .resource_gateway_identifier(gateway)
            .port_ranges("443")
            .allow_association_to_shareable_service_network(true)
            .resource_configuration_definition(ResourceConfigurationDefinition::DnsResource(resource))
    }
}

pub(crate) fn mcp_server(endpoint: &str) -> TargetConfiguration {
    let server = McpServerTargetConfiguration::builder().endpoint(endpoint).build().unwrap();
    TargetConfiguration::Mcp(McpTargetConfiguration::McpServer(server))
}

pub(crate) fn dynamic(endpoint: &str) -> TargetConfiguration {
    let server = McpServerTargetConfiguration::builder()
        .endpoint(endpoint)
        .listing_mode(agentcore::types::ListingMode::Dynamic)
        .build()
        .unwrap();
    TargetConfiguration::Mcp(McpTargetConfiguration::McpServer(server))
}

pub(crate) fn managed(subnets: &[&str]) -> PrivateEndpoint {
    let managed = ManagedVpcResource::builder()
        .vpc_identifier(VPC)
        .set_subnet_ids(Some(subnets.iter().map(|&subnet| subnet.to_owned()).collect()))
        .endpoint_ip_address_type(EndpointIpAddressType::Ipv4)
        .security_group_ids(GROUP);
    PrivateEndpoint::ManagedVpcResource(managed.build().unwrap())
}

pub(crate) fn self_managed(configuration: &str) -> PrivateEndpoint {
    PrivateEndpoint::SelfManagedLatticeResource(SelfManagedLatticeResource::ResourceConfigurationIdentifier(
        configuration.to_owned(),
    ))
}

/// The code and the message of an error, whatever operation it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    pub(crate) code: String,
    pub(crate) message: String,
    pub(crate) status: u16,
}

pub(crate) fn refused<E>(error: &agentcore::error::SdkError<E, agentcore::config::http::HttpResponse>) -> Refused
where
    E: agentcore::error::ProvideErrorMetadata,
{
    use agentcore::error::ProvideErrorMetadata as _;
    Refused {
        code: error.code().unwrap_or_default().to_owned(),
        message: error.message().unwrap_or_default().to_owned(),
        status: error.raw_response().map_or(0, |response| response.status().as_u16()),
    }
}

/// The code of an error.
pub(crate) fn code<T, E>(
    outcome: Result<T, agentcore::error::SdkError<E, agentcore::config::http::HttpResponse>>,
) -> String
where
    E: agentcore::error::ProvideErrorMetadata,
{
    match outcome {
        Ok(_) => "no error".to_owned(),
        Err(error) => refused(&error).code,
    }
}

/// Asks until there is an answer; the bound is far beyond what any test needs.
pub(crate) async fn eventually<T, F: Future<Output = Option<T>>>(mut ask: impl FnMut() -> F) -> T {
    for _ in 0..3000 {
        if let Some(answer) = ask().await {
            return answer;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it did not happen within 30 seconds");
}
