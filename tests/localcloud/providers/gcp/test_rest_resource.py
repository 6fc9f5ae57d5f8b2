"""What the types with a service behind them share."""

from __future__ import annotations

from typing import Any

import pytest

from localcloud.providers.gcp.rest_resource import filled, given, patch_of, renamed
from tests.localcloud.providers.engine import Engine
from tests.localcloud.providers.fake_google.server import FakeGoogle

DATASET = "gcp:bigquery/dataset:Dataset"


@pytest.mark.parametrize(
    ("old", "new", "patch"),
    [
        ({"a": 1, "b": {"c": 1}}, {"a": 1, "b": {"c": 1}}, {}),
        ({"a": 1}, {"a": 2, "b": []}, {"a": 2, "b": []}),
        ({"a": 1}, {}, {"a": None}),
        ({"view": {"query": "x", "legacy": True}}, {"view": {"query": "y"}}, {"view": {"query": "y"}}),
        ({"labels": {"a": "1", "b": "2"}}, {"labels": {"b": "3"}}, {"labels": {"a": None, "b": "3"}}),
        ({"labels": {}}, {"labels": {"a": "1"}}, {"labels": {"a": "1"}}),
    ],
)
def test_a_patch_holds_what_changed_and_nulls_what_is_gone(
    old: dict[str, Any], new: dict[str, Any], patch: dict[str, Any]
) -> None:
    assert patch_of(old, new) == patch


def test_false_and_zero_are_set_but_not_filled() -> None:
    values = {"no": False, "zero": 0, "empty": {}, "null": None, "text": "x"}
    assert given(values, (*values, "absent")) == {"no": False, "zero": 0, "empty": {}, "text": "x"}
    assert filled(values, (*values, "absent")) == {"text": "x"}
    assert renamed(values, {"zero": "nil", "null": "nothing"}) == {"nil": 0}


def test_an_input_that_only_the_provider_heeds_is_not_sent(gcp: Engine, google: FakeGoogle) -> None:
    state = gcp.create(DATASET, "logs", {"datasetId": "logs"})
    google.asked.clear()
    changed = gcp.update(state, {"datasetId": "logs", "deleteContentsOnDestroy": True})
    assert changed.outputs["deleteContentsOnDestroy"] is True
    assert [request.method for request in google.asked] == ["GET"]
