"""From the program's requests (protobuf) to goals."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from pulumi.runtime.proto import alias_pb2, resource_pb2

from localcloud.engine.plan.goal import Goal
from localcloud.engine.project.project import Project
from localcloud.errors import LocalCloudError
from localcloud.wire import property_paths as paths
from localcloud.wire import values
from localcloud.wire.hashes import with_hashes
from localcloud.wire.urns import Alias

_DURATION = re.compile(r"(\d+(?:\.\d+)?)(h|ms|m|s|us|ns)")
_SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}


def goal_of(request: resource_pb2.RegisterResourceRequest, provider: str, project: Project) -> Goal:
    found: dict[str, set[str]] = {}
    properties = {}
    for key, value in values.from_struct(request.object).items():
        found[key] = set(request.propertyDependencies[key].urns) if key in request.propertyDependencies else set()
        properties[key] = with_hashes(values.lower_outputs(value, found[key]), project.program_folder)
    if not request.propertyDependencies and request.dependencies:
        found = {key: {*sources, *request.dependencies} for key, sources in found.items()}
    defined = request.deleteBeforeReplaceDefined or request.deleteBeforeReplace
    timeouts = request.customTimeouts
    return Goal(
        type=request.type,
        name=request.name,
        custom=request.custom,
        properties=properties,
        parent=request.parent,
        provider=provider,
        dependencies=sorted(set(request.dependencies)),
        property_dependencies={key: sorted(sources) for key, sources in found.items()},
        aliases=[_alias(alias) for alias in request.aliases] + [Alias(urn=urn) for urn in request.aliasURNs],
        protect=request.protect if request.HasField("protect") else None,
        retain_on_delete=request.retainOnDelete if request.HasField("retainOnDelete") else None,
        delete_before_replace=request.deleteBeforeReplace if defined else None,
        deleted_with=request.deletedWith,
        ignore_changes=list(request.ignoreChanges),
        hide_diffs=[list(paths.parse(text)) for text in request.hideDiffs],
        replace_on_changes=list(request.replaceOnChanges),
        additional_secret_outputs=list(request.additionalSecretOutputs),
        custom_timeouts=_timeouts({name: getattr(timeouts, name) for name in ("create", "update", "delete")}),
        source_position=source_position(request.sourcePosition, project.root),
    )


def read_goal_of(request: resource_pb2.ReadResourceRequest, provider: str, project: Project) -> Goal:
    return Goal(
        type=request.type,
        name=request.name,
        custom=True,
        properties=with_hashes(values.lower_outputs(values.from_struct(request.properties)), project.program_folder),
        parent=request.parent,
        provider=provider,
        dependencies=sorted(set(request.dependencies)),
        additional_secret_outputs=list(request.additionalSecretOutputs),
        source_position=source_position(request.sourcePosition, project.root),
    )


def source_position(position: Any, root: Path) -> str:
    """Where in the program a resource is made, relative to the project: `project:///stacks/network.py#12`."""
    path = Path(unquote(urlsplit(position.uri).path))
    if not position.uri.startswith("file:") or not path.is_relative_to(root):
        return ""
    column = f",{position.column}" if position.column else ""
    return f"project:///{path.relative_to(root).as_posix()}#{position.line}{column}"


def _alias(alias: alias_pb2.Alias) -> Alias:
    if alias.WhichOneof("alias") == "urn":
        return Alias(urn=alias.urn)
    spec = alias.spec
    return Alias(
        name=spec.name,
        type=spec.type,
        stack=spec.stack,
        project=spec.project,
        parent=spec.parentUrn,
        no_parent=spec.noParent,
    )


def _timeouts(given: dict[str, str]) -> dict[str, float]:
    return {name: _seconds(text) for name, text in given.items() if text}


def _seconds(text: str) -> float:
    """Go's durations: `1h30m`, `90s`."""
    parts = _DURATION.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise LocalCloudError(f"timeout {text!r}: must be a duration such as 90s, 5m or 1h30m")
    return sum(float(number) * _SECONDS[unit] for number, unit in parts)
