"""A stack as its program and providers see it: configured by settings file, command line and the project's defaults."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from localcloud.engine.project.project import Project, StackSettings, as_text
from localcloud.errors import LocalCloudError
from localcloud.wire import values

# Pulumi's own settings; the only one that changes nothing about what is deployed.
_HEEDED = {"pulumi:tags"}
_DECLARATION_KEYS = {"type", "default", "value", "description", "secret"}

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
    _apply_project_config(project, stack, raw)
    unheeded = sorted(key for key in raw if key.startswith("pulumi:") and key not in _HEEDED)
    if unheeded:
        raise LocalCloudError(f"{', '.join(unheeded)}: not supported by this engine: remove it, or use the pulumi CLI")
    secret_keys = frozenset(key for key, value in raw.items() if values.contains(value, _is_secure))
    texts = {key: as_text(_decrypted(value, decrypt)) for key, value in raw.items()}
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


def _apply_project_config(project: Project, stack: str, raw: dict[str, Any]) -> None:
    """Pulumi.yaml's `config`: plain values, or declarations with a type, a value or a default."""
    for name, declared in project.config.items():
        key = _full_key(project, name)
        if key in raw:
            continue
        if not isinstance(declared, dict) or not declared.keys() & _DECLARATION_KEYS:
            raw[key] = declared
        elif "value" in declared or "default" in declared:
            raw[key] = declared.get("value", declared.get("default"))
        else:
            raise LocalCloudError(
                f"stack {stack!r} is missing the configuration value {name!r} that Pulumi.yaml declares"
            )


def _is_secure(value: Any) -> bool:
    return isinstance(value, dict) and value.keys() == {"secure"} and isinstance(value["secure"], str)


def _decrypted(value: Any, decrypt: Callable[[str], str]) -> Any:
    return values.rewrite(value, lambda part: decrypt(part["secure"]) if _is_secure(part) else part)
