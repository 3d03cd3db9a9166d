//! What the objects of VPC Lattice ask for.

use serde_json::Value;

use super::super::account::Account;
use super::super::json::{has, text, texts};
use super::super::object::{Key, ObjectKind};
use super::super::service::Service;
use super::{Ask, descriptions, network_interfaces, service_linked_role, tagging_new};

/// The service, and its role.
const SERVICE: (&str, &str) = ("vpc-lattice.amazonaws.com", "AWSServiceRoleForVpcLattice");

/// Everything that an operation asks for.
pub(super) fn asks(account: &Account, operation: &str, input: &Value) -> Vec<Ask> {
    let action = Service::Lattice.action(operation);
    match operation {
        "CreateResourceGateway" => create_gateway(account, &action, input),
        "UpdateResourceGateway" => {
            let mut asks = vec![existing(account, &action, ObjectKind::ResourceGateway, input)];
            asks.extend(descriptions(account));
            asks
        }
        "GetResourceGateway" | "DeleteResourceGateway" => {
            vec![existing(account, &action, ObjectKind::ResourceGateway, input)]
        }
        "CreateResourceConfiguration" => create_configuration(account, &action, input),
        "GetResourceConfiguration" | "UpdateResourceConfiguration" | "DeleteResourceConfiguration" => {
            let mut asks = vec![existing(account, &action, ObjectKind::ResourceConfiguration, input)];
            asks.extend(database(account, input));
            asks
        }
        "GetServiceNetworkResourceAssociation" => {
            vec![existing(account, &action, ObjectKind::Association, input)]
        }
        // Lists have no resources.
        _ => vec![Ask::new(account, &action, "*")],
    }
}

/// The type of a resource in ARNs, and the member of a call that names one.
fn names(kind: ObjectKind) -> (&'static str, &'static str) {
    match kind {
        ObjectKind::ResourceGateway => ("resourcegateway", "resourceGatewayIdentifier"),
        ObjectKind::ResourceConfiguration => ("resourceconfiguration", "resourceConfigurationIdentifier"),
        ObjectKind::Association | ObjectKind::Gateway | ObjectKind::GatewayTarget => {
            ("servicenetworkresourceassociation", "serviceNetworkResourceAssociationIdentifier")
        }
    }
}

fn existing(account: &Account, action: &str, kind: ObjectKind, input: &Value) -> Ask {
    let (resource, member) = names(kind);
    let identifier = text(input, &format!("/{member}")).unwrap_or_default();
    let id = identifier.rsplit('/').next().unwrap_or_default();
    let arn = if identifier.starts_with("arn:") {
        identifier.to_owned()
    } else {
        account.arn("vpc-lattice", &format!("{resource}/{id}"))
    };
    Ask::new(account, action, arn).about(account.get(&Key::new(kind, id)))
}

fn create_gateway(account: &Account, action: &str, input: &Value) -> Vec<Ask> {
    let new = account.arn("vpc-lattice", "resourcegateway/*");
    let mut asks = vec![Ask::new(account, action, new.clone()).making(account, input)];
    asks.extend(tags(account, &new, input, "CreateResourceGateway"));
    asks.extend(network_interfaces(account, &texts(input, "/subnetIds"), &texts(input, "/securityGroupIds")));
    asks.extend(service_linked_role(account, SERVICE.0, SERVICE.1));
    asks
}

/// Asked about the new one, about the resource gateway that it is for, and about the verification of its domain.
fn create_configuration(account: &Account, action: &str, input: &Value) -> Vec<Ask> {
    let new = account.arn("vpc-lattice", "resourceconfiguration/*");
    let mut asks = vec![Ask::new(account, action, new.clone()).making(account, input)];
    if has(input, "/resourceGatewayIdentifier") {
        asks.push(existing(account, action, ObjectKind::ResourceGateway, input));
    }
    if let Some(verification) = text(input, "/domainVerificationIdentifier") {
        let id = verification.rsplit('/').next().unwrap_or_default();
        let arn = account.arn("vpc-lattice", &format!("domainverification/{id}"));
        asks.push(Ask::new(account, action, arn));
    }
    asks.extend(tags(account, &new, input, "CreateResourceConfiguration"));
    // The guide asks for these of every configuration, whatever it leads to.
    asks.push(Ask::new(account, "ec2:DescribeSubnets", "*"));
    asks.push(Ask::new(account, "rds:DescribeDBInstances", account.arn("rds", "db:*")));
    asks.push(Ask::new(account, "rds:DescribeDBClusters", account.arn("rds", "cluster:*")));
    asks.extend(database(account, input));
    asks
}

/// The tags of a new object. VPC Lattice says which operation they come with.
fn tags(account: &Account, new: &str, input: &Value, operation: &str) -> Option<Ask> {
    Some(tagging_new(account, Service::Lattice, new, input)?.with("vpc-lattice:CreateAction", operation))
}

/// A database that is named by its ARN is looked at in the caller's name.
fn database(account: &Account, input: &Value) -> Option<Ask> {
    let arn = text(input, "/resourceConfigurationDefinition/arnResource/arn")?;
    let action = match arn.split(':').nth(5) {
        Some("cluster") => "rds:DescribeDBClusters",
        _ => "rds:DescribeDBInstances",
    };
    Some(Ask::new(account, action, arn))
}
