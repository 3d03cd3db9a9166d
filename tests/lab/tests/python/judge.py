"""A botocore client that judges every answer it gets by botocore's own model of the service."""
import json
import pathlib
import re
import tempfile
import xml.etree.ElementTree as ElementTree
from datetime import datetime

import botocore.config
import botocore.session
from botocore.exceptions import ClientError
from botocore.validate import ParamValidator

MODELS = pathlib.Path(__file__).parents[2] / "models"

# What services answer before they know the operation, so that no operation declares it.
COMMON = {"ThrottlingException", "AccessDeniedException", "InvalidParameterValue"}

# Where AWS does not keep to its own model: the operations, a piece of the complaint, and what is known. One that is met by no answer
# of a whole walk is a complaint itself.
KNOWN = {
    (r"bedrock-agentcore-control:\w+", "credentialProviderConfigurations, value: 0"):
        "answers require the member, and a target need not have credentials: it is an empty list then, in moto, too",
    (r"elbv2:DescribeTags", r".Tags, value: 0"): "what has no tags is told with an empty list",
    (r"ec2:DescribeVpcEndpoints", "'available' is none of"): "EC2 writes the states of endpoints in lower case",
}


class Judge:
    """Makes clients of one endpoint, and keeps what was wrong with the answers."""

    def __init__(self, endpoint):
        self.endpoint = endpoint
        self.session = botocore.session.Session()
        self.models = tempfile.TemporaryDirectory()
        self.older = teach(self.session, self.models.name)
        self.complaints = []
        self.answered = {}
        self.refused = {}
        self.met = set()

    def client(self, service, region="us-west-2"):
        client = self.session.create_client(
            service,
            region_name=region,
            endpoint_url=self.endpoint,
            aws_access_key_id="AKIAEXAMPLEEXAMPLE12",
            aws_secret_access_key="secret",
            config=botocore.config.Config(retries={"total_max_attempts": 1}),
        )
        client.meta.events.register("after-call", self._judge)
        return client

    def refuses(self, code, call, **parameters):
        """Makes a call that has to be refused with this code."""
        try:
            call(**parameters)
        except ClientError as error:
            given = error.response["Error"]["Code"]
            if given != code:
                self.complaints.append(f"{error.operation_name}: refused with {given} instead of {code}: {error}")
            if not error.response["Error"]["Message"]:
                self.complaints.append(f"{error.operation_name}: the refusal {given} has no message")
        else:
            self.complaints.append(f"{call.__name__} was not refused with {code}: {parameters}")

    def _judge(self, http_response, parsed, model, **_):
        operation = f"{model.service_model.service_name}:{model.name}"
        if http_response.status_code >= 300:
            self.refused[operation] = self.refused.get(operation, 0) + 1
            problems = self._refusal(http_response, parsed, model)
        else:
            self.answered[operation] = self.answered.get(operation, 0) + 1
            problems = answer(http_response, parsed, model)
        for line in "\n".join(problems).splitlines():
            known = [entry for entry in KNOWN if re.fullmatch(entry[0], operation) and entry[1] in line]
            self.met.update(known)
            if not known:
                self.complaints.append(f"{operation}: {line}")

    def _refusal(self, http_response, parsed, model):
        code = parsed["Error"]["Code"]
        declared = {shape.error_code: shape for shape in model.error_shapes}
        declared |= {shape.name: shape for shape in model.error_shapes}
        if code in COMMON:
            return []
        if code not in declared:
            return [f"the refusal {code} is not declared"]
        shape = declared[code]
        problems = []
        if is_json(model):
            raw = json.loads(http_response.content)
            raw.pop("__type", None)
            problems = [f"{code}: {problem}" for problem in against(raw, shape, raw=True)]
        status = shape.metadata.get("error", {}).get("httpStatusCode")
        if status and status != http_response.status_code:
            problems.append(f"{code} came with status {http_response.status_code} instead of {status}")
        return problems


def teach(session, directory):
    """Gives botocore the lab's models of those services of which its own do not have everything, because it is an older release.

    The code that reads and judges the answers is botocore's own all the same. Answers which services that is.
    """
    loader = session.get_component("data_loader")
    older = []
    for path in sorted(MODELS.glob("*.json")):
        ours, own = json.loads(path.read_text()), loader.load_service_model(path.stem, "service-2")
        if knows(own, ours):
            continue
        older.append(path.stem)
        place = pathlib.Path(directory) / path.stem / loader.determine_latest_version(path.stem, "service-2")
        place.mkdir(parents=True)
        (place / "service-2.json").write_text(path.read_text())
    loader.search_paths.insert(0, directory)
    # What was loaded for the comparison is remembered otherwise.
    loader._cache.clear()
    return older


def knows(own, ours):
    """Whether one model has every member and every value of an enum that the other has."""
    for name, shape in ours["shapes"].items():
        other = own["shapes"].get(name, {})
        for part in ("members", "enum"):
            if set(shape.get(part, ())) - set(other.get(part, ())):
                return False
    return True


def is_json(model):
    return "json" in model.service_model.metadata["protocol"]


def answer(http_response, parsed, model):
    """What is wrong with an answer: as it travelled, and as botocore understood it."""
    understood = {name: value for name, value in parsed.items() if name != "ResponseMetadata"}
    shape = model.output_shape
    if shape is None:
        return [] if not understood else [f"has members, and none are declared: {understood}"]
    problems = against(understood, shape, raw=False)
    expected = model.http.get("responseCode", 200)
    if http_response.status_code != expected:
        problems.append(f"came with status {http_response.status_code} instead of {expected}")
    if "payload" in shape.serialization:
        # The body is one member's and no document of the service.
        return problems
    if is_json(model):
        raw = json.loads(http_response.content or b"{}")
        problems += against(raw, shape, raw=True)
    else:
        sent, seen = texts(http_response.content), scalars(understood)
        if sent != seen:
            problems.append(f"{sent} values were sent, and botocore found {seen}: some element is not in the model")
    return problems


def against(value, shape, raw):
    """What is wrong with a value of a shape: botocore's validator, and what it does not look at."""
    value = named(value, shape) if raw else value
    report = ParamValidator().validate(value, shape)
    problems = [report.generate_report()] if report.has_errors() else []
    return problems + [f"{path}: {problem}" for path, problem in details(value, shape, "", raw)]


def named(value, shape):
    """The value as it travelled, with the names that the model has for its members; a few travel under another."""
    if shape.type_name == "structure" and isinstance(value, dict) and not getattr(shape, "is_document_type", False):
        own = {member.serialization.get("name", name): name for name, member in shape.members.items()}
        return {
            own.get(wire, wire): named(item, shape.members[own[wire]]) if wire in own else item for wire, item in value.items()
        }
    if shape.type_name == "list" and isinstance(value, list):
        return [named(item, shape.member) for item in value]
    if shape.type_name == "map" and isinstance(value, dict):
        return {key: named(item, shape.value) for key, item in value.items()}
    return value


def details(value, shape, path, raw):
    """Values of enums, patterns, and how times are written."""
    if shape.type_name == "structure":
        if getattr(shape, "is_document_type", False):
            return
        if getattr(shape, "is_tagged_union", False) and len(value) != 1:
            yield path, f"a union with {sorted(value)}"
        for name, member in shape.members.items():
            if name in value:
                yield from details(value[name], member, f"{path}.{name}", raw)
    elif shape.type_name == "list":
        for index, item in enumerate(value):
            yield from details(item, shape.member, f"{path}[{index}]", raw)
    elif shape.type_name == "map":
        for key, item in value.items():
            yield from details(key, shape.key, f"{path}{{}}", raw)
            yield from details(item, shape.value, f"{path}.{key}", raw)
    elif shape.type_name == "timestamp":
        if raw:
            yield from time(value, shape, path)
        elif not isinstance(value, datetime):
            yield path, f"{value!r} was not understood as a time"
    elif shape.type_name == "string":
        if shape.enum and value not in shape.enum:
            yield path, f"{value!r} is none of {shape.enum}"
        pattern = shape.metadata.get("pattern")
        if pattern and not re.fullmatch(pattern, value):
            yield path, f"{value!r} does not match {pattern}"


def time(value, shape, path):
    """JSON writes times as seconds, unless the model says something else."""
    wanted = shape.serialization.get("timestampFormat", "unixTimestamp")
    fits = isinstance(value, str) if wanted == "iso8601" else isinstance(value, (int, float)) and not isinstance(value, bool)
    if not fits:
        yield path, f"the time {value!r} is not written as {wanted}"


def texts(document):
    """How many values a document has, but for those that every answer has."""
    count = 0
    for element in ElementTree.fromstring(document).iter():
        name = element.tag.rsplit("}", 1)[-1]
        if len(element) == 0 and (element.text or "").strip() and name.lower() != "requestid":
            count += 1
    return count


def scalars(value):
    """How many values that are not empty a parsed answer has."""
    if isinstance(value, dict):
        return sum(scalars(item) for item in value.values())
    if isinstance(value, list):
        return sum(scalars(item) for item in value)
    return 0 if value in ("", None) else 1
