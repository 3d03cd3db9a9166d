#!/usr/bin/env python3
"""Cuts the public AWS service models (botocore, Apache-2.0) down to the operations that the emulation answers.

usage: pip install botocore && python3 prune.py

Documentation, examples and unused shapes go; every constraint (required, pattern, length, range, enum, union) stays, because
the emulation judges requests by these files and nothing else.
"""
import gzip
import json
import pathlib

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
}


def strip(node):
    """Drops what carries no constraint."""
    if isinstance(node, dict):
        return {k: strip(v) for k, v in node.items() if k not in ("documentation", "documentationUrl", "examples", "authors")}
    if isinstance(node, list):
        return [strip(v) for v in node]
    return node


def reach(shapes, name, seen):
    """Adds to `seen` every shape that can be reached from `name`."""
    if name in seen:
        return
    seen.add(name)
    shape = shapes[name]
    for member in [*shape.get("members", {}).values(), *(shape[k] for k in ("member", "key", "value") if k in shape)]:
        reach(shapes, member["shape"], seen)


def main():
    here = pathlib.Path(__file__).parent
    data = pathlib.Path(botocore.__file__).parent / "data"
    for service, names in OPERATIONS.items():
        (source,) = sorted(data.glob(f"{service}/*/service-2.json.gz"))[-1:]
        model = strip(json.load(gzip.open(source)))
        operations = {n: model["operations"][n] for n in names}
        seen = set()
        for operation in operations.values():
            for part in [operation.get("input"), operation.get("output"), *operation.get("errors", [])]:
                if part:
                    reach(model["shapes"], part["shape"], seen)
        pruned = {
            "metadata": model["metadata"],
            "operations": operations,
            "shapes": {n: model["shapes"][n] for n in sorted(seen)},
        }
        (here / f"{service}.json").write_text(json.dumps(pruned, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
