"""Ranges of versions that a project or a program requires of Pulumi, as `>=3.5.0 !3.7.7 || 4.x`.

Source: ParseRange of github.com/blang/semver, which the Pulumi CLI reads them with.
"""

from __future__ import annotations

import operator
import re

from localcloud.errors import LocalCloudError

_COMPARISONS = {
    "": operator.eq,
    "=": operator.eq,
    "==": operator.eq,
    "!": operator.ne,
    "!=": operator.ne,
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}
_CONDITION = re.compile(r"([=!<>]*) *(\d+\.\d+\.\d+|\d+(?:\.\d+)?(?:\.x)+)")


def require_version(text: str) -> None:
    """Raise LocalCloudError unless the installed SDK is in the range: it is its protocol that this engine speaks."""
    from pulumi._version import _VERSION

    if not satisfies(_VERSION, text):
        raise LocalCloudError(f"Pulumi version {_VERSION} does not satisfy the version range {text!r}")


def satisfies(version: str, text: str) -> bool:
    """Whether a version is in the range. Errors: LocalCloudError if the text is no range."""
    satisfied = [_satisfies_all(version, alternative, text) for alternative in text.split("||")]
    return any(satisfied)


def _satisfies_all(version: str, alternative: str, text: str) -> bool:
    conditions = _CONDITION.findall(alternative)
    rest = _CONDITION.sub("", alternative).strip()
    if rest or not conditions or not all(comparison in _COMPARISONS for comparison, _ in conditions):
        raise LocalCloudError(f"{text!r} is not a version range (such as >=3.5.0 !3.7.7 || 4.x)")
    return all(_COMPARISONS[comparison](*_alike(version, wanted)) for comparison, wanted in conditions)


def _alike(version: str, wanted: str) -> tuple[list[int], list[int]]:
    """Both as numbers, as many as there are before the first `x`."""
    numbers = [int(part) for part in wanted.split(".") if part != "x"]
    return [int(part) for part in version.split(".")[: len(numbers)]], numbers
