"""Templates' specs, and parameters that don't fit them."""

from __future__ import annotations

import re

import pytest
from google.api_core.exceptions import BadRequest, RetryError
from google.cloud import dataflow_v1beta3 as dataflow
from google.cloud import storage

from localcloud.services.common import GoogleError
from localcloud.services.dataflow.template import check_parameters, read_spec
from localcloud.settings import LocalCloud
from tests.localcloud.services.dataflow.conftest import Dataflow


@pytest.mark.parametrize(
    ("parameters", "complaint"),
    [
        ({"input": "gs://data/in.txt"}, "output: Missing required parameter"),
        (
            {"input": "gs://data/i", "output": "gs://data/o", "inputt": "x"},
            r"inputt: Unrecognized parameter \(perhaps you meant 'input'\)",
        ),
        ({"input": "gs://data/i", "output": "gs://data/0"}, "output: 'gs://data/0' does not match"),
        ({"input": "/etc/passwd", "output": "gs://data/o"}, "input: '/etc/passwd' must begin with gs://"),
    ],
)
def test_parameters_that_do_not_fit_the_template_are_refused_at_launch(
    service: Dataflow, parameters: dict[str, str], complaint: str
) -> None:
    with pytest.raises(BadRequest, match=complaint):
        service.launch("misfit", parameters=parameters)


def test_a_template_that_storage_does_not_give_is_refused(cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    def give_up(*_: object, **__: object) -> None:
        raise RetryError("Timeout of 120.0s exceeded", cause=ConnectionError("refused"))

    monkeypatch.setattr(storage.Blob, "download_as_bytes", give_up)
    with pytest.raises(GoogleError, match=r"Unable to read template file 'gs://a/b.json': Timeout") as caught:
        read_spec(cloud, "gs://a/b.json")
    assert caught.value.code == 400


@pytest.mark.parametrize(
    ("kind", "good", "bad", "complaint"),
    [
        ("NUMBER", "-1.5", "1e3", "'1e3' is not a number"),
        ("BOOLEAN", "TRUE", "yes", "'yes' is neither true nor false"),
        ("GCS_READ_FILE", "gs://a/b, gs://c/d", "gs://a/b,/c", "'gs://a/b,/c' must begin with gs://"),
        ("ENUM", "fast", "slow", "'slow' is none of fast"),
    ],
)
def test_a_parameter_is_of_its_type(kind: str, good: str, bad: str, complaint: str) -> None:
    parameter = {"name": "x", "param_type": kind, "enum_options": [{"value": "fast"}] if kind == "ENUM" else []}
    metadata = dataflow.TemplateMetadata(parameters=[parameter])
    check_parameters(metadata, {"x": good})
    with pytest.raises(GoogleError, match=re.escape(f"x: {complaint}")):
        check_parameters(metadata, {"x": bad})
