"""Service accounts."""

from __future__ import annotations

from typing import Any

import pytest

from localcloud.providers.gcp.resources import serviceaccount
from tests.localcloud.providers.engine import Engine
from tests.localcloud.providers.fake_google.server import FakeGoogle
from tests.localcloud.providers.gcp.resources.lives import (
    Case,
    live_through,
    tokens_of,
)
from tests.localcloud.providers.refusals import Refusal, each

BAD: list[Refusal] = [
    (
        "gcp:serviceaccount/account:Account",
        {"accountId": "x"},
        {
            "accountId": "expected 6 to 30 lowercase letters, digits or '-', with a letter in front "
            "and no '-' at the end, "
            'got string "x"',
        },
    ),
]


CASES = {
    "gcp:serviceaccount/account:Account": Case(
        {"accountId": "ingest-job", "displayName": "Ingest"},
        "projects/test-project/serviceAccounts/ingest-job@test-project.iam.gserviceaccount.com",
        {
            "email": "ingest-job@test-project.iam.gserviceaccount.com",
            "member": "serviceAccount:ingest-job@test-project.iam.gserviceaccount.com",
            "uniqueId": "9",
        },
        "/v1/projects/test-project/serviceAccounts/ingest-job@test-project.iam.gserviceaccount.com",
        update={"displayName": "Other"},
        replace={"accountId": "other-job"},
        replaces=["accountId"],
        before=False,
    ),
}


def test_each_type_has_a_case() -> None:
    assert CASES.keys() == tokens_of(serviceaccount)


@pytest.mark.parametrize("token", CASES)
def test_life_of_a_resource(gcp: Engine, google: FakeGoogle, token: str) -> None:
    live_through(gcp, google, token, CASES[token])


@each(BAD)
def test_bad_input_is_refused_with_its_path(
    gcp: Engine, token: str, inputs: dict[str, Any], expected: dict[str, str]
) -> None:
    assert gcp.check(token, "subject", inputs)[1] == expected
