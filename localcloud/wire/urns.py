"""URNs, the names Pulumi gives resources: `urn:pulumi:<stack>::<project>::<parent types$type>::<name>`."""

from __future__ import annotations

import re
from dataclasses import dataclass

STACK_TYPE = "pulumi:pulumi:Stack"
PROVIDER_PREFIX = "pulumi:providers:"
PREFIX = "urn:pulumi:"


def make(stack: str, project: str, parent: str, type_: str, name: str) -> str:
    """The URN of a resource; the types of its parents (the stack's excepted) are part of it."""
    if parent and qualified_type(parent) != STACK_TYPE:
        type_ = f"{qualified_type(parent)}${type_}"
    return f"{PREFIX}{stack}::{project}::{type_}::{name}"


def qualified_type(urn: str) -> str:
    return urn.split("::", 3)[2]


def type_of(urn: str) -> str:
    return qualified_type(urn).rpartition("$")[2]


def name_of(urn: str) -> str:
    return urn.split("::", 3)[3]


def is_provider(type_: str) -> bool:
    return type_.startswith(PROVIDER_PREFIX)


def package_of(token: str) -> str:
    """The package that serves a type or function token; for a provider's type, the package it is of."""
    return token.removeprefix(PROVIDER_PREFIX) if is_provider(token) else token.split(":", 1)[0]


def split_reference(reference: str) -> tuple[str, str]:
    """URN and id of a provider reference `urn::id`."""
    urn, _, id_ = reference.rpartition("::")
    return urn, id_


def default_provider_name(version: str, download_url: str) -> str:
    """The name of the provider that is made for resources that name none, e.g. `default_10_2_0`."""
    parts = [part for part in ("default", version, download_url) if part]
    return re.sub(r"[^A-Za-z0-9_]", "_", "_".join(parts))


@dataclass(frozen=True)
class Alias:
    """An earlier identity of a resource: a whole URN, or what of it was different."""

    urn: str = ""
    name: str = ""
    type: str = ""
    stack: str = ""
    project: str = ""
    parent: str = ""
    no_parent: bool = False

    def resolve(self, urn: str, parent: str, earlier: dict[str, str]) -> str:
        """The earlier URN of what is now `urn`, below `parent`; `earlier` maps URNs to the aliases they took."""
        if self.urn:
            return self.urn
        stack, project, _, name = urn.removeprefix(PREFIX).split("::", 3)
        alias_parent = earlier.get(self.parent, self.parent) if self.parent else parent
        return make(
            self.stack or stack,
            self.project or project,
            "" if self.no_parent else alias_parent,
            self.type or type_of(urn),
            self.name or name,
        )


def inherited(urn: str, parent: str, parent_alias: str) -> str:
    """The URN a child had below its parent's alias; a name that starts with the parent's name changes along with it."""
    stack, project, _, name = urn.removeprefix(PREFIX).split("::", 3)
    if name.startswith(name_of(parent)):
        name = name_of(parent_alias) + name.removeprefix(name_of(parent))
    return make(stack, project, parent_alias, type_of(urn), name)
