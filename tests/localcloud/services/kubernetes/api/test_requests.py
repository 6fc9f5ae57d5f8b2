"""What a request's body and query say, and which are refused."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest

from localcloud.services.kubernetes.api.errors import ApiError
from localcloud.services.kubernetes.api.requests import predicate, whole_number
from tests.localcloud.services.kubernetes.bodies import config_map, shell
from tests.localcloud.services.kubernetes.in_process import InProcess

MAPS = "/api/v1/namespaces/default/configmaps"


def test_yaml_is_read_as_json_has_it(in_process: InProcess) -> None:
    path = f"{MAPS}/dated?fieldManager=me"
    document = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: dated}\ndata: {2020-01-01: x, on: y}\n"
    kind = {"Content-Type": "application/apply-patch+yaml"}
    for wrong in ("data: [", "&a [*a]", "{1.5: .nan}"):
        assert in_process.call("PATCH", path, wrong, **kind)["code"] == 400
    assert in_process.call("PATCH", path, document, **kind)["data"] == {"2020-01-01": "x", "true": "y"}


@pytest.mark.parametrize("body", ["", "{", "[]", '"text"'])
def test_bodies_that_are_no_object_are_refused(in_process: InProcess, body: str) -> None:
    status = in_process.call("POST", MAPS, body)
    assert (status["code"], status["reason"]) == (400, "BadRequest")


def test_whole_numbers() -> None:
    assert (whole_number({"n": "10"}, "n"), whole_number({"n": ""}, "n"), whole_number({}, "n")) == (10, None, None)
    for wrong in ("ten", "-1", "1.5", "²"):
        with pytest.raises(ApiError, match="n") as caught:
            whole_number({"n": wrong}, "n")
        assert (caught.value.code, caught.value.reason) == (400, "BadRequest")


def test_both_selectors_have_to_fit() -> None:
    fits = predicate({"labelSelector": "tier=back", "fieldSelector": "metadata.name=b"}, "pods")
    assert fits({"metadata": {"name": "b", "labels": {"tier": "back"}}})
    assert not fits({"metadata": {"name": "b"}})
    assert not fits({"metadata": {"name": "a", "labels": {"tier": "back"}}})
    assert predicate({}, "pods")({"metadata": {}})


@pytest.mark.parametrize(("asked", "code"), [("All", 201), ("", 201), ("Some", 422)])
def test_dry_run_is_all_or_not_at_all(in_process: InProcess, asked: str, code: int) -> None:
    answer = in_process.send("POST", f"{MAPS}?dryRun={asked}", config_map("c"))
    assert answer.status_code == code
    assert (in_process.store.get("configmaps", "default", "c") is not None) == (asked == "")


def test_options_of_a_deletion_stand_in_the_query_or_in_the_body(in_process: InProcess) -> None:
    path = "/api/v1/namespaces/default/pods/p"
    body = shell("p", "true")
    body["spec"]["nodeName"] = "n"
    in_process.create("pods", body)
    policy = {"propagationPolicy": "Foreground", "gracePeriodSeconds": 60}
    found = in_process.call("DELETE", f"{path}?{urlencode({'gracePeriodSeconds': 40})}", policy)["metadata"]
    assert (found["deletionGracePeriodSeconds"], found["finalizers"]) == (40, ["foregroundDeletion"])
    assert in_process.call("DELETE", f"{path}?gracePeriodSeconds=soon")["code"] == 400
