"""How a resource type is declared: a short class that says its id, what is computed, and which calls it makes.

A class with a `token` registers itself; registry.py imports every file of resources/.
"""

from __future__ import annotations

import string
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from localcloud.providers.diff import lies_in, top_level
from localcloud.providers.errors import Failure, ProviderError
from localcloud.providers.gcp.rest import GoogleServices
from localcloud.providers.gcp.rules import Rule
from localcloud.providers.sdk_types import ResourceSchema

ALWAYS_REPLACES = frozenset({"name", "location", "project", "region", "zone"})

Outputs = dict[str, Any]


@dataclass(frozen=True)
class Call:
    """One create, read, update or delete: plain inputs (no secrets, no unknowns), the last outputs, the services."""

    schema: ResourceSchema
    services: GoogleServices
    inputs: dict[str, Any]
    state: dict[str, Any]
    old_inputs: dict[str, Any]
    identifier: str
    logical_name: str
    labels: dict[str, str]
    timeout: float
    log: Callable[[str], None]
    folder: Path | None = None
    """Where relative paths of assets start: the engine's project, if it said so."""
    ended: threading.Event = field(default_factory=threading.Event)
    """Set once the call is to end soon: there is no point in waiting any longer."""

    def get(self, key: str, default: Any = None) -> Any:
        """An input; where there is none (delete, read), the output of that name."""
        value = self.inputs.get(key)
        if value is None:
            value = self.state.get(key)
        return default if value is None else value

    def changed(self, *keys: str) -> bool:
        """Whether one of these inputs differs from the last ones."""
        return any(self.inputs.get(key) != self.old_inputs.get(key) for key in keys)


def format_keys(text: str) -> tuple[str, ...]:
    """The names in a format: `{bucket}-{name}` -> bucket, name."""
    return tuple(field for _, field, _, _ in string.Formatter().parse(text) if field)


class ResourceType:
    """A type with nothing behind it: checked, named, kept in the state. Subclasses override what is real."""

    declared: ClassVar[dict[str, type[ResourceType]]] = {}
    """Every class with a token of its own, by it."""

    token: ClassVar[str] = ""
    id_format: str = ""
    """The id over the inputs, e.g. `projects/{project}/locations/{location}/keyRings/{name}`."""
    rules: ClassVar[Mapping[str, Rule]] = {}
    """What Google refuses although the SDK's type allows it, by path (`lifecycleRules[*].action.type`)."""
    replaces: ClassVar[tuple[str, ...]] = ()
    """Property paths that force a replacement, besides those in the id and the usual ones (name, location, ...)."""
    immutable: bool = False
    """Nothing can be updated in place: every change replaces."""
    provider_only: ClassVar[tuple[str, ...]] = ()
    """Inputs that only tell the provider what to do, besides deletionPolicy: changing one never replaces."""
    defaults: ClassVar[Mapping[str, Any]] = {}
    """Outputs that the real provider fills in when the program does not say."""
    computed: ClassVar[Mapping[str, str]] = {}
    """Outputs made of the inputs, each by a format like `id_format`; `{id}` is there too."""
    volatile: ClassVar[tuple[str, ...]] = ()
    """Outputs that an update may change: unknown in the preview of one."""
    name_key: str = "name"
    """The input that is named automatically when missing; empty for none."""
    name_length: ClassVar[int] = 63
    location_from: ClassVar[tuple[str, ...]] = ()
    """Settings of the provider of which the first that is set stands for a missing `location`."""

    tracked: ClassVar[bool] = True
    """Whether a creation that the engine never learnt of leaves something behind that the next one has to deal with."""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if "token" in vars(cls):
            other = ResourceType.declared.setdefault(cls.token, cls)
            if other is not cls:
                places = " and ".join(f"{kind.__module__}.{kind.__qualname__}" for kind in (other, cls))
                raise TypeError(f"{cls.token} is declared twice: {places}")

    def repeatable(self, call: Call) -> bool:
        """Whether creating what exists already is fine, and has the same effect."""
        return False

    def check(self, olds: dict[str, Any], news: dict[str, Any], folder: Path | None) -> list[Failure]:
        """Refusals beyond types and rules; `olds` is empty unless it is updated in place. Values may be unknown."""
        return []

    def forces_replacement(self, path: str) -> bool:
        """Whether a change at a property path replaces the resource."""
        if top_level(path) in ("deletionPolicy", *self.provider_only):
            return False
        always = self.immutable or top_level(path) in ALWAYS_REPLACES
        return always or lies_in(path, (*self.replaces, *self.id_keys()))

    def create(self, call: Call) -> Outputs:
        """Make what is to have the call's identifier; return what the service says of it."""
        return {}

    def adopt(self, call: Call) -> Outputs | None:
        """Finish a creation that was cut off at any point; what the service says of it, None if it is gone."""
        return self.read(call)

    def read(self, call: Call) -> Outputs | None:
        """What the service says of it now; None if it is gone."""
        return call.state

    def update(self, call: Call) -> Outputs:
        """Change it in place; return what the service says of it."""
        return {}

    def delete(self, call: Call) -> None:
        """Remove it; that it is gone already is fine."""

    def identify(self, call: Call) -> str:
        """The id, from the inputs."""
        return self.id_format.format_map({**self.defaults, **call.state, **call.inputs})

    def id_keys(self) -> tuple[str, ...]:
        """The inputs that make up the id."""
        return format_keys(self.id_format)

    def describe(self, call: Call) -> str:
        """What to call the resource in an error: its name, else its logical name."""
        return str(call.get(self.name_key) or call.logical_name)


def refuse_if_protected(call: Call, what: str) -> None:
    """The real provider's guard, on by default. Errors: ProviderError."""
    if call.get("deletionProtection", True):
        advice = "set deletionProtection to false (deletion_protection=False) and deploy that first"
        raise ProviderError(f"{what} {call.identifier!r} is protected from deletion: {advice}")
