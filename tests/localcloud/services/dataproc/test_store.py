"""What is remembered, over a restart too."""

from __future__ import annotations

from pathlib import Path

import pytest

from localcloud.services.common import GoogleError
from localcloud.services.dataproc.store import Store


def test_a_request_id_makes_one_thing(tmp_path: Path) -> None:
    store, names = Store(tmp_path), iter("abcd")
    assert [store.once("id", lambda: next(names)) for _ in range(2)] == ["a", "a"]
    assert [store.once("", lambda: next(names)) for _ in range(2)] == ["b", "c"]
    assert Store(tmp_path).once("id", lambda: next(names)) == "a"


def test_what_failed_is_tried_again(tmp_path: Path) -> None:
    store = Store(tmp_path)

    def refuse() -> str:
        raise GoogleError(409, "there is one")

    with pytest.raises(GoogleError):
        store.once("id", refuse)
    assert store.once("id", lambda: "second") == "second"
