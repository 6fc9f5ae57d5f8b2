"""Values as the compliance files write them."""

from __future__ import annotations

import pytest

from tests.peers.googlesql.values import Bag, UnreadableError, read


def test_structs_and_arrays_in_their_forms() -> None:
    kind, value = read('ARRAY<STRUCT<a INT64, STRING>>[unknown order:{1, "x"}, {NULL, "y"}]')
    assert (kind.inner[0].names, [one.name for one in kind.inner[0].inner]) == (["a", ""], ["INT64", "STRING"])
    assert isinstance(value, Bag)
    assert value == [(("INT64", "1"), ("STRING", "x")), (None, ("STRING", "y"))]


def test_what_is_not_read() -> None:
    with pytest.raises(UnreadableError):
        read("PROTO<some.Message>{}")
