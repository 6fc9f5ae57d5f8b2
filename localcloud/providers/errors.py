"""What can go wrong in a provider call, in the words the user reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from localcloud.errors import LocalCloudError


class ProviderError(LocalCloudError):
    """A call failed; the message is one clear line."""


class NotSupportedError(ProviderError):
    """The SDK knows it, the local cloud does not offer it."""


class InterruptedCallError(ProviderError):
    """The engine was interrupted, or has ended, while its call was waiting for something."""

    def __init__(self) -> None:
        super().__init__("interrupted while waiting for it")


class RefusedError(ProviderError):
    """A service refused, with this HTTP status. `clashes`: what was to be made exists already."""

    def __init__(self, line: str, status: int, *, clashes: bool) -> None:
        super().__init__(line)
        self.status = status
        self.clashes = clashes


class InitializationFailedError(ProviderError):
    """The resource exists, but a later step failed: the engine keeps it in the state and shows the reasons."""

    def __init__(self, identifier: str, outputs: dict[str, Any], reasons: list[str]) -> None:
        super().__init__("; ".join(reasons))
        self.identifier = identifier
        self.outputs = outputs
        self.reasons = reasons


@dataclass(frozen=True)
class Failure:
    """One wrong input: the path of the property (`lifecycleRules[0].action.type`) and what is wrong with it."""

    path: str
    reason: str

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}" if self.path else self.reason
