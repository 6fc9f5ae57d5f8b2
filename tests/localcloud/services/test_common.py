"""What Google's APIs have in common."""

from __future__ import annotations

import contextlib
import errno
import json
import sqlite3
from typing import Any

import pytest

from localcloud.services.common import (
    DEEPEST,
    GoogleError,
    disk_full,
    json_value,
    merged,
    object_in,
    page,
    whole_number,
)


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b'{"a": [1, 2.5, null, "\\u00fc\\ud83d\\ude00"]}', {"a": [1, 2.5, None, "ü😀"]}),
        (b"[" * DEEPEST + b"]" * DEEPEST, json.loads("[" * DEEPEST + "]" * DEEPEST)),
        (b"[" + b"[]," * 1000 + b"{}]", [[]] * 1000 + [{}]),
        (b'"{{{{[[[["', "{{{{[[[["),
    ],
)
def test_json_is_read(data: bytes, value: Any) -> None:
    assert json_value(data) == value


@pytest.mark.parametrize(
    "data",
    [
        *(b"", b"{", b"\xff", b'"\\ud83d"', b'{"\\udc00": 1}', b'"\xed\xa0\x80"'),
        *(b"NaN", b"[-Infinity]", b"1e400", b"-1e400", b"9" * 5000),
        *(b"[" * 101 + b"]" * 101, b'{"a":' * 101 + b"1" + b"}" * 101, b"[" * 100_000),
    ],
)
def test_what_is_no_json_is_refused(data: bytes) -> None:
    with pytest.raises(GoogleError, match=r"^Invalid JSON payload received\. ") as refused:
        json_value(data)
    assert refused.value.code == 400


@pytest.mark.parametrize(
    ("value", "number"),
    [(None, None), ("", None), ("0", 0), (7, 7), ("007", 7), (str(2**63 - 1), 2**63 - 1)],
)
def test_numbers_come_as_numbers_or_text(value: object, number: int | None) -> None:
    assert whole_number("n", value) == number


@pytest.mark.parametrize("value", ["x", "1.0", 1.5, "-1", -1, True, " 1", "1_000", "١", str(2**63), "9" * 5000])
def test_what_is_no_number_of_64_bits_is_named(value: object) -> None:
    with pytest.raises(GoogleError, match=r"Invalid value for n: .* is not a whole number") as refused:
        whole_number("n", value)
    assert refused.value.code == 400


def test_a_number_may_be_allowed_to_be_negative() -> None:
    assert whole_number("n", str(-(2**63)), least=-(2**63)) == -(2**63)
    with pytest.raises(GoogleError):
        whole_number("n", str(-(2**63) - 1), least=-(2**63))


@pytest.mark.parametrize(  # the examples of RFC 7396, appendix A, whose target and patch are objects
    ("target", "patch", "result"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_patches_merge_as_the_standard_says(target: Any, patch: Any, result: Any) -> None:
    assert merged(target, patch) == result


def test_a_merge_shares_nothing_with_its_patch() -> None:
    patch = {"a": [1]}
    result = merged({}, patch)
    patch["a"].append(2)
    assert result == {"a": [1]}


def test_pages_follow_each_other_to_the_end() -> None:
    items, token, seen = list(range(5)), "", []
    for _ in range(3):
        some, token = page(items, 2, token)
        seen.append(some)
    assert (seen, token) == ([[0, 1], [2, 3], [4]], "")
    assert page(items, 0, "") == (items, "")
    for wrong in ("-1", "x"):
        with pytest.raises(GoogleError, match="is not one that a list answered"):
            page(items, 2, wrong)


def test_an_object_in_a_field_is_one_or_none() -> None:
    assert object_in({"a": {"b": 1}}, "a") == {"b": 1}
    assert object_in({"a": None}, "a") == object_in({}, "a") == {}
    with pytest.raises(GoogleError, match="Invalid value for a: 1: it must be an object"):
        object_in({"a": 1}, "a")


def of_sqlite(message: str, name: str) -> sqlite3.OperationalError:
    """An error as SQLite raises it."""
    error = sqlite3.OperationalError(message)
    error.sqlite_errorname = name
    return error


def test_sqlite_names_a_full_database() -> None:
    with contextlib.closing(sqlite3.connect(":memory:")) as database:
        database.execute("PRAGMA max_page_count = 2")
        database.execute("CREATE TABLE t (x)")
        with pytest.raises(sqlite3.OperationalError) as raised:
            database.execute("INSERT INTO t VALUES (zeroblob(100000))")
    assert disk_full(raised.value) is not None


@pytest.mark.parametrize(
    ("error", "full"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), True),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), True),
        (OSError(errno.EFBIG, "File too large"), True),
        (of_sqlite("database or disk is full", "SQLITE_FULL"), True),
        (of_sqlite("disk I/O error", "SQLITE_IOERR_WRITE"), True),
        (of_sqlite("disk I/O error", "SQLITE_IOERR_READ"), False),
        (OSError(errno.EACCES, "Permission denied"), False),
        (sqlite3.OperationalError("database is locked"), False),
    ],
)
def test_a_full_disk_is_an_answer_that_clients_do_not_repeat(error: Exception, full: bool) -> None:
    found = disk_full(error)
    assert (found is not None) == full
    assert found is None or (found.code, found.reason) == (413, "insufficientStorage")
