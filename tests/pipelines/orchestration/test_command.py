"""The program: launches, waits, tells; every error is one line and says what to change."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pipelines.orchestration.__main__ import main, parse_args
from tests.paths import REPOSITORY
from tests.pipelines.orchestration.fake_google import JOB, FakeGoogle, operation


def test_ingest_is_launched_and_its_end_told(
    google: FakeGoogle, outputs_file: Path, capsys: pytest.CaptureFixture[str]
):
    assert main(["ingest", "--outputs", str(outputs_file), "--input", "gs://landing/x/", "--run_id", "r1"]) == 0
    assert capsys.readouterr().out == "ingest-r1 done\ningest-r1 (run r1) is done\n"
    (request,) = google.sent("POST", "flexTemplates:launch")
    assert request["launchParameter"]["parameters"]["input"] == "gs://landing/x/"


def test_a_workflow_that_fails_is_one_line_and_exit_code_1(
    google: FakeGoogle, outputs_file: Path, capsys: pytest.CaptureFixture[str]
):
    google.operations = [operation(done=True, error={"code": 10, "message": "no such table"}, mining="FAILED")]
    assert main(["mine", "--outputs", str(outputs_file), "--run_id", "r1"]) == 1
    assert capsys.readouterr().err == "orchestration: spark-workflow (run r1) is failed: no such table\n"


def test_a_refused_launch_is_one_line(google: FakeGoogle, outputs_file: Path, capsys: pytest.CaptureFixture[str]):
    google.refused = {"flexTemplates:launch": (409, "There is already an active job named ingest-r1.")}
    assert main(["ingest", "--outputs", str(outputs_file), "--run_id", "r1"]) == 1
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "already an active job" in error


def test_nobody_at_the_endpoint_is_one_line(
    exported: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    exported["endpoints"]["dataproc"] = "http://127.0.0.1:1"
    file = tmp_path / "elsewhere.json"
    file.write_text(json.dumps(exported))
    assert main(["mine", "--outputs", str(file)]) == 1
    error = capsys.readouterr().err
    assert error.startswith("orchestration: ")
    assert error.count("\n") == 1


@pytest.mark.parametrize(("content", "complaint"), [("{}", "not deployed, or not whole"), (None, "No such file")])
def test_a_stack_that_is_not_there_is_one_line(
    content: str | None, complaint: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    file = tmp_path / "none.json"
    if content is not None:
        file.write_text(content)
    assert main(["mine", "--outputs", str(file)]) == 1
    error = capsys.readouterr().err
    assert complaint in error
    assert str(file) in error
    assert error.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ([], "job"),
        (["bake", "--outputs", "f"], "bake"),
        (["mine"], "--outputs"),
        (["mine", "--outputs", "f", "--input", "gs://b/x"], "--input"),
        (["mine", "--outputs", "f", "--run_id", "Run.1"], "'Run.1' must be at most 40 small letters, digits and -"),
    ],
)
def test_unfit_arguments_are_one_line(arguments: list[str], complaint: str, capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit, match="2"):
        parse_args(arguments)
    error = capsys.readouterr().err
    assert error.startswith("orchestration")
    assert complaint in error
    assert error.count("\n") == 1


def test_stopping_the_program_cancels_its_run(google: FakeGoogle, outputs_file: Path):
    google.states = ["JOB_STATE_RUNNING"]
    command = [sys.executable, "-m", "pipelines.orchestration", "ingest", "--outputs", str(outputs_file)]
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY)}
    with subprocess.Popen(command, cwd=REPOSITORY, env=environment, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        assert program.stdout.readline().endswith(" running\n")
        program.send_signal(signal.SIGTERM)
        rest, _ = program.communicate(timeout=60)
    assert program.returncode == 130
    assert rest.endswith("interrupted; it was cancelled\n")
    assert google.sent("PUT", f"/jobs/{JOB}")
