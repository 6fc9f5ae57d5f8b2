"""A stack's outputs: what a launch needs, or one line that says what is missing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pipelines.orchestration.outputs import NotDeployedError, Outputs


def test_outputs_that_no_launch_reads_are_left_out(outputs_file: Path):
    outputs = Outputs.read(outputs_file)
    assert outputs.workflow_template == "spark-workflow"
    assert outputs.ingest.arguments["input"] == "gs://landing/drive_logs/"
    assert not hasattr(outputs, "environment")


@pytest.mark.parametrize(
    ("gone", "named"), [("workflow_template", "workflow_template"), ("ingest", "ingest"), ("endpoints", "endpoints")]
)
def test_what_is_missing_is_named(exported: dict[str, Any], tmp_path: Path, gone: str, named: str):
    del exported[gone]
    file = tmp_path / "part.json"
    file.write_text(json.dumps(exported))
    with pytest.raises(NotDeployedError, match=rf"not deployed, or not whole \(outputs: {named}\)"):
        Outputs.read(file)


def test_a_file_of_something_else_is_no_stack(tmp_path: Path):
    file = tmp_path / "empty.json"
    file.write_text("")
    with pytest.raises(NotDeployedError, match="no JSON"):
        Outputs.read(file)
