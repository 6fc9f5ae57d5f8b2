"""The command: one log a drive and the ground truth beside them; what can't be done is one line."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from mcap.reader import make_reader

from tests.paths import DATASETS, REPOSITORY
from tests.simulation.generator import Scenario, generate_fleet
from tests.simulation.generator.__main__ import main


def test_command_writes_logs_and_ground_truth(tmp_path: Path):
    command = ["-m", "tests.simulation.generator", "--seed", "7", "--drives", "2", "--duration_s", "30"]
    done = subprocess.run(
        [sys.executable, *command, "--rate", "0.25", "--out", str(tmp_path)],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    drives = list(generate_fleet(7, 2, 30.0, 0.25))
    written = json.loads((tmp_path / "ground_truth.json").read_text())
    truth = {drive_id: [Scenario(**scenario) for scenario in scenarios] for drive_id, scenarios in written.items()}
    assert truth == {drive.drive_id: drive.ground_truth for drive in drives}
    for drive in drives:
        with (tmp_path / f"{drive.drive_id}.mcap").open("rb") as stream:
            messages = list(make_reader(stream).iter_messages(log_time_order=False))
        times = [message.log_time for _, _, message in messages]
        assert times == sorted(times)
        for topic in drive.recordings:
            logged = [
                (message.log_time, json.loads(message.data))
                for _, channel, message in messages
                if channel.topic == topic
            ]
            assert logged == list(drive.messages(topic)), topic
        assert len(messages) == drive.message_count


def test_command_says_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    contracts = ["--contracts", str(DATASETS)]
    assert main(["--seed", "1", "--duration_s", "5", "--out", str(tmp_path), *contracts]) == 1
    assert "duration_s >= 20" in capsys.readouterr().err
    with pytest.raises(SystemExit, match="2"):
        main(["--seed", "1", "--out", str(tmp_path), "--bogus"])
    assert capsys.readouterr().err == "generator: unrecognized arguments: --bogus\n"
