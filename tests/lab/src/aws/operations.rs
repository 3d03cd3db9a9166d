//! Which function performs which operation.

use serde_json::{Value, json};

use super::account::{Account, Done};
use super::refusal::Refusal;
use super::service::Service;
use super::{acm, api_gateway, ec2, elbv2, gateway, lattice, route53, tags, target};

/// Performs an operation whose input fits the model.
pub(super) fn perform(
    account: &mut Account,
    service: Service,
    operation: &str,
    input: &Value,
) -> Result<Done, Refusal> {
    match (service, operation) {
        (Service::AgentCore, "CreateGateway") => gateway::create(account, input),
        (Service::AgentCore, "GetGateway") => gateway::get(account, input),
        (Service::AgentCore, "UpdateGateway") => gateway::update(account, input),
        (Service::AgentCore, "DeleteGateway") => gateway::delete(account, input),
        (Service::AgentCore, "ListGateways") => gateway::list(account, input),
        (Service::AgentCore, "CreateGatewayTarget") => target::create(account, input),
        (Service::AgentCore, "GetGatewayTarget") => target::get(account, input),
        (Service::AgentCore, "UpdateGatewayTarget") => target::update(account, input),
        (Service::AgentCore, "DeleteGatewayTarget") => target::delete(account, input),
        (Service::AgentCore, "ListGatewayTargets") => target::list_all(account, input),
        (Service::AgentCore, "SynchronizeGatewayTargets") => target::synchronize(account, input),
        (Service::Lattice, "CreateResourceGateway") => lattice::create(account, input),
        (Service::Lattice, "GetResourceGateway") => lattice::get(account, input),
        (Service::Lattice, "UpdateResourceGateway") => lattice::update(account, input),
        (Service::Lattice, "DeleteResourceGateway") => lattice::delete(account, input),
        (Service::Lattice, "ListResourceGateways") => lattice::list(account, input),
        (Service::Lattice, "CreateResourceConfiguration") => lattice::create_configuration(account, input),
        (Service::Lattice, "GetResourceConfiguration") => lattice::get_configuration(account, input),
        (Service::Lattice, "UpdateResourceConfiguration") => lattice::update_configuration(account, input),
        (Service::Lattice, "DeleteResourceConfiguration") => lattice::delete_configuration(account, input),
        (Service::Lattice, "ListResourceConfigurations") => lattice::list_configurations(account, input),
        (Service::Lattice, "GetServiceNetworkResourceAssociation") => lattice::get_association(account, input),
        (Service::Lattice, "ListServiceNetworkResourceAssociations") => lattice::list_associations(account, input),
        (_, "TagResource") => tags::tag(account, service, input),
        (_, "UntagResource") => tags::untag(account, service, input),
        (_, "ListTagsForResource") => tags::list(account, service, input),
        (Service::Sts, "GetCallerIdentity") => Ok(Done::read(json!({
            "Account": account.options.account,
            "Arn": account.caller(),
            "UserId": "AROAEXAMPLEEXAMPLEEX:lab",
        }))),
        (Service::Elb, _) => elbv2::perform(account, operation, input),
        (Service::Acm, "DescribeCertificate") => acm::describe_certificate(account, input),
        (Service::Route53, "ListHostedZonesByVPC") => route53::list_zones(account, input),
        (Service::Route53, "ListResourceRecordSets") => route53::list_records(account, input),
        (Service::ApiGateway, "GetRestApi") => api_gateway::rest_api(account, input),
        (Service::ApiGateway, "GetExport") => api_gateway::export(account, input),
        (Service::Ec2, _) => ec2::perform(account, operation, input),
        _ => Err(Refusal::front(501, "NotImplemented", format!("The emulation does not know {operation}."))),
    }
}
