#!/usr/bin/env python3
"""Sends the same requests to the emulation and to moto, another emulation: the answers must have the same members of the same types.

usage: moto_agrees.py ENDPOINT
"""
import json
import re
import sys
import time

from botocore.exceptions import ClientError
from moto import mock_aws

import bodies
from judge import Judge

# Where the two differ, always because moto leaves something out: patterns of step and member, and why the emulation has it. One that
# no step meets is a complaint itself.
DIFFERENCES = {
    ("plain: .*", r"protocolConfiguration.*"): "people read it back from gateways that were made without it: AWS fills it in",
    ("target .*", r"protocolType"): "the model has it, and AWS tells it of MCP targets",
    ("target .*: list", r"items\[\]\.targetType"): "the model has it in lists alone",
    ("target .*", r"targetConfiguration\.mcp\.mcpServer\.(listingMode|resourcePriority)"): "AWS fills in what it documents as defaults",
    ("target .*: list", r"items\[\]\.(listingMode|resourcePriority)"): "the model has them in lists, too",
}


class Walk:
    """The same calls for whichever emulation the client reaches; what came back, by step."""

    def __init__(self, client, stays_updating):
        self.client = client
        # In moto what was updated once is UPDATING for ever.
        self.settled_statuses = {"READY", "UPDATING"} if stays_updating else {"READY"}
        self.steps = {}
        client.meta.events.register("after-call", self._keep)

    def _keep(self, http_response, **_):
        self.last = http_response.status_code, json.loads(http_response.content or b"{}")

    def call(self, step, operation, **parameters):
        try:
            answer = getattr(self.client, operation)(**parameters)
        except ClientError as error:
            answer = error.response
            # Messages differ, and may.
            self.last = self.last[0], {"code": error.response["Error"]["Code"]}
        self.steps[step] = self.last
        return answer

    def settled(self, step, operation, **parameters):
        for _ in range(500):
            answer = self.call(step, operation, **parameters)
            if answer.get("status") in self.settled_statuses:
                return answer
            time.sleep(0.02)
        raise SystemExit(f"{step}: {answer}")

    def gone(self, step, operation, **parameters):
        for _ in range(500):
            answer = self.call(step, operation, **parameters)
            if "Error" in answer:
                return
            time.sleep(0.02)
        raise SystemExit(f"{step}: {answer}")


def gateways():
    """What moto knows of gateways."""
    full = bodies.full_gateway("rcfg-0123456789abcdef0")
    jwt = {"discoveryUrl": bodies.JWT["discoveryUrl"], "allowedClients": ["c1"]}
    full.pop("domainOverride")
    full["authorizerConfiguration"] = {"customJWTAuthorizer": jwt}
    # moto drops what the installed botocore does not know, which may be an old one.
    full["protocolConfiguration"]["mcp"].pop("disableMcpListToolsPagination")
    full["interceptorConfigurations"][0]["inputConfiguration"].pop("payloadFilter")
    return {"plain": bodies.PLAIN_GATEWAY, "full": full}


def targets():
    """What moto knows of targets, also where the installed botocore is an old one: moto answers by its models."""
    known = bodies.mcp_targets()
    return {name: known[name] for name in ("said", "stored", "api", "stored-api", "smithy", "lambda", "stored-lambda")}


def life_of_a_gateway(walk, name, body):
    """Created, told, changed, listed; its targets; deleted."""
    created = walk.call(f"{name}: create", "create_gateway", **body)
    one = {"gatewayIdentifier": created["gatewayId"]}
    walk.settled(f"{name}: get", "get_gateway", **one)
    walk.call(f"{name}: tags", "list_tags_for_resource", resourceArn=created["gatewayArn"])
    change = {member: value for member, value in body.items() if member != "tags"} | {"description": "changed"}
    walk.call(f"{name}: update", "update_gateway", **one, **change)
    walk.settled(f"{name}: get after update", "get_gateway", **one)
    walk.call(f"{name}: list", "list_gateways")
    if name == "plain":
        for target, configuration in targets().items():
            life_of_a_target(walk, one, target, configuration)
    for _ in range(4):
        # AWS goes on to see targets for a while after the last of them is gone.
        if "Error" not in walk.call(f"{name}: delete", "delete_gateway", **one):
            break
    walk.gone(f"{name}: get after delete", "get_gateway", **one)


def life_of_a_target(walk, own, name, body):
    """Created, told, changed, listed, deleted."""
    created = walk.call(f"target {name}: create", "create_gateway_target", **own, name=name, **body)
    one = {**own, "targetId": created["targetId"]}
    walk.settled(f"target {name}: get", "get_gateway_target", **one)
    walk.call(f"target {name}: update", "update_gateway_target", **one, name=name, **{**body, "description": "changed"})
    walk.settled(f"target {name}: get after update", "get_gateway_target", **one)
    walk.call(f"target {name}: list", "list_gateway_targets", **own)
    walk.call(f"target {name}: delete", "delete_gateway_target", **one)
    walk.gone(f"target {name}: get after delete", "get_gateway_target", **one)


def walked(client, stays_updating):
    walk = Walk(client, stays_updating)
    for name, body in gateways().items():
        life_of_a_gateway(walk, name, body)
    walk.call("missing: get", "get_gateway", gatewayIdentifier="agents-abcde12345")
    walk.call("missing: delete", "delete_gateway", gatewayIdentifier="agents-abcde12345")
    walk.call("missing: targets", "list_gateway_targets", gatewayIdentifier="agents-abcde12345")
    return walk.steps


def members(value, path=""):
    """Each member of an answer with its type; the items of a list are looked at together."""
    if isinstance(value, dict):
        yield path, "object"
        for name, item in value.items():
            yield from members(item, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        yield path, "list"
        for item in value:
            yield from members(item, f"{path}[]")
    else:
        yield path, type(value).__name__


def differences(ours, theirs):
    """Each difference: step, member, and who alone has it (or what each has)."""
    for step in ours:
        (our_status, our_body), (their_status, their_body) = ours[step], theirs[step]
        if our_status != their_status:
            yield step, "status", f"{our_status} and {their_status} in moto"
        if "code" in our_body and our_body != their_body:
            yield step, "code", f"{our_body['code']} and {their_body.get('code')} in moto"
        own, other = set(members(our_body)), set(members(their_body))
        for path, kind in sorted(own ^ other):
            where = "emulation" if (path, kind) in own else "moto"
            both = path in {name for name, _ in own} and path in {name for name, _ in other}
            yield step, path, f"{kind} in {where}" if both else where


def main():
    with mock_aws():
        theirs = walked(Judge(None).client("bedrock-agentcore-control"), stays_updating=True)
    ours = walked(Judge(sys.argv[1]).client("bedrock-agentcore-control"), stays_updating=False)
    met, unexplained = set(), []
    for step, member, who in differences(ours, theirs):
        known = [entry for entry in DIFFERENCES if who == "emulation" and re.fullmatch(entry[0], step) and re.fullmatch(entry[1], member)]
        met.update(known)
        if not known:
            unexplained.append(f"{step}: {member}: {who}")
    unexplained += [f"does not differ any more: {entry}" for entry in DIFFERENCES.keys() - met]
    for line in unexplained:
        print(line)
    print(f"moto and the emulation were compared in {len(ours)} steps; they differ in {len(met)} explained ways")
    sys.exit(bool(unexplained))


if __name__ == "__main__":
    main()
