//! What EC2 says of VPC endpoints.

use std::sync::Arc;

use aws_sdk_ec2::types as sdk;

use super::set;
use crate::aws::{Absent, Aws, Fault};

/// A VPC endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VpcEndpoint {
    /// The id.
    pub id: String,
    /// The service that it leads to, such as `com.amazonaws.us-west-2.execute-api`.
    pub service: String,
    /// AWS's word for its state, in small letters: `available`, when it can be used. EC2's model and its answers differ in the letters.
    pub state: String,
    /// The VPC it is in.
    pub vpc: String,
    /// Its subnets, sorted.
    pub subnets: Vec<String>,
    /// Its names in DNS, in AWS's order: the one for all zones first, then one per zone, then those of private DNS.
    pub names: Vec<String>,
}

pub(super) async fn vpc_endpoint(aws: &Aws, id: &str) -> Result<Option<Arc<VpcEndpoint>>, Fault> {
    let operation = "DescribeVpcEndpoints";
    let request = aws.ec2().describe_vpc_endpoints().vpc_endpoint_ids(id);
    let answer = aws.call(operation, request.send()).await.absent()?;
    let found = answer.and_then(|answer| answer.vpc_endpoints.unwrap_or_default().into_iter().next());
    Ok(found.map(|found| Arc::new(VpcEndpoint::from(found))))
}

impl From<sdk::VpcEndpoint> for VpcEndpoint {
    fn from(answer: sdk::VpcEndpoint) -> Self {
        let names = answer.dns_entries.unwrap_or_default().into_iter().filter_map(|entry| entry.dns_name);
        Self {
            id: answer.vpc_endpoint_id.unwrap_or_default(),
            service: answer.service_name.unwrap_or_default(),
            state: answer.state.map(|state| state.as_str().to_ascii_lowercase()).unwrap_or_default(),
            vpc: answer.vpc_id.unwrap_or_default(),
            subnets: set(&answer.subnet_ids.unwrap_or_default()),
            names: names.map(|name| name.trim_end_matches('.').to_ascii_lowercase()).collect(),
        }
    }
}
