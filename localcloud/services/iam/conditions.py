"""Conditions of IAM policies: the part of the Common Expression Language that IAM has.

Source: https://cloud.google.com/iam/docs/conditions-attribute-reference. What is no part of it here is refused when a
policy is set, so that a condition that is kept is one that is heeded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from celpy import Expression, Runner

TIMES = ("getFullYear", "getMonth", "getDate", "getDayOfMonth", "getDayOfWeek", "getHours", "getMinutes", "getSeconds")
FUNCTIONS = {"startsWith", "endsWith", "extract", "getAttribute", "timestamp", *TIMES}
"""Of CEL's and IAM's own, what is offered here."""
CALLS = ("member_dot_arg", "ident_arg", "dot_ident_arg")


class ConditionError(ValueError):
    """An expression that is malformed, or has what is not offered here; the message is one line."""


@dataclass(frozen=True)
class Circumstances:
    """What a condition is about: a resource, a time, and what an API says of its request."""

    name: str
    type: str
    service: str
    time: datetime
    api: Mapping[str, str] = field(default_factory=dict)

    def variables(self) -> dict[str, Any]:
        from celpy import celtypes
        from celpy.adapter import json_to_cel

        time = celtypes.MapType({celtypes.StringType("time"): celtypes.TimestampType(self.time)})
        resource = {"name": self.name, "type": self.type, "service": self.service}
        return {"resource": json_to_cel(resource), "request": time, "api": json_to_cel(dict(self.api))}


def check(expression: str, circumstances: Circumstances) -> None:
    """Errors: ConditionError for what can't be evaluated."""
    from celpy import celtypes
    from celpy.evaluation import CELEvalError

    try:
        value = _program(expression).evaluate(circumstances.variables())
    except CELEvalError as error:
        raise ConditionError(f"{expression!r} compares or calls what it can't: {error.args[0]}") from error
    if not isinstance(value, celtypes.BoolType):
        raise ConditionError(f"{expression!r} is not true or false")


def holds(expression: str, circumstances: Circumstances) -> bool:
    """Whether it does; an expression that can't be evaluated of these circumstances does not."""
    from celpy import celtypes
    from celpy.evaluation import CELEvalError

    try:
        return _program(expression).evaluate(circumstances.variables()) == celtypes.BoolType(True)
    except CELEvalError:
        return False


@lru_cache(maxsize=1024)
def _program(expression: str) -> Runner:
    from celpy import Environment
    from celpy.celparser import CELParseError

    environment = Environment()
    try:
        parsed = environment.compile(expression)
    except CELParseError as error:
        raise ConditionError(f"{expression!r} is not an expression") from error
    unknown = sorted(set(_called(parsed)) - FUNCTIONS)
    if unknown:
        raise ConditionError(f"{unknown[0]}() in the condition {expression!r} is not offered")
    return environment.program(parsed, functions=_own_functions())


def _called(parsed: Expression) -> Iterator[str]:
    """The names of all functions and macros in an expression."""
    for name in CALLS:
        for call in parsed.find_data(name):
            yield next(str(part) for part in call.children if isinstance(part, str))


def _own_functions() -> dict[str, Callable[..., Any]]:
    from celpy import celtypes

    return {
        "extract": lambda text, template: celtypes.StringType(_extracted(text, template)),
        "getAttribute": lambda api, name, default: api.get(name, default),
        "timestamp": lambda text: celtypes.TimestampType(_time(text)),
    }


def _time(text: str) -> datetime:
    """A time with its zone; the library takes others too."""
    time = datetime.fromisoformat(text)
    if time.tzinfo is None:
        raise ValueError(f"{text!r} is a time without its zone")
    return time


def _extracted(text: str, template: str) -> str:
    """What stands in the place of the name in braces; "" if the rest of the template is not there."""
    before, _, rest = template.partition("{")
    after = rest.partition("}")[2]
    _, found, behind = text.partition(before) if before else ("", "x", text)
    value, closed, _ = behind.partition(after) if after else (behind, "x", "")
    return value if found and closed else ""
