"""Files are whole or not there."""

from __future__ import annotations

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis.strategies import text

from localcloud import files


def test_a_file_is_replaced_and_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "made" / "record.json"
    files.write_atomic(path, b"old")
    files.write_atomic(path, b"new")
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_a_write_that_fails_leaves_the_old_content_and_no_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "record.json"
    files.write_atomic(path, b"old")

    def fail(descriptor: int) -> None:
        raise OSError("the disk is gone")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="the disk is gone"):
        files.write_atomic(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_new_file_replaces_none(tmp_path: Path) -> None:
    path = tmp_path / "record.json"
    assert files.write_new(path, b"first")
    assert not files.write_new(path, b"second")
    assert path.read_bytes() == b"first"
    assert list(tmp_path.iterdir()) == [path]


@given(text(), text())
def test_a_quoted_name_is_a_file_s_of_its_own_and_can_be_read_again(one: str, other: str) -> None:
    assert unquote(files.quoted(one)) == one
    assert (files.quoted(one).casefold() == files.quoted(other).casefold()) == (one == other)


def test_capitals_and_what_urls_escape_are_quoted() -> None:
    assert files.quoted("projects/p/Jobs/aB%2F\u00e9") == "projects%2Fp%2F%4Aobs%2Fa%42%252%46%C3%A9"


def test_a_lock_is_one_holders_at_a_time_even_if_its_file_is_taken_away(tmp_path: Path) -> None:
    path = tmp_path / "run" / "lock"
    inside: list[bool] = []

    def hold() -> None:
        with files.locked(path):
            inside.append(path.exists())

    with ThreadPoolExecutor() as threads:
        with files.locked(path):
            waiting = [threads.submit(hold) for _ in range(3)]
            path.unlink()
        for one in waiting:
            one.result()
    assert inside == [True, True, True]
