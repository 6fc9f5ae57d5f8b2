"""The main job from end to end, by the scripts a user runs: up, up again, what the README says to try, down."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import urllib.request
from pathlib import Path
from typing import Any

import psutil
import pytest
import yaml
from kubernetes import client, config

from tests.e2e.checkout import Checkout
from tests.e2e.serving_load import under_load
from tests.paths import REPOSITORY
from tests.ports import PORTS
from tests.waiting import wait_for

DEPLOY_TRIAL = """
. scripts/common.sh
enter_cloud_of trial
"$python" -m stacks.images --stack trial --build
exec scripts/engine up --cwd . --stack trial --policy-pack policies/cost --policy-pack policies/security
"""


@pytest.fixture(scope="module")
def first_up(fresh: Checkout) -> str:
    result = fresh.run("scripts/up")
    assert result.returncode == 0, result.stdout[-4000:]
    return result.stdout


@pytest.fixture(scope="module")
def second_up(fresh: Checkout, first_up: str) -> str:
    result = fresh.run("scripts/up")
    assert result.returncode == 0, result.stdout[-4000:]
    return result.stdout


@pytest.fixture(scope="module")
def outputs(fresh: Checkout, first_up: str) -> dict:
    result = fresh.run("scripts/engine", "outputs", "--cwd", ".", "--stack", "local", "--json")
    assert result.returncode == 0, result.stdout
    return json.loads(result.stdout)


def test_up_deploys_and_proves(first_up: str) -> None:
    assert re.search(r"Resources: \d+ created", first_up)
    assert re.search(r"Roadbed local is up and proven: \d+ resources", first_up)
    for check in ("ledger balance", "damaged file", "duplicate", "SQL", "mined scenarios", "serving", "second run"):
        assert f"✓ {check}" in first_up


def test_a_second_up_finds_nothing_to_change_and_proves_again(second_up: str) -> None:
    resources = re.search(r"Resources: (.*)", second_up)
    assert resources is not None
    assert re.fullmatch(r"\d+ unchanged", resources[1])
    assert "Roadbed local is up and proven" in second_up


def test_preview_plans_no_changes(fresh: Checkout, second_up: str) -> None:
    result = fresh.run("scripts/engine", "preview", "--cwd", ".", "--stack", "local", "--expect-no-changes")
    assert result.returncode == 0, result.stdout


def test_the_endpoint_answers_what_sql_says(fresh: Checkout, outputs: dict) -> None:
    with urllib.request.urlopen(f"{outputs['serving']['url']}/v1/scenarios?kind=hard_brake&limit=1000") as response:
        served = [row["scenario_id"] for row in json.load(response)["scenarios"]]
    result = fresh.run("scripts/sql", "select scenario_id from scenarios.scenarios where kind = 'hard_brake'")
    assert result.returncode == 0, result.stdout
    assert served
    assert all(scenario in result.stdout for scenario in served)


def test_a_second_up_at_the_same_time_is_refused(fresh: Checkout, first_up: str) -> None:
    lock = fresh.home / "pulumi" / ".pulumi" / "locks"
    running = fresh.start("scripts/engine", "up", "--cwd", ".", "--stack", "local")
    try:
        wait_for(lambda: list(lock.rglob("*.json")), what="the first operation's lock")
        os.killpg(running.pid, signal.SIGSTOP)
        refused = fresh.run("scripts/engine", "up", "--cwd", ".", "--stack", "local")
    finally:
        os.killpg(running.pid, signal.SIGCONT)
        running.communicate()
    assert refused.returncode == 1
    assert len(refused.stdout.strip().splitlines()) == 1
    assert "lock" in refused.stdout


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("select * from scenarios.scenario", "scenario"),
        ("selct 1", "syntax error"),
        ("delete from scenarios.scenarios where true", "DELETE"),
    ],
)
def test_a_bad_query_is_one_line(fresh: Checkout, first_up: str, query: str, message: str) -> None:
    result = fresh.run("scripts/sql", query)
    assert result.returncode == 1
    assert message.lower() in result.stdout.lower()
    assert len(result.stdout.strip().splitlines()) == 1


def test_every_command_of_the_readme_runs(fresh: Checkout, second_up: str) -> None:
    commands = re.findall(r"^    (scripts/.*)$", (REPOSITORY / "README.md").read_text(), flags=re.MULTILINE)
    elsewhere = {"scripts/up", "scripts/test", "scripts/smoke", "scripts/down"}
    assert elsewhere <= set(commands)
    for command in commands:
        if command not in elsewhere:
            result = fresh.run("bash", "-c", command)
            assert result.returncode == 0, f"{command}: {result.stdout[-2000:]}"


@pytest.fixture
def deployments(fresh: Checkout, outputs: dict, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Kubernetes' client for Deployments of the stack's cluster, with what points clients at the local cloud."""
    pointed = fresh.run("bash", "-c", 'eval "$(scripts/localcloud env)"; env -0').stdout
    for name, _, value in (line.partition("=") for line in pointed.split("\0") if line):
        monkeypatch.setenv(name, value)
    configuration = config.new_client_from_config_dict(yaml.safe_load(outputs["serving"]["kubeconfig"]))
    return client.AppsV1Api(configuration)


def rolled_out(deployment: Any) -> bool:
    """As kubectl's rollout status says it."""
    status, wanted = deployment.status, deployment.spec.replicas
    current = status.observed_generation == deployment.metadata.generation
    return current and status.updated_replicas == status.replicas == status.available_replicas == wanted


def test_a_rollout_fails_no_request(deployments: Any, outputs: dict, second_up: str) -> None:
    namespace = outputs["serving"]["namespace"]
    annotation = {"spec": {"template": {"metadata": {"annotations": {"tests/rollout": "1"}}}}}
    with under_load(outputs["serving"]["url"], "/v1/scenarios?limit=5") as load:
        deployments.patch_namespaced_deployment("serving", namespace, annotation)
        wait_for(lambda: rolled_out(deployments.read_namespaced_deployment("serving", namespace)), what="the rollout")
    assert load.failed == load.again == []
    assert load.answered > 100


def test_replicas_that_are_killed_fail_no_request_that_is_tried_again(
    fresh: Checkout, deployments: Any, outputs: dict, second_up: str
) -> None:
    namespace = outputs["serving"]["namespace"]
    with under_load(outputs["serving"]["url"], "/v1/scenarios?limit=5") as load:
        for _ in range(3):
            before = replicas(fresh)
            before[0].kill()
            wait_for(
                lambda before=before: (
                    len(set(replicas(fresh)) - {before[0]}) == len(before)
                    and rolled_out(deployments.read_namespaced_deployment("serving", namespace))
                ),
                what="another one in its place",
            )
    assert load.failed == []
    assert load.answered > 100


def replicas(fresh: Checkout) -> list[psutil.Process]:
    """The processes of the serving pods."""
    found = psutil.process_iter(["cmdline", "environ"])
    return [
        one for one in found if "pipelines.serving.main" in (one.info["cmdline"] or []) and belongs(one, fresh.path)
    ]


def test_a_new_column_in_the_contract_is_all_it_takes(fresh: Checkout, second_up: str) -> None:
    """It reaches table, view and jobs, and logs that were landed before are as good as ever."""
    last = "        description: Speed along the road, m/s.\n"
    added = '      - {name: odometer_m, logicalType: number, description: "Distance driven, m."}\n'
    with fresh.edited("stacks/datasets/drive_logs.odcs.yaml", last, last + added):
        result = fresh.run("scripts/up")
        assert result.returncode == 0, result.stdout[-4000:]
        answer = fresh.run("scripts/sql", "select odometer_m from drive_logs.speed limit 1")
    assert answer.returncode == 0, answer.stdout
    assert "odometer_m" in answer.stdout


def test_a_new_environment_is_one_file(fresh: Checkout, second_up: str) -> None:
    """Beside the first one, in the same local cloud, and nothing of the one is seen in the other."""
    stacks = fresh.path / "stacks"
    settings = (stacks / "Pulumi.local.yaml").read_text()
    trial = settings.replace("roadbed-local", "roadbed-trial").replace("environment: local", "environment: trial")
    (stacks / "Pulumi.trial.yaml").write_text(trial)
    deployed = fresh.run("bash", "-c", DEPLOY_TRIAL)
    assert deployed.returncode == 0, deployed.stdout[-4000:]
    query = "select count(*) as found from drive_logs.speed"
    there, here = fresh.run("scripts/sql", query, "trial"), fresh.run("scripts/sql", query)
    assert (there.returncode, here.returncode) == (0, 0), there.stdout + here.stdout
    assert " 0 " in there.stdout
    assert " 0 " not in here.stdout


def test_down_leaves_nothing(fresh: Checkout, second_up: str) -> None:
    result = fresh.run("scripts/down")
    assert result.returncode == 0, result.stdout
    assert not fresh.home.exists()
    assert not [process for process in psutil.process_iter(["cmdline", "environ"]) if belongs(process, fresh.path)]
    for port in range(fresh.port, fresh.port + PORTS):
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", port)) != 0, f"port {port} still answers"
    again = fresh.run("scripts/down")
    assert again.returncode == 0
    assert "no local cloud" in again.stdout


def belongs(process: psutil.Process, path: Path) -> bool:
    """Whether a process was started from a checkout."""
    return any(str(path / ".localcloud") in value for value in (process.info["environ"] or {}).values())
