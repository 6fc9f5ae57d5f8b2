"""What a user can do wrong is one clear line, no traceback, and the next command carries on."""

from __future__ import annotations

import json
import os
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.checkout import Checkout, checkout, kill
from tests.paths import REPOSITORY


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    """A checkout whose local cloud runs, with images built and nothing deployed."""
    with checkout(tmp_path_factory.mktemp("refusals")) as made:
        for command in (["scripts/localcloud", "start"], ["bash", "-c", BUILD_IMAGES]):
            result = made.run(*command)
            assert result.returncode == 0, result.stdout
        yield made


BUILD_IMAGES = ". scripts/common.sh; enter_localcloud; $python -m stacks.images --stack local --build"
UP = ("scripts/engine", "up", "--cwd", ".", "--stack", "local")
PACKS = ("--policy-pack", "policies/cost", "--policy-pack", "policies/security")


def error_lines(output: str) -> list[str]:
    assert "Traceback" not in output, output[-3000:]
    return [line for line in output.splitlines() if line.startswith("error")]


def resources(checkout: Checkout) -> list[str]:
    """URNs in the checkpoint; none where nothing was ever deployed."""
    exported = checkout.run("scripts/engine", "export", "--cwd", ".", "--stack", "local")
    if "there is no stack" in exported.stdout:
        return []
    assert exported.returncode == 0, exported.stdout
    return [resource["urn"] for resource in json.loads(exported.stdout)["deployment"].get("resources") or []]


def test_a_typo_in_the_settings_names_file_and_key(running: Checkout) -> None:
    with running.edited("stacks/Pulumi.local.yaml", "    owner:", "    ownr:"):
        result = running.run(*UP)
    assert result.returncode == 1
    (line,) = error_lines(result.stdout)
    assert "Pulumi.local.yaml" in line
    assert "ownr" in line


def test_settings_without_a_region_stop_up_before_images_are_built(running: Checkout) -> None:
    with running.edited("stacks/Pulumi.local.yaml", "  gcp:region:", "  gcp:regoin:"):
        result = running.run("scripts/up")
    assert result.returncode == 1
    assert (
        result.stdout.splitlines()[-1]
        == "images: stacks/Pulumi.local.yaml must set gcp:project and gcp:region below config"
    )


def test_a_column_of_an_unknown_type_names_table_and_column(running: Checkout) -> None:
    with running.edited("stacks/datasets/scenarios.odcs.yaml", "logicalType: number", "logicalType: nmber"):
        result = running.run(*UP)
    assert result.returncode == 1
    (line,) = error_lines(result.stdout)
    assert "scenarios.odcs.yaml" in line
    assert "nmber" in line


def test_a_mandatory_violation_stops_up_with_nothing_created(running: Checkout) -> None:
    enforced, inherited = (f'public_access_prevention="{word}"' for word in ("enforced", "inherited"))
    before = resources(running)
    with running.edited("components/storage_zones.py", enforced, inherited):
        result = running.run(*UP, *PACKS)
    assert result.returncode == 1
    assert "publicAccessPrevention must be" in result.stdout
    assert "require-private-buckets" in result.stdout
    assert resources(running) == before


def test_an_input_that_the_sdk_does_not_know_is_named_with_its_path(running: Checkout) -> None:
    with running.edited("components/storage_zones.py", '"default_kms_key_name"', '"default_kms_key"'):
        result = running.run(*UP)
    assert result.returncode == 1
    assert "encryption" in result.stdout
    assert "Traceback" not in result.stdout


def test_a_proof_of_what_is_not_deployed_says_so(running: Checkout) -> None:
    outputs = running.path / "outputs.json"
    outputs.write_text("{}")
    smoke = f"python -m tests.e2e.smoke --outputs {outputs} --state {outputs}"
    result = running.run("bash", "-c", f". scripts/common.sh; enter_localcloud; ${smoke}")
    assert result.returncode == 1
    (line,) = result.stdout.splitlines()
    assert "the stack is not deployed, or not whole" in line
    assert line.endswith("run scripts/up")


def test_an_up_that_is_killed_is_carried_on_by_the_next(running: Checkout) -> None:
    interrupted = running.start(*UP)
    assert interrupted.stdout is not None
    for line in interrupted.stdout:
        if "storage/bucket:Bucket" in line:
            break
    kill(interrupted)
    made = resources(running)
    result = running.run(*UP)
    assert result.returncode == 0, result.stdout[-3000:]
    assert "Traceback" not in result.stdout
    after = resources(running)
    assert set(made) < set(after)
    assert len(after) == len(set(after))
    again = running.run(*UP, "--expect-no-changes")
    assert again.returncode == 0, again.stdout[-3000:]


def test_a_taken_port_names_port_and_program(tmp_path: Path) -> None:
    with checkout(tmp_path) as made, socket.socket() as other:
        other.bind(("127.0.0.1", made.port))
        other.listen()
        result = made.run("scripts/localcloud", "start")
    assert result.returncode == 1
    (line,) = result.stdout.strip().splitlines()
    assert f"port {made.port}, which storage needs, is taken" in line
    assert "LOCALCLOUD_PORT" in line


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (["scripts/up", "nowhere"], "there is no stack nowhere"),
        (["scripts/smoke"], "run scripts/up first"),
        (["scripts/sql", "select 1"], "run scripts/up first"),
        (["scripts/sql"], "give one query"),
        (["scripts/bench", "nothing"], "there is no benchmark nothing"),
        (["scripts/up", "dev"], "install pulumi"),
    ],
)
def test_a_command_that_can_not_run_says_what_to_do(tmp_path: Path, command: list[str], message: str) -> None:
    if command == ["scripts/up", "dev"] and shutil.which("pulumi"):
        pytest.skip("the real Pulumi CLI is on this machine")
    with checkout(tmp_path) as made:
        result = made.run(*command)
    assert result.returncode == 1
    (line,) = result.stdout.strip().splitlines()
    assert message in line


def test_without_a_fitting_python_the_first_line_says_so(tmp_path: Path) -> None:
    """A PATH with the tools of any Unix but no Python."""
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in ("bash", "env", "cat", "cksum", "dirname", "basename", "date", "awk", "rm"):
        (tools / name).symlink_to(shutil.which(name) or f"/bin/{name}")
    path = tmp_path / "checkout"
    path.mkdir()
    with checkout(path) as made:
        (made.path / ".venv").unlink()
        result = made.run("scripts/install", PATH=str(tools))
        (made.path / ".venv").symlink_to(os.path.realpath(REPOSITORY / ".venv"))
    assert result.returncode == 1
    assert result.stdout.strip().splitlines()[-1].startswith("install: Python 3.11, 3.12 or 3.13 is needed")
