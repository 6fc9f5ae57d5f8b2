"""Endpoints: Google's, unless the variables that Google's own tools know say otherwise."""

from __future__ import annotations

import pytest

from stacks.endpoints import GOOGLE, endpoint


@pytest.mark.parametrize("api", GOOGLE)
def test_without_variables_an_api_is_googles(api: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(f"CLOUDSDK_API_ENDPOINT_OVERRIDES_{api.upper()}", raising=False)
    assert endpoint(api) == GOOGLE[api]
    assert endpoint(api).startswith("https://")


def test_gclouds_override_counts_without_the_slash_that_gcloud_asks_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOUDSDK_API_ENDPOINT_OVERRIDES_DATAPROC", "http://127.0.0.1:9004/")
    assert endpoint("dataproc") == "http://127.0.0.1:9004"


def test_an_empty_variable_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOUDSDK_API_ENDPOINT_OVERRIDES_STORAGE", "")
    assert endpoint("storage") == GOOGLE["storage"]
