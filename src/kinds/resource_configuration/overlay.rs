//! How a ResourceConfiguration's members become AWS's.

use aws_sdk_vpclattice::types as sdk;
use aws_smithy_types::error::operation::BuildError;

use crate::{
    api::{
        ArnResource, CidrResource, DnsResource, IpResource, ProtocolType, ResourceConfigurationDefinition,
        ResourceConfigurationIpAddressType, ResourceConfigurationType,
    },
    overlay::{overlay, overlay_enum, overlay_union},
};

overlay_enum! { ResourceConfigurationType => sdk::ResourceConfigurationType { Single, Group, Child, Arn, Cidr } }
overlay_enum! { ProtocolType => sdk::ProtocolType { Tcp, TcpUdp } }
overlay_enum! { ResourceConfigurationIpAddressType => sdk::ResourceConfigurationIpAddressType { Ipv4, Ipv6, Dualstack } }
overlay_union! { ResourceConfigurationDefinition => sdk::ResourceConfigurationDefinition {
    DnsResource, IpResource, ArnResource, CidrResource,
} }
overlay! { DnsResource => sdk::DnsResource, blank Ok::<_, BuildError>(sdk::DnsResource::builder().build()); {
    domain_name: stated,
    ip_address_type: defaulted,
} }
overlay! { IpResource => sdk::IpResource, blank Ok::<_, BuildError>(sdk::IpResource::builder().build()); {
    ip_address: stated,
} }
overlay! { ArnResource => sdk::ArnResource, blank Ok::<_, BuildError>(sdk::ArnResource::builder().build()); {
    arn: stated,
} }
overlay! { CidrResource => sdk::CidrResource, blank Ok::<_, BuildError>(sdk::CidrResource::builder().build()); {
    cidr_ranges: set,
} }
