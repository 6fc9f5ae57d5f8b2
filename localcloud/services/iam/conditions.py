"""Conditions of IAM policies: the part of the Common Expression Language that IAM has.

Source: https://cloud.google.com/iam/docs/conditions-attribute-reference. What is no part of it here is refused when a
policy is set, so that a condition that is kept is one that is heeded.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from operator import eq, ge, gt, le, lt, ne
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

Value = Any
Term = Callable[["Circumstances"], Value]

TOKEN = re.compile(r"""\s*(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\d+|[A-Za-z_]\w*|\|\||&&|[=!<>]=|[!<>().,\[\]])""")
COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {"==": eq, "!=": ne, "<": lt, "<=": le, ">": gt, ">=": ge}
LITERALS = {"true": True, "false": False}
ATTRIBUTES = ("resource.name", "resource.type", "resource.service", "request.time")


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

    def attribute(self, path: str) -> Value:
        return self.time if path == "request.time" else getattr(self, path.partition(".")[2])


def _extracted(text: str, template: str) -> str:
    """What stands in the place of the name in braces; "" if the rest of the template is not there."""
    before, _, rest = template.partition("{")
    after = rest.partition("}")[2]
    _, found, behind = text.partition(before) if before else ("", "x", text)
    value, closed, _ = behind.partition(after) if after else (behind, "x", "")
    return value if found and closed else ""


OF_TEXT: Mapping[str, Callable[[str, str], Value]] = {
    "startsWith": str.startswith,
    "endsWith": str.endswith,
    "extract": _extracted,
}
OF_TIME: Mapping[str, Callable[[datetime], int]] = {
    "getFullYear": lambda time: time.year,
    "getMonth": lambda time: time.month - 1,
    "getDate": lambda time: time.day,
    "getDayOfMonth": lambda time: time.day - 1,
    "getDayOfWeek": lambda time: time.isoweekday() % 7,
    "getHours": lambda time: time.hour,
    "getMinutes": lambda time: time.minute,
    "getSeconds": lambda time: time.second,
}


@lru_cache(maxsize=1024)
def condition(expression: str) -> Callable[[Circumstances], bool]:
    """Whether an expression holds. Errors: ConditionError."""
    parser = _Parser(expression)
    term = parser.either()
    parser.end()
    return lambda circumstances: term(circumstances) is True


def check(expression: str, circumstances: Circumstances) -> None:
    """Errors: ConditionError for what can't be evaluated; whether it can does not hang on the values."""
    parser = _Parser(expression)
    term = parser.either()
    parser.end()
    try:
        value = term(circumstances)
    except (TypeError, AttributeError, ValueError, ZoneInfoNotFoundError) as error:
        raise ConditionError(f"{expression!r} compares or calls what it can't: {error}") from error
    if not isinstance(value, bool):
        raise ConditionError(f"{expression!r} is not true or false")


class _Parser:
    """By recursive descent; both sides of `&&` and `||` are always evaluated, as no term here has an effect."""

    def __init__(self, expression: str) -> None:
        self._expression = expression
        self._tokens: list[str] = []
        position = 0
        while position < len(expression.rstrip()):
            found = TOKEN.match(expression, position)
            if found is None:
                raise self._error(expression[position:].strip()[:10])
            self._tokens.append(found[0].strip())
            position = found.end()
        self._next = 0

    def _error(self, what: str) -> ConditionError:
        return ConditionError(
            f"{what or 'the end'!r} in the condition {self._expression!r} is not offered, or misplaced"
        )

    def _peek(self) -> str:
        return self._tokens[self._next] if self._next < len(self._tokens) else ""

    def _take(self, *wanted: str) -> str:
        token = self._peek()
        if wanted and token not in wanted:
            raise self._error(token)
        self._next += 1
        return token

    def end(self) -> None:
        if self._peek():
            raise self._error(self._peek())

    def either(self) -> Term:
        terms = [self._both()]
        while self._peek() == "||":
            self._take()
            terms.append(self._both())
        return terms[0] if len(terms) == 1 else lambda at: any(_truths(terms, at))

    def _both(self) -> Term:
        terms = [self._comparison()]
        while self._peek() == "&&":
            self._take()
            terms.append(self._comparison())
        return terms[0] if len(terms) == 1 else lambda at: all(_truths(terms, at))

    def _comparison(self) -> Term:
        left = self._negation()
        sign = self._peek()
        if sign in COMPARISONS:
            self._take()
            right, compare = self._negation(), COMPARISONS[sign]
            return lambda at: compare(*_of_one_type(left(at), right(at)))
        if sign == "in":
            self._take()
            items = self._negation()
            return lambda at: left(at) in _list(items(at))
        return left

    def _negation(self) -> Term:
        if self._peek() == "!":
            self._take()
            inner = self._negation()
            return lambda at: not _truth(inner(at))
        return self._calls(self._primary())

    def _primary(self) -> Term:
        token = self._take()
        if token == "(":
            inner = self.either()
            self._take(")")
            return inner
        if token == "[":
            items = self._arguments("]")
            return lambda at: [item(at) for item in items]
        if token[:1] in ("'", '"'):
            text = re.sub(r"\\(.)", r"\1", token[1:-1])
            return lambda at: text
        if token.isdigit() or token in LITERALS:
            value = LITERALS[token] if token in LITERALS else int(token)
            return lambda at: value
        return self._named(token)

    def _named(self, token: str) -> Term:
        if token == "timestamp":
            self._take("(")
            (text,) = self._arguments(")", 1)
            return lambda at: _time(text(at))
        self._take(".")
        path = f"{token}.{self._take()}"
        if path == "api.getAttribute":
            self._take("(")
            name, default = self._arguments(")", 2)
            return lambda at: at.api.get(name(at), default(at))
        if path not in ATTRIBUTES:
            raise self._error(path)
        return lambda at: at.attribute(path)

    def _calls(self, subject: Term) -> Term:
        while self._peek() == ".":
            self._take()
            name = self._take(*OF_TEXT, *OF_TIME)
            self._take("(")
            subject = self._call(subject, name)
        return subject

    def _call(self, subject: Term, name: str) -> Term:
        if name in OF_TEXT:
            (argument,) = self._arguments(")", 1)
            of_text = OF_TEXT[name]
            return lambda at: of_text(subject(at), argument(at))
        zones = self._arguments(")")
        of_time = OF_TIME[name]
        return lambda at: of_time(subject(at).astimezone(ZoneInfo(zones[0](at) if zones else "UTC")))

    def _arguments(self, closing: str, count: int | None = None) -> list[Term]:
        found: list[Term] = []
        while self._peek() != closing:
            if found:
                self._take(",")
            found.append(self.either())
        self._take(closing)
        if count is not None and len(found) != count:
            raise self._error(closing)
        return found


def _truths(terms: list[Term], at: Circumstances) -> list[bool]:
    return [_truth(term(at)) for term in terms]


def _truth(value: Value) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"{value!r} is not true or false")
    return value


def _list(value: Value) -> list[Value]:
    if not isinstance(value, list):
        raise TypeError(f"{value!r} is no list")
    return value


def _of_one_type(left: Value, right: Value) -> tuple[Value, Value]:
    if type(left) is not type(right):
        raise TypeError(f"{left!r} and {right!r} are of two types")
    return left, right


def _time(text: str) -> datetime:
    time = datetime.fromisoformat(text)
    if time.tzinfo is None:
        raise ValueError(f"{text!r} is a time without its zone")
    return time
