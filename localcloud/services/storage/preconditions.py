"""Preconditions of requests: ifGenerationMatch and its kin."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import astuple, dataclass
from typing import Any, Protocol

from localcloud.services.common import GoogleError, whole_number

NAMES = ("GenerationMatch", "GenerationNotMatch", "MetagenerationMatch", "MetagenerationNotMatch")


class NotModifiedError(GoogleError):
    """A read whose ...NotMatch precondition says that the caller has the current state already."""

    def __init__(self) -> None:
        super().__init__(304, "Not Modified", "notModified")


class Versioned(Protocol):
    """What preconditions are about: a bucket or a version of an object."""

    @property
    def generation(self) -> int: ...
    @property
    def metageneration(self) -> int: ...


def integer(parameters: Mapping[str, Any], name: str) -> int | None:
    """A number of 64 bits with its sign among parameters or fields of JSON, None if absent. Errors: 400."""
    return whole_number(name, parameters.get(name), -(2**63))


@dataclass(frozen=True)
class Preconditions:
    """Each None when not asked for; generation 0 stands for "there is no live object"."""

    generation_match: int | None = None
    generation_not_match: int | None = None
    metageneration_match: int | None = None
    metageneration_not_match: int | None = None

    @classmethod
    def of(cls, parameters: Mapping[str, str], prefix: str = "if") -> Preconditions:
        """From query parameters; the prefix is `ifSource` for the source of a copy."""
        return cls(*(integer(parameters, prefix + name) for name in NAMES))

    def as_parameters(self) -> dict[str, str]:
        """The query parameters `of` reads back: how a resumable upload remembers them."""
        values = zip(NAMES, astuple(self), strict=True)
        return {f"if{name}": str(value) for name, value in values if value is not None}

    def check(self, current: Versioned | None, *, read: bool = False) -> None:
        """Compare with the current state (None: there is none). Raises 412, or NotModifiedError (304) on a read."""
        generation = current.generation if current else 0
        metageneration = current.metageneration if current else 0
        if self.generation_match is not None and self.generation_match != generation:
            raise failed()
        if self.metageneration_match is not None and self.metageneration_match != metageneration:
            raise failed()
        if generation == self.generation_not_match or (current and metageneration == self.metageneration_not_match):
            raise NotModifiedError if read else failed()


def failed() -> GoogleError:
    return GoogleError(412, "At least one of the pre-conditions you specified did not hold.", "conditionNotMet")
