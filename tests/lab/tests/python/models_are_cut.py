#!/usr/bin/env python3
"""Checks that the models of the emulation are what `prune.py` cuts out of the installed botocore, when it is the pinned release."""
import importlib.util
import pathlib
import sys

import botocore

HERE = pathlib.Path(__file__).parent
MODELS = HERE.parents[1] / "models"


def main():
    pinned = next(line.strip().split("==")[1] for line in (HERE / "requirements.txt").open() if line.startswith("botocore=="))
    if botocore.__version__ != pinned:
        print(f"SKIPPED: botocore {botocore.__version__} is installed; the models were cut from {pinned}: they are not compared")
        return
    spec = importlib.util.spec_from_file_location("prune", MODELS / "prune.py")
    prune = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(prune)
    kept = {path.stem for path in MODELS.glob("*.json")}
    problems = [f"{name}: prune.py and the directory do not agree" for name in sorted(kept ^ prune.OPERATIONS.keys())]
    problems += [
        f"{service}.json is not what prune.py makes of botocore {pinned}"
        for service in sorted(kept & prune.OPERATIONS.keys())
        if prune.pruned(service) != (MODELS / f"{service}.json").read_text()
    ]
    print("\n".join(problems) or f"{len(kept)} models are as prune.py cuts them")
    sys.exit(bool(problems))


if __name__ == "__main__":
    main()
