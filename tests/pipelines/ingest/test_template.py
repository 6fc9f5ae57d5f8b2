"""The template's parameters are the job's arguments."""

from __future__ import annotations

import re

import pytest

from pipelines.ingest.arguments import parse_args
from pipelines.ingest.template import description, parameters
from tests.pipelines.datasets import CONTRACTS
from tests.pipelines.ingest.arguments import OWN


def test_template_parameters_are_the_job_s_arguments() -> None:
    by_name = {parameter["name"]: parameter for parameter in parameters(CONTRACTS)}
    assert set(by_name) == set(OWN)
    for name, parameter in by_name.items():
        assert set(parameter) == {"name", "label", "helpText", "isOptional", "regexes"}
        assert re.fullmatch(parameter["regexes"][0], OWN[name])
        missing = [f"--{other}={value}" for other, value in OWN.items() if other != name]
        if parameter["isOptional"]:
            parse_args(missing)
        else:
            with pytest.raises(SystemExit):
                parse_args(missing)
    assert "/vehicle/speed" in by_name["input"]["helpText"]
    assert "drive_logs.speed" in description(CONTRACTS)
