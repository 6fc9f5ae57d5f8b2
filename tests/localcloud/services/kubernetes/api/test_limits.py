"""The patterns of names, and that the tables name what Kubernetes' schemas have."""

from __future__ import annotations

import pytest

from localcloud.services.kubernetes.api import limits
from localcloud.services.kubernetes.api.discovery import RESOURCES
from localcloud.services.kubernetes.api.limits import Pattern
from localcloud.services.kubernetes.api.schema import definitions

STRUCTS = {name.rpartition(".")[2]: schema.get("properties", {}) for name, schema in definitions()["$defs"].items()}


@pytest.mark.parametrize("table", [limits.PATTERNS, limits.VALUES, limits.RANGES])
def test_every_field_of_a_table_is_one_of_a_struct(table: dict[str, object]) -> None:
    assert [name for name in table if name.partition(".")[2] not in STRUCTS[name.partition(".")[0]]] == []


@pytest.mark.parametrize("table", [limits.NOT_EMPTY, limits.ONE_OF])
def test_every_struct_of_a_table_has_its_fields(table: dict[str, tuple[str, ...]]) -> None:
    assert [(name, field) for name, fields in table.items() for field in fields if field not in STRUCTS[name]] == []


def test_every_resource_of_a_table_is_served() -> None:
    named = {*limits.IMMUTABLE, *limits.SEALED, *limits.SPEC_KEPT, *limits.MADE_BY_PUT, *limits.NEEDS_VERSION}
    assert named - RESOURCES.keys() == set()


@pytest.mark.parametrize(
    ("pattern", "good", "bad"),
    [
        (limits.LABEL, ["a", "a-1", "0"], ["", "A", "-a", "a-", "a.b", "x" * 64]),
        (limits.SERVICE_NAME, ["a1"], ["1a", "a_b"]),
        (limits.SUBDOMAIN, ["a.b-c", "x" * 253], ["a..b", ".a", "x" * 254]),
        (limits.QUALIFIED_NAME, ["a", "A_b.c", "d.e/F"], ["a/b/c", "/a", "a/", "A.B/c", f"{'x' * 254}/a", "x" * 64]),
        (limits.LABEL_VALUE, ["", "a", "A-b_c.9"], ["-", "a b", "x" * 64]),
        (limits.DATA_KEY, ["a", ".env", "A_b-c.9"], ["", ".", "..", "..a", "a b", "x" * 254]),
        (limits.PORT_NAME, ["http", "a-1"], ["1", "a--b", "Http", "x" * 16]),
        (limits.PATH_SEGMENT, ["system:a", "A b"], [".", "..", "a/b", "a%b"]),
    ],
)
def test_patterns(pattern: Pattern, good: list[str], bad: list[str]) -> None:
    assert [text for text in good if not pattern.fits(text)] == []
    assert [text for text in bad if pattern.fits(text)] == []
    assert pattern.problem("x") == f"Invalid value: 'x': must be {pattern.wanted}"
