"""Expressions of conditions: what they say, and what is none."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from localcloud.services.iam.conditions import Circumstances, ConditionError, check, holds

AT = Circumstances(
    name="projects/_/buckets/b/objects/team/a.txt",
    type="storage.googleapis.com/Object",
    service="storage.googleapis.com",
    time=datetime(2026, 1, 4, 23, 30, tzinfo=UTC),  # a Sunday
    api={"storage.googleapis.com/objectListPrefix": "team/"},
)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("true", True),
        ("!true", False),
        ('resource.name.startsWith("projects/_/buckets/b/objects/team/")', True),
        ("resource.name.startsWith('projects/_/buckets/b/objects/other/')", False),
        ('resource.name.endsWith(".txt") && resource.type == "storage.googleapis.com/Object"', True),
        ('resource.service != "storage.googleapis.com" || resource.type == "x"', False),
        ('!(resource.type == "x") && (false || true)', True),
        ('resource.type in ["x", "storage.googleapis.com/Object"]', True),
        ('resource.name.extract("objects/{folder}/") == "team"', True),
        ('resource.name.extract("folders/{folder}/") == ""', True),
        ('resource.name.extract("{all}") == resource.name', True),
        ('request.time < timestamp("2026-01-05T00:00:00Z")', True),
        ('request.time >= timestamp("2026-01-05T00:00:00+01:00")', True),
        ("request.time.getFullYear() == 2026 && request.time.getMonth() == 0 && request.time.getDate() == 4", True),
        ('request.time.getDayOfWeek("Europe/Berlin") == 1 && request.time.getHours("Europe/Berlin") == 0', True),
        ("request.time.getDayOfWeek() == 0 && request.time.getMinutes() > 29", True),
        ('api.getAttribute("storage.googleapis.com/objectListPrefix", "").startsWith("team/")', True),
        ('api.getAttribute("storage.googleapis.com/other", "none") == "none"', True),
        ("'a\\'b' == \"a'b\"", True),
    ],
)
def test_expressions(expression: str, expected: bool) -> None:
    check(expression, AT)
    assert holds(expression, AT) is expected


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "1",
        "true &&",
        "true true",
        "(true",
        "resource",
        "resource.other == 1",
        "resource.matchTag('a', 'b')",
        "resource.name",
        "resource.name == 1",
        "resource.name.matches('a')",
        "size(resource.name) > 1",
        "has(resource.name)",
        "[1].exists(one, one > 0)",
        "resource.name.startsWith()",
        "resource.name.startsWith(1)",
        "resource.name && true",
        "request.time > '2026-01-01T00:00:00Z'",
        "request.time > timestamp('2026')",
        "request.time > timestamp('2026-01-01T00:00:00')",
        "request.time.getHours('Mars') == 1",
        "request.time + duration('1s') > request.time",
        "resource.name == 'a",
        "1 in 2",
    ],
)
def test_what_can_not_be_evaluated_is_refused(expression: str) -> None:
    with pytest.raises(ConditionError):
        check(expression, AT)
