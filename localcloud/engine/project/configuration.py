"""A stack as its program and providers see it: configured by settings file, command line and the project's defaults."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from localcloud.engine.project.declarations import declarations, missing
from localcloud.engine.project.project import Project, StackSettings, as_text
from localcloud.errors import LocalCloudError
from localcloud.wire import values

# Pulumi's own settings; the only one that changes nothing about what is deployed.
_HEEDED = {"pulumi:tags"}

ORGANIZATION = "organization"
"""The organization every stack of a file backend is said to belong to."""


@dataclass(frozen=True)
class Configuration:
    """Decrypted values by key `<namespace>:<name>`, all as text; `secret_keys` are those that hold a secret."""

    texts: dict[str, str]
    secret_keys: frozenset[str]
    raw: dict[str, Any]

    def of_package(self, package: str) -> dict[str, Any]:
        """The inputs of a package's default provider: what is configured in its namespace."""
        prefix = f"{package}:"
        return {
            key.removeprefix(prefix): values.secret(text) if key in self.secret_keys else text
            for key, text in sorted(self.texts.items())
            if key.startswith(prefix)
        }


@dataclass(frozen=True)
class Stack:
    """The stack that is worked on, as programs, providers and policy packs are told of it."""

    project: Project
    name: str
    configuration: Configuration
    organization: str = ORGANIZATION


def configure(
    project: Project, stack: str, settings: StackSettings, overrides: list[str], decrypt: Callable[[str], str]
) -> Configuration:
    """Put the configuration together; `overrides` are KEY=VALUE from the command line and win."""
    raw = {_full_key(project, key): value for key, value in settings.config.items()}
    for override in overrides:
        key, equals, value = override.partition("=")
        if not key or not equals:
            raise LocalCloudError(f"--config {override!r}: must be KEY=VALUE")
        raw[_full_key(project, key)] = value
    declared = declarations(project)
    raw = {**{item.key: item.value for item in declared if item.value is not None}, **raw}
    unset = [item.name for item in declared if item.key not in raw]
    if unset:
        raise missing(stack, unset)
    unheeded = sorted(key for key in raw if key.startswith("pulumi:") and key not in _HEEDED)
    if unheeded:
        raise LocalCloudError(f"{', '.join(unheeded)}: not supported by this engine: remove it, or use the pulumi CLI")
    secret_keys = frozenset(key for key, value in raw.items() if values.contains(value, _is_secure))
    contents = {key: _decrypted(value, decrypt) for key, value in raw.items()}
    texts = {key: as_text(content) for key, content in contents.items()}
    for item in declared:
        content = contents[item.key] if isinstance(contents[item.key], dict | list) else texts[item.key]
        item.refuse_if_wrong(stack, content, encrypted=item.key in secret_keys)
    return Configuration(texts, secret_keys, raw)


def _full_key(project: Project, key: str) -> str:
    parts = key.split(":")
    if len(parts) == 1:
        return f"{project.name}:{key}"
    if len(parts) == 3 and parts[1] == "config":
        return f"{parts[0]}:{parts[2]}"
    if len(parts) != 2 or not all(parts):
        raise LocalCloudError(f"configuration key {key!r}: must be of the form <namespace>:<name>")
    return key


def _is_secure(value: Any) -> bool:
    return isinstance(value, dict) and value.keys() == {"secure"} and isinstance(value["secure"], str)


def _decrypted(value: Any, decrypt: Callable[[str], str]) -> Any:
    return values.rewrite(value, lambda part: decrypt(part["secure"]) if _is_secure(part) else part)
