"""Types with nothing behind them: checked and kept in the state, with the ids and outputs of the real provider."""

from __future__ import annotations

import hashlib
from functools import cache
from typing import ClassVar

from localcloud.providers.gcp.resource_type import Call, ResourceType
from localcloud.providers.gcp.rules import IAM_MEMBER

PLACES = (("location", "locations"), ("region", "regions"), ("zone", "zones"))


class Record(ResourceType):
    """Its id is its path if it has a name, else made of its URN's name."""

    tracked = False

    def identify(self, call: Call) -> str:
        if not self.id_format:
            digest = hashlib.sha256(call.logical_name.encode()).hexdigest()[:8]
            return f"{call.schema.class_name.lower()}/{call.logical_name}-{digest}"
        values = {**call.state, **call.inputs}
        return "/".join(part for part in self.id_format.format_map(_Blank(values)).split("/") if part)


class Binding(Record):
    """A role on something, for all of its members; taken away and given anew, never changed."""

    immutable = True


class Grant(Binding):
    """A role on something, for one member."""

    rules: ClassVar = IAM_MEMBER


class _Blank(dict[str, object]):
    """Values for a format; nothing for what is not there."""

    def __missing__(self, key: str) -> str:
        return ""


@cache
def derive(token: str, inputs: frozenset[str]) -> Record:
    """A record for a type that is not declared, with an id derived from its inputs."""
    class_name = token.rsplit(":", 1)[1]
    if class_name.lower().endswith(("iammember", "iambinding")):
        record = Grant() if "member" in inputs else Binding()
        record.id_format, record.name_key = _grant_format(inputs), ""
        return record
    record = Record()
    if "name" in inputs:
        record.id_format = _path_format(class_name, inputs)
    return record


def _path_format(class_name: str, inputs: frozenset[str]) -> str:
    collection = class_name[0].lower() + class_name[1:]
    collection = collection[:-1] + "ies" if collection.endswith("y") else f"{collection}s"
    parts = ["projects/{project}"] if "project" in inputs else []
    parts += next(([f"{plural}/{{{key}}}"] for key, plural in PLACES if key in inputs), [])
    return "/".join([*parts, collection, "{name}"])


def _grant_format(inputs: frozenset[str]) -> str:
    rest = sorted(inputs - {"role", "member", "members", "condition"})
    return "/".join(f"{{{key}}}" for key in (*rest, "role", *(["member"] if "member" in inputs else [])))
