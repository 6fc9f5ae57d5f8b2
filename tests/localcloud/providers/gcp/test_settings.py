"""The gcp provider's own settings."""

from __future__ import annotations

from typing import Any

import pytest

from localcloud.providers.gcp.settings import GcpSettings, read_settings
from localcloud.providers.sdk_types import installed
from localcloud.wire.typed import UNKNOWN

MARK = {"goog-pulumi-provisioned": "true"}


def read(**settings: Any) -> GcpSettings:
    return read_settings(settings, installed("pulumi_gcp").provider, "of-the-cloud")


@pytest.mark.parametrize(
    ("settings", "labels"),
    [
        ({}, MARK),
        ({"defaultLabels": '{"team": "fleet"}'}, {**MARK, "team": "fleet"}),
        ({"defaultLabels": {"team": "fleet"}, "addPulumiAttributionLabel": "false"}, {"team": "fleet"}),
        ({"defaultLabels": UNKNOWN}, MARK),
    ],
)
def test_default_labels_stand_beside_pulumis_mark(settings: dict[str, Any], labels: dict[str, str]) -> None:
    assert read(**settings).labels == labels


def test_the_clouds_project_is_used_when_none_is_set() -> None:
    assert read().project == "of-the-cloud"
    assert read(project="mine", region="us-central1") == GcpSettings("mine", "us-central1", None, MARK)


def test_a_missing_location_is_the_first_setting_that_is_set() -> None:
    both = GcpSettings("p", "us-central1", "us-east1-b")
    assert both.places(("region", "zone"))["location"] == "us-central1"
    assert GcpSettings("p", None, "us-east1-b").places(("region", "zone"))["location"] == "us-east1-b"
    assert both.places(()) == {"project": "p", "region": "us-central1", "zone": "us-east1-b", "location": None}
