"""Grants on a bucket, whose policy others change at the same time."""

from __future__ import annotations

from typing import Any

import pytest

from localcloud.providers.gcp.resources import storage_iam
from tests.localcloud.providers.engine import Engine, State
from tests.localcloud.providers.fake_google.server import FakeGoogle
from tests.localcloud.providers.gcp.resources.lives import (
    MEMBER,
    Case,
    live_through,
    tokens_of,
)
from tests.localcloud.providers.refusals import Refusal, each

TOKEN = "gcp:storage/bucketIAMMember:BucketIAMMember"
BAD: list[Refusal] = [
    (
        TOKEN,
        {"bucket": "b", "member": "someone@example.com", "role": "storage.admin"},
        {
            "member": 'expected a member such as "serviceAccount:NAME@PROJECT.iam.gserviceaccount.com", '
            'got string "someone@example.com"',
            "role": 'expected a role such as "roles/storage.objectViewer", got string "storage.admin"',
        },
    ),
]


CASES = {
    "gcp:storage/bucketIAMMember:BucketIAMMember": Case(
        {"bucket": "granted", **MEMBER},
        "b/granted/roles/storage.objectViewer/serviceAccount:job@p.iam.gserviceaccount.com",
        {"etag": "e1"},
        replace={"role": "roles/storage.objectAdmin"},
        replaces=["role"],
        before=False,
    ),
}


def test_each_type_has_a_case() -> None:
    assert CASES.keys() == tokens_of(storage_iam)


@pytest.mark.parametrize("token", CASES)
def test_life_of_a_resource(gcp: Engine, google: FakeGoogle, token: str) -> None:
    live_through(gcp, google, token, CASES[token])


@pytest.fixture(autouse=True)
def granted(google: FakeGoogle) -> None:
    """A bucket without grants."""
    google.resources["/storage/v1/b/granted/iam"] = {"etag": "e0", "bindings": []}


def test_grants_survive_concurrent_changes(gcp: Engine, google: FakeGoogle) -> None:
    token = "gcp:storage/bucketIAMMember:BucketIAMMember"
    google.conflicts = 3
    first = gcp.create(token, "first", {"bucket": "granted", **MEMBER})
    condition = {"title": "office", "expression": "true"}
    second = gcp.create(token, "second", {"bucket": "granted", **MEMBER, "condition": condition})
    policy = google.resources["/storage/v1/b/granted/iam"]
    assert policy["version"] == 3
    assert [(item["members"], item.get("condition")) for item in policy["bindings"]] == [
        ([MEMBER["member"]], None),
        ([MEMBER["member"]], condition),
    ]
    gcp.delete(first)
    bindings = google.resources["/storage/v1/b/granted/iam"]["bindings"]
    assert [item.get("condition") for item in bindings] == [condition]
    assert second.id.endswith("/office")


def test_a_grant_that_others_overtake_ends_with_its_engine(gcp: Engine, google: FakeGoogle) -> None:
    google.conflicts = 1000
    token = "gcp:storage/bucketIAMMember:BucketIAMMember"
    wanted = State(token, "grant", gcp.checked(token, "grant", {"bucket": "granted", **MEMBER}))
    call = gcp.begin_create(wanted)
    google.wait_for("PUT", "/b/granted/iam", 6)  # by now the pauses are long
    gcp.interrupt(call)
    assert len(google.calls("PUT", "/b/granted/iam")) < 10


@each(BAD)
def test_bad_input_is_refused_with_its_path(
    gcp: Engine, token: str, inputs: dict[str, Any], expected: dict[str, str]
) -> None:
    assert gcp.check(token, "subject", inputs)[1] == expected
