"""Policies: what is checked, merged and guarded."""

from __future__ import annotations

import re

import pytest
import requests

from localcloud.services.common import GoogleError
from localcloud.services.iam.conditions import ConditionError
from localcloud.services.iam.policy import replaced, stamped
from localcloud.settings import OWNER, LocalCloud
from tests.localcloud.services.iam.served import accounts_url, create


def test_policy_is_guarded_by_its_etag(iam: LocalCloud) -> None:
    url = f"{accounts_url(iam)}/{create(iam, 'policy-job')['email']}"
    before = requests.get(url + ":getIamPolicy", timeout=10).json()
    binding = {"role": "roles/iam.serviceAccountUser", "members": [f"serviceAccount:{OWNER}"]}
    body = {"policy": {"bindings": [binding], "etag": before["etag"]}}
    after = requests.post(url + ":setIamPolicy", json=body, timeout=10).json()
    assert after["bindings"] == [binding]
    assert requests.post(url + ":getIamPolicy", timeout=10).json() == after
    assert requests.post(url + ":setIamPolicy", json=body, timeout=10).status_code == 412
    bad = {"policy": {"bindings": [{"role": "roles/viewer", "members": ["someone"]}]}}
    refused = requests.post(url + ":setIamPolicy", json=bad, timeout=10)
    assert refused.status_code == 400
    assert "serviceAccount:EMAIL" in refused.json()["error"]["message"]


CONDITIONAL = {
    "role": "roles/storage.objectViewer",
    "members": ["serviceAccount:a@p.iam.gserviceaccount.com"],
    "condition": {"title": "t", "expression": "true"},
}
READER = {"role": "roles/storage.objectViewer", "members": ["allUsers"]}


def test_equal_roles_are_one_binding_and_a_role_without_members_is_none() -> None:
    more = {"role": READER["role"], "members": ["serviceAccount:a@p.iam.gserviceaccount.com", "allUsers"]}
    empty = {"role": "projects/p/roles/own", "members": []}
    policy = replaced(stamped([]), {"bindings": [READER, more, empty]})
    assert policy["bindings"] == [{"role": READER["role"], "members": ["allUsers", more["members"][0]]}]
    assert policy["etag"] == stamped(policy["bindings"])["etag"] != stamped([])["etag"]


@pytest.mark.parametrize(
    ("requested", "said"),
    [
        (None, "Invalid value at policy: it must be an object"),
        ({"bindings": {}}, "Invalid value at policy.bindings: "),
        ({"bindings": [READER, 1]}, "Invalid value at policy.bindings.1: "),
        ({"bindings": [{"role": "viewer"}]}, "policy.bindings.0.role: Invalid role 'viewer': write it as roles/viewer"),
        ({"bindings": [{"role": "roles/viewer", "members": "allUsers"}]}, "policy.bindings.0.members: "),
        ({"bindings": [{"role": "roles/viewer", "members": [1]}]}, "policy.bindings.0.members.0: "),
        ({"bindings": [READER | {"condition": {"title": "x"}}]}, "policy.bindings.0.condition.expression: "),
        ({"bindings": [CONDITIONAL], "version": 3}, "Conditions are not offered by the local cloud but in policies of"),
    ],
)
def test_what_is_no_policy_is_refused_with_its_place(requested: object, said: str) -> None:
    with pytest.raises(GoogleError, match=re.escape(said)) as refused:
        replaced(stamped([]), requested)
    assert (refused.value.code, refused.value.reason) == (400, "invalid")


def test_an_empty_policy_takes_every_grant_away() -> None:
    assert replaced(stamped([READER]), {})["bindings"] == []


def test_conditions_are_kept_apart_and_checked() -> None:
    plain = {name: CONDITIONAL[name] for name in ("role", "members")}
    requested = {"bindings": [CONDITIONAL, plain], "version": 3}
    policy = replaced(stamped([]), requested, lambda _: None)
    assert (policy["version"], policy["bindings"]) == (3, [CONDITIONAL, plain])

    def refuse(expression: str) -> None:
        raise ConditionError(f"not {expression}")

    public = CONDITIONAL | {"members": ["allUsers"]}
    for wrong, said in (
        (requested | {"version": 1}, "a version of at least 3, not 1"),
        ({"bindings": [public], "version": 3}, "all users can't have a condition"),
        (requested, "Invalid condition of roles/storage.objectViewer: not true"),
    ):
        with pytest.raises(GoogleError, match=said):
            replaced(stamped([]), wrong, refuse)
