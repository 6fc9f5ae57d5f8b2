"""Settings: what the stacks' files hold is accepted; a typo is one line that names it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml

from stacks.settings import Settings, parse_settings
from tests.paths import STACKS

KNOWN: dict[str, Any] = {
    "environment": "dev",
    "location": "us-central1",
    "owner": "platform",
    "cost_center": "platform",
    "budget": {"billing_account": "0-0-0", "monthly_amount": 10},
}


@pytest.mark.parametrize("path", sorted(STACKS.glob("Pulumi.*.yaml")), ids=lambda path: path.name)
def test_every_stacks_settings_are_valid(path: Path) -> None:
    settings = parse_settings(yaml.safe_load(path.read_text())["config"]["roadbed:settings"])
    assert path.name == f"Pulumi.{settings.environment}.yaml"


def test_endpoints_come_from_settings_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOUDSDK_API_ENDPOINT_OVERRIDES_STORAGE", "http://127.0.0.1:9000/")
    monkeypatch.setenv("CLOUDSDK_API_ENDPOINT_OVERRIDES_BIGLAKE", "http://127.0.0.1:9002/")
    settings = Settings.model_validate({**KNOWN, "endpoints": {"dataflow": "https://dataflow.example"}})
    assert settings.endpoints.storage == "http://127.0.0.1:9000"
    assert settings.endpoints.dataflow == "https://dataflow.example"
    assert settings.catalog.uri == "http://127.0.0.1:9002/iceberg/v1/restcatalog"


def test_what_a_section_leaves_out_is_left_to_its_component() -> None:
    assert Settings.model_validate({**KNOWN, "spark": {"maximum_workers": 4}}).spark == {"maximum_workers": 4}
    assert Settings.model_validate(KNOWN).serving_app == {}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"ownr": "x"}, "ownr: Extra inputs are not permitted"),
        ({"spark": {"maximum_worker": 3}}, "spark.maximum_worker: Extra inputs"),
        ({"spark": {"minimum_workers": "many"}}, "spark.minimum_workers: Input should be a valid integer"),
        ({"owner": "Data Platform"}, "owner: String should match pattern"),
        ({"budget": {"billing_account": "0-0-0"}}, "budget.monthly_amount: Field required"),
    ],
)
def test_a_mistake_is_one_line_that_names_it(change: dict[str, Any], message: str) -> None:
    with pytest.raises(pulumi.RunError) as error:
        parse_settings({**KNOWN, **change})
    assert message in str(error.value)
    assert "\n" not in str(error.value)
