"""Records on disk by resource name."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from localcloud.services.common import GoogleError
from localcloud.services.record_store import RecordStore

NAME = "projects/p/things/a b%2F"


def test_a_record_lives_until_it_is_deleted(tmp_path: Path) -> None:
    store = RecordStore(tmp_path / "records")
    assert store.get(NAME) is None
    store.create(NAME, {"x": 1})
    store.put(NAME, {"x": 2})
    assert RecordStore(tmp_path / "records").require(NAME) == {"x": 2}
    assert list(store.items("projects/p/")) == [(NAME, {"x": 2})]
    assert list(store.items("projects/q/")) == []
    assert store.delete(NAME) == {"x": 2}
    with pytest.raises(GoogleError, match="was not found") as missing:
        store.require(NAME)
    assert (missing.value.code, missing.value.reason) == (404, "notFound")


def test_one_of_many_creators_wins(tmp_path: Path) -> None:
    store = RecordStore(tmp_path)

    def create(number: int) -> int:
        try:
            store.create(NAME, {"number": number})
        except GoogleError as error:
            return error.code
        return 200

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(create, range(16)))
    assert sorted(answers) == [200] + [409] * 15
    assert store.require(NAME) == {"number": answers.index(200)}


def test_a_name_that_no_file_can_have_is_refused(tmp_path: Path) -> None:
    with pytest.raises(GoogleError, match="is too long: names of localcloud end at 255 bytes") as refused:
        RecordStore(tmp_path).put("x" * 251, {})
    assert refused.value.code == 400
