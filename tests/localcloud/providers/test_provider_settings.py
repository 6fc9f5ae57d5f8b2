"""The settings of a provider."""

from __future__ import annotations

from pulumi.runtime.proto import provider_pb2

from localcloud.providers.provider_settings import decode_settings
from localcloud.providers.sdk_types import installed
from localcloud.wire.typed import encode
from tests.localcloud.providers.engine import Engine


def test_settings_of_the_provider_are_checked(gcp: Engine) -> None:
    news = {"project": "p", "regoin": "us", "defaultLabels": '{"Team": "x"}', "version": "10.2.0", "__internal": {}}
    answer = gcp.stub.CheckConfig(provider_pb2.CheckRequest(news=encode(news)))
    assert [(failure.property, failure.reason) for failure in answer.failures] == [
        ("regoin", 'unknown setting of the provider; did you mean "region"?')
    ]
    del news["regoin"]
    answer = gcp.stub.CheckConfig(provider_pb2.CheckRequest(news=encode(news)))
    assert [failure.property for failure in answer.failures] == ["defaultLabels.Team"]
    assert answer.inputs == encode(news)


def test_all_but_texts_come_as_json() -> None:
    settings = {
        "project": "7",
        "batching": '{"enableBatching": true}',
        "addPulumiAttributionLabel": "false",
        "scopes": "x",
    }
    decoded = decode_settings({**settings, "__internal": {}, "zone": None}, installed("pulumi_gcp").provider)
    assert decoded == {
        "project": "7",
        "batching": {"enableBatching": True},
        "addPulumiAttributionLabel": False,
        "scopes": "x",
    }
