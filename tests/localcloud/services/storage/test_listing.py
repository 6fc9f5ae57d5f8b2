"""Listings: order, prefixes, offsets, globs, pages."""

from __future__ import annotations

from typing import Any

import pytest
from google.cloud import storage

from localcloud.services.common import GoogleError
from localcloud.services.storage import listing
from localcloud.services.storage.store import Store
from localcloud.settings import LocalCloud
from tests.localcloud.services.storage.clients import names
from tests.localcloud.services.storage.served import served_here


def test_listing(bucket: storage.Bucket) -> None:
    for name in ["a", "a/", "a/1", "a/2", "a/b/3", "b/4", "c", "é"]:
        bucket.blob(name).upload_from_string(b"")
    assert names(bucket.list_blobs(page_size=3)) == ["a", "a/", "a/1", "a/2", "a/b/3", "b/4", "c", "é"]
    top = bucket.list_blobs(delimiter="/", page_size=1)
    assert (names(top), top.prefixes) == (["a", "c", "é"], {"a/", "b/"})
    inside = bucket.list_blobs(prefix="a/", delimiter="/")
    assert (names(inside), inside.prefixes) == (["a/", "a/1", "a/2"], {"a/b/"})
    trailing = bucket.list_blobs(delimiter="/", include_trailing_delimiter=True)
    assert (names(trailing), trailing.prefixes) == (["a", "a/", "c", "é"], {"a/", "b/"})
    assert names(bucket.list_blobs(start_offset="a/2", end_offset="c")) == ["a/2", "a/b/3", "b/4"]
    from_within = bucket.list_blobs(start_offset="a/2", delimiter="/")
    assert (names(from_within), from_within.prefixes) == (["c", "é"], {"a/", "b/"})
    assert names(bucket.list_blobs(match_glob="a/*")) == ["a/", "a/1", "a/2"]
    assert names(bucket.list_blobs(match_glob="**/{3,4}")) == ["a/b/3", "b/4"]
    assert names(bucket.list_blobs(match_glob="[a-b]/?")) == ["a/1", "a/2", "b/4"]
    assert names(bucket.list_blobs(prefix="none")) == []
    assert names(bucket.list_blobs(max_results=2)) == ["a", "a/"]


def test_listing_more_than_a_page(own_cloud: LocalCloud) -> None:
    expected = [f"n/{number:04}/x" for number in range(1050)]
    with served_here(own_cloud) as http:
        client = http.client()
        bucket = client.create_bucket("many")
        bucket.blob("first").upload_from_string(b"x")
        with http.store.transaction() as connection:
            columns = "bucket, ?1, generation, live, content, json_set(resource, '$.name', ?1), data"
            copies = f"INSERT INTO objects SELECT {columns} FROM objects WHERE name = 'first'"
            connection.executemany(copies, [(name,) for name in expected])
        bucket.delete_blob("first")
        assert names(bucket.list_blobs()) == expected
        folders = bucket.list_blobs(prefix="n/", delimiter="/")
        assert names(folders) == []
        assert len(folders.prefixes) == 1050
        with client.batch():
            for name in expected[:100]:
                bucket.delete_blob(name)
        assert names(bucket.list_blobs()) == expected[100:]


def walked(store: Store, **query: Any) -> list[str]:
    """All pages of a listing of one entry each; prefixes end in their delimiter."""
    found, token = list[str](), ""
    while True:
        page = listing.page(store, listing.Query("b", page_size=1, page_token=token, **query))
        found += [version.name for version in page.items] + page.prefixes
        token = page.next_token
        if not token:
            return found


@pytest.fixture
def folders(store: Store) -> Store:
    """A store with objects of several versions, folders, and objects named as folders."""
    rows = [("a", 1), ("a", 2), ("d/", 3), ("d/1", 4), ("d/2", 5), ("e/1", 6), ("f", 7)]
    with store.transaction() as connection:
        for name, generation in rows:
            live = (name, generation) != ("a", 1)
            connection.execute("INSERT INTO objects VALUES ('b', ?, ?, ?, NULL, '{}', '')", (name, generation, live))
    return store


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, ["a", "d/", "d/1", "d/2", "e/1", "f"]),
        ({"versions": True}, ["a", "a", "d/", "d/1", "d/2", "e/1", "f"]),
        ({"delimiter": "/"}, ["a", "d/", "e/", "f"]),
        ({"delimiter": "/", "include_trailing_delimiter": True}, ["a", "d/", "d/", "e/", "f"]),
        ({"delimiter": "/", "start": "d/2"}, ["d/", "e/", "f"]),
        ({"delimiter": "/", "end": "e"}, ["a", "d/"]),
        ({"delimiter": "/", "prefix": "d/"}, ["d/", "d/1", "d/2"]),
        ({"delimiter": "/", "glob": "?/"}, ["d/", "e/"]),
        ({"glob": "**1"}, ["d/1", "e/1"]),
    ],
)
def test_pages_of_one_entry_give_each_once(folders: Store, query: dict[str, Any], expected: list[str]) -> None:
    assert walked(folders, **query) == expected


@pytest.mark.parametrize("token", ["nonsense", "bnVsbA==", "WzFd"])
def test_a_token_of_somebody_else_is_refused(store: Store, token: str) -> None:
    with pytest.raises(GoogleError, match="Invalid page token") as refused:
        listing.page(store, listing.Query("b", page_token=token))
    assert refused.value.code == 400


@pytest.mark.parametrize(
    ("glob", "fitting", "other"),
    [
        ("a/*", ["a/", "a/b"], ["a", "a/b/c"]),
        ("a/**", ["a/", "a/b/c"], ["b/a"]),
        ("**/x", ["x", "a/x", "a/b/x"], ["ax"]),
        ("?", ["a", "é"], ["", "/", "ab"]),
        ("[!a-c]", ["d"], ["a", "b"]),
        ("{a,b*}.txt", ["a.txt", "bc.txt"], ["a,b.txt", "c.txt"]),
        (r"\*.\{", ["*.{"], ["a.{"]),
    ],
)
def test_globs(glob: str, fitting: list[str], other: list[str]) -> None:
    """Source: https://cloud.google.com/storage/docs/json_api/v1/objects/list#list-objects-and-prefixes-using-glob"""
    pattern = listing.glob_pattern(glob)
    assert [name for name in fitting + other if pattern.fullmatch(name)] == fitting


def test_a_glob_that_is_not_closed_is_refused() -> None:
    with pytest.raises(GoogleError, match=r"Invalid matchGlob 'a/\{b'"):
        listing.glob_pattern("a/{b")
