#!/usr/bin/env python3
"""Walks every operation of the emulation with botocore, which has to accept every answer.

usage: botocore_accepts.py ENDPOINT

The emulation must have the network of the lab's scenarios, an MCP server behind `bodies.MCP_URL`, and nothing that takes time.
"""
import json
import sys
import time
import uuid

import botocore
from botocore.exceptions import ClientError

import bodies
from judge import KNOWN, MODELS, Judge

MISSING = "agents-abcde12345"


def settled(get, wanted):
    """Looks until the status is the wanted one, as people do."""
    for _ in range(500):
        answer = get()
        if answer["status"] == wanted:
            return answer
        time.sleep(0.02)
    raise SystemExit(f"{answer.get('name')} did not become {wanted}: {answer['status']} {answer.get('statusReasons')}")


def gone(get):
    """Looks until there is nothing any more."""
    for _ in range(500):
        try:
            get()
        except ClientError as error:
            if error.response["Error"]["Code"] == "ResourceNotFoundException":
                return
            raise
        time.sleep(0.02)
    raise SystemExit("it is still there")


def same(judge, what, sent, got):
    """Complains when something that was sent is not told; what AWS fills in may stand beside it."""
    if isinstance(sent, dict):
        for name, value in sent.items():
            same(judge, f"{what}.{name}", value, got.get(name) if isinstance(got, dict) else None)
    elif isinstance(sent, list) and isinstance(got, list) and len(sent) == len(got):
        for index, value in enumerate(sent):
            same(judge, f"{what}[{index}]", value, got[index])
    elif sent != got:
        judge.complaints.append(f"{what}: {sent!r} was sent, and {got!r} is told")


def lattice(judge):
    """Resource gateways and configurations; leaves one of each, whose ids it answers."""
    client = judge.client("vpc-lattice")
    gateway = client.create_resource_gateway(
        name="shared", vpcIdentifier=bodies.VPC, subnetIds=bodies.SUBNETS, securityGroupIds=[bodies.GROUP], ipAddressType="IPV4",
        ipv4AddressesPerEni=1, resourceConfigDnsResolution="IN_VPC", tags={"team": "search"},
    )
    own = {"resourceGatewayIdentifier": gateway["id"]}
    settled(lambda: client.get_resource_gateway(**own), "ACTIVE")
    client.update_resource_gateway(**own, securityGroupIds=["sg-0a1b2c3d4e5f60b01"])
    told = settled(lambda: client.get_resource_gateway(**own), "ACTIVE")
    same(judge, "resource gateway", ["sg-0a1b2c3d4e5f60b01"], told["securityGroupIds"])
    public = client.create_resource_gateway(name="public", vpcIdentifier=bodies.VPC, subnetIds=bodies.SUBNETS)
    open_gateway = {"resourceGatewayIdentifier": public["id"]}
    settled(lambda: client.get_resource_gateway(**open_gateway), "ACTIVE")
    dns = {"dnsResource": {"domainName": bodies.HOST, "ipAddressType": "IPV4"}}
    ports = {"portRanges": ["443", "8000-8080"]}
    of_types = {
        "single": {"type": "SINGLE", **own, **ports, "resourceConfigurationDefinition": dns, "protocol": "TCP",
                   "allowAssociationToShareableServiceNetwork": True, "customDomainName": "orders.example.com", "tags": {"a": "b"}},
        "address": {"type": "SINGLE", **own, **ports, "resourceConfigurationDefinition": {"ipResource": {"ipAddress": "10.0.1.5"}}},
        "group": {"type": "GROUP", **own, **ports, "groupDomain": "example.com"},
        "arn": {"type": "ARN", **open_gateway, "resourceConfigurationDefinition": {
            "arnResource": {"arn": f"arn:aws:rds:us-west-2:{bodies.ACCOUNT}:db:orders"}}},
        "range": {"type": "CIDR", **own, **ports, "protocol": "TCP_UDP", "resourceConfigurationDefinition": {
            "cidrResource": {"cidrRanges": ["10.0.1.0/24"]}}},
    }
    ids = {}
    for name, body in of_types.items():
        ids[name] = client.create_resource_configuration(name=name, **body)["id"]
        configuration(judge, client, name, ids[name], body)
    child = {"type": "CHILD", "resourceConfigurationGroupIdentifier": ids["group"], "resourceConfigurationDefinition": dns, **ports}
    ids["child"] = client.create_resource_configuration(name="child", **child)["id"]
    configuration(judge, client, "child", ids["child"], child)
    client.list_resource_gateways(maxResults=1)
    client.list_resource_configurations(maxResults=2)
    client.list_resource_configurations(resourceConfigurationGroupIdentifier=ids["group"])
    refusals_of_lattice(judge, client, own, ids)
    for name in ("child", "group", "arn", "range", "address"):
        one = {"resourceConfigurationIdentifier": ids[name]}
        client.delete_resource_configuration(**one)
        gone(lambda: client.get_resource_configuration(**one))
    client.delete_resource_gateway(**open_gateway)
    gone(lambda: client.get_resource_gateway(**open_gateway))
    return client, gateway["id"], ids["single"]


def configuration(judge, client, name, identifier, body):
    """Gets and changes a resource configuration; what was sent must be told."""
    one = {"resourceConfigurationIdentifier": identifier}
    told = settled(lambda: client.get_resource_configuration(**one), "ACTIVE")
    kept = {member: value for member, value in body.items() if member != "tags" and not member.endswith("Identifier")}
    same(judge, name, kept, told)
    changes = {}
    if "portRanges" in body:
        changes["portRanges"] = ["443"]
    if "resourceConfigurationDefinition" in body:
        changes["resourceConfigurationDefinition"] = body["resourceConfigurationDefinition"]
    client.update_resource_configuration(**one, **changes)
    same(judge, name, changes, settled(lambda: client.get_resource_configuration(**one), "ACTIVE"))


def refusals_of_lattice(judge, client, own, ids):
    """What is refused must be refused in a way that botocore knows."""
    judge.refuses("ResourceNotFoundException", client.get_resource_gateway, resourceGatewayIdentifier="rgw-00000000000000000")
    judge.refuses("ConflictException", client.delete_resource_gateway, **own)
    judge.refuses("ConflictException", client.create_resource_gateway, name="shared", vpcIdentifier=bodies.VPC, subnetIds=bodies.SUBNETS)
    judge.refuses("ValidationException", client.create_resource_gateway, name="without-subnets", vpcIdentifier=bodies.VPC)
    judge.refuses("ValidationException", client.create_resource_gateway, name="-ab", vpcIdentifier=bodies.VPC, subnetIds=bodies.SUBNETS)
    judge.refuses("ValidationException", client.create_resource_configuration, name="portless", type="SINGLE", **own)
    judge.refuses("ConflictException", client.delete_resource_configuration, resourceConfigurationIdentifier=ids["group"])
    judge.refuses("ResourceNotFoundException", client.list_tags_for_resource,
                  resourceArn=f"arn:aws:vpc-lattice:us-west-2:{bodies.ACCOUNT}:resourcegateway/rgw-00000000000000000")


def tagged(client, arn):
    """Tags come and go."""
    client.tag_resource(resourceArn=arn, tags={"one": "1", "two": "2"})
    client.untag_resource(resourceArn=arn, tagKeys=["one"])
    return client.list_tags_for_resource(resourceArn=arn)["tags"]


def gateways(judge, client, configuration):
    """Gateways of every authorizer, created, told, listed and updated; answers their ids by name."""
    made = {}
    of_authorizers = [
        bodies.PLAIN_GATEWAY,
        bodies.full_gateway(configuration),
        {"name": "any-protocol", **bodies.IAM},
        {"name": "open", "roleArn": bodies.ROLE, "authorizerType": "NONE", "protocolType": "MCP"},
        {"name": "authenticated", "roleArn": bodies.ROLE, "authorizerType": "AUTHENTICATE_ONLY"},
    ]
    for body in of_authorizers:
        one = {"gatewayIdentifier": client.create_gateway(**body, clientToken=str(uuid.uuid4()))["gatewayId"]}
        made[body["name"]] = one["gatewayIdentifier"]
        told = settled(lambda: client.get_gateway(**one), "READY")
        same(judge, f"gateway {body['name']}", {member: value for member, value in body.items() if member != "tags"}, told)
        change = {member: value for member, value in body.items() if member != "tags"}
        change |= {"description": "changed", "wafConfiguration": {"failureMode": "FAIL_OPEN"},
                   "customTransformConfiguration": {"lambda": {"arn": bodies.LAMBDA}}}
        client.update_gateway(**one, **change)
        same(judge, f"gateway {body['name']}", change, settled(lambda: client.get_gateway(**one), "READY"))
        tags = tagged(client, told["gatewayArn"])
        same(judge, f"tags of {body['name']}", body.get("tags", {}) | {"two": "2"}, tags)
    first = client.list_gateways(maxResults=2)
    client.list_gateways(nextToken=first["nextToken"])
    judge.refuses("ResourceNotFoundException", client.get_gateway, gatewayIdentifier=MISSING)
    judge.refuses("ResourceNotFoundException", client.delete_gateway, gatewayIdentifier=MISSING)
    judge.refuses("ConflictException", client.create_gateway, **bodies.PLAIN_GATEWAY)
    judge.refuses("ValidationException", client.create_gateway, **{**bodies.PLAIN_GATEWAY, "name": "not_legal"})
    judge.refuses("ValidationException", client.create_gateway, name="jwt", roleArn=bodies.ROLE, authorizerType="CUSTOM_JWT")
    return made


def targets(judge, client, made, configuration):
    """A target of every kind."""
    own_way = {"selfManagedLatticeResource": {"resourceConfigurationIdentifier": configuration}}
    mcp = bodies.mcp_targets()
    mcp["by-configuration"] = {**mcp["private"], "privateEndpoint": own_way}
    for gateway, group in ((made["plain"], mcp), (made["any-protocol"], {**mcp, **bodies.other_targets()})):
        own = {"gatewayIdentifier": gateway}
        for name, body in group.items():
            one = {**own, "targetId": client.create_gateway_target(**own, name=name, **body)["targetId"]}
            told = settled(lambda: client.get_gateway_target(**one), "READY")
            same(judge, f"target {name}", {"name": name, **body}, told)
            client.update_gateway_target(**one, name=name, **{**body, "description": "changed"})
            told = settled(lambda: client.get_gateway_target(**one), "READY")
            same(judge, f"target {name}", {"name": name, **body, "description": "changed"}, told)
            if name == "asked":
                client.synchronize_gateway_targets(**own, targetIdList=[one["targetId"]])
                settled(lambda: client.get_gateway_target(**one), "READY")
        first = client.list_gateway_targets(**own, maxResults=5)
        client.list_gateway_targets(**own, nextToken=first["nextToken"])
    refusals_of_targets(judge, client, made, mcp)


def refusals_of_targets(judge, client, made, mcp):
    """What is refused must be refused in a way that botocore knows."""
    own = {"gatewayIdentifier": made["plain"]}
    judge.refuses("ResourceNotFoundException", client.get_gateway_target, **own, targetId="ABCDEFGHIJ")
    judge.refuses("ResourceNotFoundException", client.list_gateway_targets, gatewayIdentifier=MISSING)
    judge.refuses("ConflictException", client.create_gateway_target, **own, name="lambda", **mcp["lambda"])
    judge.refuses("ValidationException", client.create_gateway_target, **own, name="p", **bodies.other_targets()["passthrough"])
    judge.refuses("ValidationException", client.create_gateway_target, **own, name="not_legal", **mcp["lambda"])
    judge.refuses("ValidationException", client.create_gateway_target, gatewayIdentifier=made["open"], name="p", **mcp["private"])
    judge.refuses("ValidationException", client.delete_gateway, **own)


def with_consent(judge, client, made):
    """A target that waits for a person."""
    three_legged = {"grantType": "AUTHORIZATION_CODE", "defaultReturnUrl": "https://example.com/back"}
    provider = {**bodies.OAUTH["credentialProvider"]["oauthCredentialProvider"], **three_legged}
    credentials = {"credentialProviderType": "OAUTH", "credentialProvider": {"oauthCredentialProvider": provider}}
    body = bodies.of("mcp.mcpServer", {"endpoint": bodies.MCP_URL}, credentials)
    own = {"gatewayIdentifier": made["plain"]}
    created = client.create_gateway_target(**own, name="consent", **body)
    told = settled(lambda: client.get_gateway_target(**own, targetId=created["targetId"]), "CREATE_PENDING_AUTH")
    if "authorizationData" not in told:
        judge.complaints.append("a target in CREATE_PENDING_AUTH does not say where a person consents")


def delete_targets(client, made):
    """Those that wait for a person cannot be deleted: nobody comes, and they fail after a while."""
    for gateway in made.values():
        own = {"gatewayIdentifier": gateway}
        for item in client.list_gateway_targets(**own)["items"]:
            one = {**own, "targetId": item["targetId"]}
            for _ in range(500):
                if not client.get_gateway_target(**one)["status"].endswith("_PENDING_AUTH"):
                    break
                time.sleep(0.02)
            client.delete_gateway_target(**one)
            gone(lambda: client.get_gateway_target(**one))


def delete_gateways(client, made):
    """AWS goes on to see targets for a while after the last of them is gone."""
    for gateway in made.values():
        one = {"gatewayIdentifier": gateway}
        for attempt in range(10):
            try:
                client.delete_gateway(**one)
                break
            except ClientError as error:
                if error.response["Error"]["Code"] != "ValidationException" or attempt == 9:
                    raise
        gone(lambda: client.get_gateway(**one))


def associations(client, single):
    """What AgentCore made of a target that came by a resource configuration."""
    listed = client.list_service_network_resource_associations(resourceConfigurationIdentifier=single)["items"]
    for item in listed:
        client.get_service_network_resource_association(serviceNetworkResourceAssociationIdentifier=item["id"])


def network(judge):
    """What lies around: load balancers, certificates, zones, and what EC2 describes."""
    elb, acm, ec2 = judge.client("elbv2"), judge.client("acm"), judge.client("ec2")
    balancers = elb.describe_load_balancers()["LoadBalancers"]
    for balancer in balancers:
        arn = balancer["LoadBalancerArn"]
        elb.describe_load_balancer_attributes(LoadBalancerArn=arn)
        for listener in elb.describe_listeners(LoadBalancerArn=arn)["Listeners"]:
            elb.describe_rules(ListenerArn=listener["ListenerArn"])
            for certificate in elb.describe_listener_certificates(ListenerArn=listener["ListenerArn"])["Certificates"]:
                acm.describe_certificate(CertificateArn=certificate["CertificateArn"])
    elb.describe_tags(ResourceArns=[balancer["LoadBalancerArn"] for balancer in balancers])
    for group in elb.describe_target_groups()["TargetGroups"]:
        elb.describe_target_group_attributes(TargetGroupArn=group["TargetGroupArn"])
        elb.describe_target_health(TargetGroupArn=group["TargetGroupArn"])
    for describe in ("vpcs", "subnets", "security_groups", "security_group_rules", "network_interfaces", "vpc_endpoints"):
        getattr(ec2, f"describe_{describe}")()
    for attribute in ("enableDnsSupport", "enableDnsHostnames"):
        ec2.describe_vpc_attribute(VpcId=bodies.VPC, Attribute=attribute)
    # With an endpoint of its own a client signs for the region that it is told; Route 53 takes this one only.
    route53 = judge.client("route53", region="us-east-1")
    for zone in route53.list_hosted_zones_by_vpc(VPCId=bodies.VPC, VPCRegion="us-west-2")["HostedZoneSummaries"]:
        route53.list_resource_record_sets(HostedZoneId=zone["HostedZoneId"])
    apis = judge.client("apigateway")
    apis.get_rest_api(restApiId="pets123456")
    apis.get_export(restApiId="pets123456", stageName="prod", exportType="oas30", accepts="application/json")
    judge.refuses("NotFoundException", apis.get_rest_api, restApiId="none123456")
    judge.client("sts").get_caller_identity()
    missing = f"arn:aws:elasticloadbalancing:us-west-2:{bodies.ACCOUNT}:loadbalancer/app/none/0000000000000000"
    judge.refuses("LoadBalancerNotFound", elb.describe_load_balancers, LoadBalancerArns=[missing])
    judge.refuses("NoSuchHostedZone", route53.list_resource_record_sets, HostedZoneId="Z0000000000000")
    nothing = f"arn:aws:acm:us-west-2:{bodies.ACCOUNT}:certificate/00000000-0000-0000-0000-000000000000"
    judge.refuses("ResourceNotFoundException", acm.describe_certificate, CertificateArn=nothing)


def never_called(judge):
    """Operations of the emulation that this walk leaves out."""
    known = {
        f"{path.stem}:{operation}" for path in MODELS.glob("*.json") for operation in json.loads(path.read_text())["operations"]
    }
    return sorted(known - judge.answered.keys())


def main():
    judge = Judge(sys.argv[1])
    client = judge.client("bedrock-agentcore-control")
    lattice_client, resource_gateway, single = lattice(judge)
    tagged(lattice_client, lattice_client.get_resource_gateway(resourceGatewayIdentifier=resource_gateway)["arn"])
    made = gateways(judge, client, single)
    targets(judge, client, made, single)
    with_consent(judge, client, made)
    associations(lattice_client, single)
    lattice_client.list_resource_gateways()
    delete_targets(client, made)
    delete_gateways(client, made)
    network(judge)
    judge.complaints += [f"{operation} was never answered" for operation in never_called(judge)]
    judge.complaints += [f"no answer is as KNOWN says any more: {entry}" for entry in KNOWN.keys() - judge.met]
    for complaint in judge.complaints:
        print(complaint)
    if judge.older:
        print(f"botocore {botocore.__version__} is older than {', '.join(judge.older)} here: it judges by tests/lab/models there")
    print(
        f"botocore judged {sum(judge.answered.values())} answers of {len(judge.answered)} operations "
        f"and {sum(judge.refused.values())} refusals"
    )
    sys.exit(bool(judge.complaints))


if __name__ == "__main__":
    main()
