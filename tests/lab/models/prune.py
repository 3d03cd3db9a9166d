#!/usr/bin/env python3
"""Cuts the public AWS service models (botocore, Apache-2.0) down to the operations that the emulation answers.

usage: pip install -r ../tests/python/requirements.txt && python3 prune.py [service ...]

Documentation, examples and unused shapes go; every constraint (required, pattern, length, range, enum, union) stays, because
the emulation judges requests by these files and nothing else. Of answers only those members stay that the emulation fills.
"""
import gzip
import json
import pathlib
import sys

import botocore

OPERATIONS = {
    "bedrock-agentcore-control": [
        "CreateGateway", "GetGateway", "UpdateGateway", "DeleteGateway", "ListGateways",
        "CreateGatewayTarget", "GetGatewayTarget", "UpdateGatewayTarget", "DeleteGatewayTarget", "ListGatewayTargets",
        "SynchronizeGatewayTargets", "TagResource", "UntagResource", "ListTagsForResource",
    ],
    "vpc-lattice": [
        "CreateResourceGateway", "GetResourceGateway", "UpdateResourceGateway", "DeleteResourceGateway", "ListResourceGateways",
        "CreateResourceConfiguration", "GetResourceConfiguration", "UpdateResourceConfiguration",
        "DeleteResourceConfiguration", "ListResourceConfigurations",
        "ListServiceNetworkResourceAssociations", "GetServiceNetworkResourceAssociation",
        "TagResource", "UntagResource", "ListTagsForResource",
    ],
    "sts": ["GetCallerIdentity"],
    "elbv2": [
        "DescribeLoadBalancers", "DescribeLoadBalancerAttributes", "DescribeListeners", "DescribeListenerCertificates",
        "DescribeRules", "DescribeTargetGroups", "DescribeTargetGroupAttributes", "DescribeTargetHealth", "DescribeTags",
    ],
    "acm": ["DescribeCertificate"],
    "route53": ["ListHostedZonesByVPC", "ListResourceRecordSets"],
    "apigateway": ["GetRestApi", "GetExport"],
    "ec2": [
        "DescribeVpcs", "DescribeVpcAttribute", "DescribeSubnets", "DescribeSecurityGroups", "DescribeSecurityGroupRules",
        "DescribeNetworkInterfaces", "DescribeVpcEndpoints",
    ],
}

# Shapes of answers of which the emulation fills only these members; requests are never cut. EC2 describes its objects with so
# many members that the whole of them would be longer than all other models together.
ANSWERS = {
    "elbv2": {
        "Action": ["Type", "TargetGroupArn", "Order", "ForwardConfig"],
        "ForwardActionConfig": ["TargetGroups"],
        "AvailabilityZone": ["ZoneName", "SubnetId", "LoadBalancerAddresses"],
        "Listener": ["ListenerArn", "LoadBalancerArn", "Port", "Protocol", "Certificates", "SslPolicy", "DefaultActions"],
        "Rule": ["RuleArn", "Priority", "Conditions", "Actions", "IsDefault"],
        "RuleCondition": ["Field", "Values", "HostHeaderConfig", "PathPatternConfig"],
        "LoadBalancer": [
            "LoadBalancerArn", "DNSName", "CanonicalHostedZoneId", "CreatedTime", "LoadBalancerName", "Scheme", "VpcId", "State",
            "Type", "AvailabilityZones", "SecurityGroups", "IpAddressType",
            "EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic",
        ],
        "TargetHealthDescription": ["Target", "HealthCheckPort", "TargetHealth"],
    },
    "acm": {
        "CertificateDetail": [
            "CertificateArn", "DomainName", "SubjectAlternativeNames", "Serial", "Subject", "Issuer", "CreatedAt", "IssuedAt",
            "ImportedAt", "Status", "NotBefore", "NotAfter", "KeyAlgorithm", "SignatureAlgorithm", "InUseBy", "Type",
            "CertificateAuthorityArn", "RenewalEligibility",
        ],
    },
    "route53": {
        "ResourceRecordSet": ["Name", "Type", "TTL", "ResourceRecords", "AliasTarget"],
    },
    "apigateway": {
        "RestApi": [
            "id", "name", "description", "createdDate", "apiKeySource", "endpointConfiguration", "policy", "tags",
            "disableExecuteApiEndpoint", "rootResourceId",
        ],
    },
    "ec2": {
        "Vpc": [
            "VpcId", "CidrBlock", "CidrBlockAssociationSet", "State", "OwnerId", "IsDefault",
            "DhcpOptionsId", "InstanceTenancy", "Tags",
        ],
        "DescribeVpcAttributeResult": ["VpcId", "EnableDnsHostnames", "EnableDnsSupport"],
        "Subnet": [
            "SubnetId", "SubnetArn", "VpcId", "CidrBlock", "AvailabilityZone", "AvailabilityZoneId", "AvailableIpAddressCount",
            "State", "OwnerId", "DefaultForAz", "MapPublicIpOnLaunch", "Ipv6Native", "Tags",
        ],
        "NetworkInterface": [
            "NetworkInterfaceId", "VpcId", "SubnetId", "AvailabilityZone", "Description", "Groups", "InterfaceType", "OwnerId",
            "PrivateIpAddress", "PrivateIpAddresses", "RequesterId", "RequesterManaged", "Status", "SourceDestCheck", "TagSet",
        ],
        "NetworkInterfacePrivateIpAddress": ["Primary", "PrivateIpAddress"],
        "VpcEndpoint": [
            "VpcEndpointId", "VpcEndpointType", "VpcId", "ServiceName", "State", "SubnetIds", "Groups", "IpAddressType",
            "PrivateDnsEnabled", "RequesterManaged", "DnsEntries", "CreationTimestamp", "OwnerId", "Tags",
        ],
    },
}


def strip(node):
    """Drops what carries no constraint."""
    if isinstance(node, dict):
        return {k: strip(v) for k, v in node.items() if k not in ("documentation", "documentationUrl", "examples", "authors")}
    if isinstance(node, list):
        return [strip(v) for v in node]
    return node


def cut(service, shapes):
    """Leaves the members in the shapes of answers that the emulation fills; an unknown name is a mistake in ANSWERS."""
    for name, members in ANSWERS.get(service, {}).items():
        shape = shapes[name]
        shape["members"] = {member: shape["members"][member] for member in members}
        shape["required"] = [member for member in shape.get("required", []) if member in members]


def reach(shapes, name, seen):
    """Adds to `seen` every shape that can be reached from `name`."""
    if name in seen:
        return
    seen.add(name)
    shape = shapes[name]
    for member in [*shape.get("members", {}).values(), *(shape[k] for k in ("member", "key", "value") if k in shape)]:
        reach(shapes, member["shape"], seen)


def pruned(service):
    """The text of the service's model that is kept here."""
    data = pathlib.Path(botocore.__file__).parent / "data"
    (source,) = sorted(data.glob(f"{service}/*/service-2.json.gz"))[-1:]
    model = strip(json.load(gzip.open(source)))
    operations = {n: model["operations"][n] for n in OPERATIONS[service]}
    cut(service, model["shapes"])
    seen = set()
    for operation in operations.values():
        for part in [operation.get("input"), operation.get("output"), *operation.get("errors", [])]:
            if part:
                reach(model["shapes"], part["shape"], seen)
    kept = {
        "metadata": model["metadata"],
        "operations": operations,
        "shapes": {n: model["shapes"][n] for n in sorted(seen)},
    }
    return json.dumps(kept, indent=1, sort_keys=True) + "\n"


def main():
    here = pathlib.Path(__file__).parent
    for service in sys.argv[1:] or OPERATIONS:
        (here / f"{service}.json").write_text(pruned(service))


if __name__ == "__main__":
    main()
