"""The job's arguments, and that the template's parameters are the same ones."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.ingest.arguments import parse_args
from pipelines.ingest.template import description, parameters
from tests.paths import REPOSITORY
from tests.pipelines.ingest.logs import CONTRACTS

OWN = {
    "input": "gs://landing/drive_logs/",
    "catalog_uri": "http://127.0.0.1:8480/iceberg/v1/restcatalog",
    "warehouse": "gs://curated",
    "catalog_properties": '{"auth": {"type": "google"}}',
    "quarantine": "gs://quarantine",
    "run_id": "run-1",
    "contracts": "gs://artifacts/contracts.json",
}
BEAM = (
    "--runner=FnApiRunner",
    "--project=p",
    "--region=us-central1",
    "--temp_location=gs://t/x",
    "--staging_location=gs://t/y",
    "--job_name=j",
    "--service_account_email=a@b",
    "--experiments=use_runner_v2",
)


def arguments(**changed: str | None) -> list[str]:
    return [f"--{name}={value}" for name, value in {**OWN, **changed}.items() if value is not None]


def test_own_arguments_and_beam_s_are_told_apart() -> None:
    parsed = parse_args([*arguments(), *BEAM])
    assert parsed.input == OWN["input"]
    assert parsed.catalog_properties == {"auth": {"type": "google"}}
    assert parsed.beam == BEAM
    assert parse_args(arguments(catalog_properties=None)).catalog_properties == {}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([*arguments(), "--inputs=gs://x"], "ingest: unknown argument --inputs=gs://x; give --input, --catalog_uri"),
        ([*arguments(), "--run", "x"], "ingest: unknown argument --run"),
        ([*arguments(), "extra"], "ingest: unknown argument extra"),
        (arguments(run_id=None), "ingest: the following arguments are required: --run_id"),
        (arguments(catalog_properties="{"), "ingest: argument --catalog_properties: not JSON"),
        (arguments(catalog_properties="[]"), "ingest: argument --catalog_properties: [] is not a JSON object"),
    ],
)
def test_anything_else_is_refused_in_one_line(
    given: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as refusal:
        parse_args(given)
    assert refusal.value.code == 2
    error = capsys.readouterr().err
    assert error.startswith(message)
    assert error.count("\n") == 1


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


def test_the_program_says_what_is_wrong_in_one_line(tmp_path: Path) -> None:
    """As the launcher runs it: as a file, with the package on PYTHONPATH."""
    contracts = tmp_path / "contracts.json"
    given = arguments(input=tmp_path.as_uri(), contracts=contracts.as_uri(), catalog_uri="http://127.0.0.1:9/x")
    given = [value for value in given if not value.startswith("--catalog_properties")]

    def run() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, REPOSITORY / "pipelines/ingest/main.py", *given],
            env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
            capture_output=True,
            text=True,
            check=False,
        )

    first = run()
    assert (first.returncode, first.stdout) == (1, "")
    assert "contracts.json: it is not there; deploy the stack" in first.stderr.splitlines()[-1]
    contracts.write_text(CONTRACTS.to_json())
    second = run()
    assert second.returncode == 1
    assert "ingest: the catalogue can't be reached" in second.stderr.splitlines()[-1]
    assert "Traceback" not in first.stderr + second.stderr
    assert json.loads(contracts.read_text())
