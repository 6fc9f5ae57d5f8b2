"""What changed between two sets of inputs, and what the change does to the resource."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from pulumi.runtime.proto import provider_pb2

from localcloud.providers.checks import join
from localcloud.wire import property_paths
from localcloud.wire.typed import Asset, Secret, plain, without_internal

Kind = provider_pb2.PropertyDiff
TO_REPLACE = {Kind.ADD: Kind.ADD_REPLACE, Kind.DELETE: Kind.DELETE_REPLACE, Kind.UPDATE: Kind.UPDATE_REPLACE}


@dataclass
class Difference:
    """The changed properties by path, the top-level ones that force a replacement, and how to replace."""

    changes: dict[str, Kind.Kind.ValueType] = field(default_factory=dict)
    replaces: list[str] = field(default_factory=list)
    delete_before_replace: bool = False

    def to_message(self) -> provider_pb2.DiffResponse:
        """The answer in Pulumi's protocol, with the detailed diff."""
        changed = provider_pb2.DiffResponse.DIFF_SOME if self.changes else provider_pb2.DiffResponse.DIFF_NONE
        detailed = {path: provider_pb2.PropertyDiff(kind=kind, inputDiff=True) for path, kind in self.changes.items()}
        return provider_pb2.DiffResponse(
            changes=changed,
            replaces=self.replaces,
            deleteBeforeReplace=self.delete_before_replace,
            diffs=sorted({top_level(path) for path in self.changes}),
            detailedDiff=detailed,
            hasDetailedDiff=True,
        )


def top_level(path: str) -> str:
    """`lifecycleRules[0].action` -> `lifecycleRules`."""
    return re.split(r"[.\[]", path, maxsplit=1)[0]


def lies_in(path: str, patterns: Iterable[str]) -> bool:
    """Whether a path is, or lies below, one of these (`*` stands for one step)."""
    steps = property_paths.parse(path)
    return any(property_paths.covers(property_paths.parse(pattern), steps) for pattern in patterns)


def difference(
    olds: dict[str, Any],
    news: dict[str, Any],
    forces_replacement: Callable[[str], bool],
    ignore_changes: Collection[str] = (),
) -> Difference:
    """Compare two sets of inputs; `forces_replacement` is asked about each changed path."""
    found = dict(compare(plain(without_internal(olds)), plain(without_internal(news))))
    result = Difference()
    for path, kind in found.items():
        if lies_in(path, ignore_changes):
            continue
        if forces_replacement(path):
            kind = TO_REPLACE[kind]
            if top_level(path) not in result.replaces:
                result.replaces.append(top_level(path))
        result.changes[path] = kind
    return result


def compare(old: Any, new: Any, path: str = "") -> Iterator[tuple[str, Kind.Kind.ValueType]]:
    """(path, kind) of every change, as deep as both sides have the same structure."""
    if _is_hashed(old) and _is_hashed(new):
        if old != new:
            yield path, Kind.UPDATE
        return
    old, new = _unwrap(old), _unwrap(new)
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted(old.keys() | new.keys()):
            yield from compare(old.get(key), new.get(key), join(path, key))
    elif isinstance(old, list) and isinstance(new, list):
        for index in range(max(len(old), len(new))):
            before = old[index] if index < len(old) else None
            after = new[index] if index < len(new) else None
            yield from compare(before, after, f"{path}[{index}]")
    elif old is None and new is not None:
        yield path, Kind.ADD
    elif new is None and old is not None:
        yield path, Kind.DELETE
    elif old != new:
        yield path, Kind.UPDATE


def _is_hashed(value: Any) -> bool:
    """Whether it is an asset that an engine sent with the hash of its content, maybe with nothing else."""
    return isinstance(value, Asset) and bool(value.get("hash"))


def _unwrap(value: Any) -> Any:
    """An asset is compared without the hash if only one side has it."""
    if isinstance(value, Secret):
        return value.value
    if isinstance(value, Asset):
        return {key: item for key, item in value.fields.items() if key != "hash"}
    return value
