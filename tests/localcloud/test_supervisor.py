"""Starting, restarting and watching the programs of a local cloud, with small ones in the place of the services."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest
import requests

from localcloud import cli, processes, proxies, supervisor
from localcloud.errors import LocalCloudError
from localcloud.registry import services
from localcloud.services.lake_access import OwnerToken
from localcloud.settings import LocalCloud
from tests.localcloud.neighbours import Copied, copied
from tests.paths import REPOSITORY
from tests.ports import PORTS, free_port_base

SERVICE = """\
import os
from http.server import BaseHTTPRequestHandler, HTTPServer

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()

HTTPServer(("127.0.0.1", int(os.environ["LOCALCLOUD_PORT"]) + {offset}), Handler).serve_forever()
"""


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the programs, on a machine with a proxy that does not answer."""
    for name in proxies.EXCEPTIONS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(supervisor, "programs", lambda: {"storage": ("small_storage",), "iam": ("small_iam",)})
    for offset, name in enumerate(("storage", "iam")):
        (tmp_path / f"small_{name}.py").write_text(SERVICE.format(offset=offset))
    return tmp_path


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[LocalCloud]:
    cloud = LocalCloud(tmp_path / "home", free_port_base())
    yield cloud
    supervisor.stop(cloud)


def pids(cloud: LocalCloud) -> dict[str, int | None]:
    return {program.name: program.pid for program in supervisor.status(cloud)}


def test_only_what_has_ended_is_started_again(programs: Path, cloud: LocalCloud) -> None:
    lines: list[str] = []
    supervisor.start(cloud, lines.append)
    first = pids(cloud)
    assert lines == [f"storage listens on port {cloud.port}", f"iam listens on port {cloud.port + 1}"]
    dead = psutil.Process(first["storage"])
    dead.kill()
    dead.wait()
    assert pids(cloud) == {**first, "storage": None}
    lines.clear()
    supervisor.start(cloud, lines.append)
    assert lines == [f"storage listens on port {cloud.port}"]
    assert pids(cloud)["iam"] == first["iam"]
    assert pids(cloud)["storage"] not in (None, first["storage"])


def test_two_starts_at_once_start_everything_once(programs: Path, cloud: LocalCloud) -> None:
    lines: list[str] = []
    with ThreadPoolExecutor() as threads:
        starts = [threads.submit(supervisor.start, cloud, lines.append) for _ in range(3)]
    for one in starts:
        one.result()
    assert lines == [f"storage listens on port {cloud.port}", f"iam listens on port {cloud.port + 1}"]
    assert None not in pids(cloud).values()


def test_what_ends_while_it_starts_tells_why(programs: Path, cloud: LocalCloud) -> None:
    (programs / "small_iam.py").write_text("import sys\nprint('starting')\nsys.exit('the key is damaged')\n")
    with pytest.raises(LocalCloudError) as caught:
        supervisor.start(cloud, lambda line: None)
    log = cloud.home / "log" / "iam.log"
    assert str(caught.value) == f"iam did not start: the key is damaged (whole log: {log})"
    assert pids(cloud) == {"storage": None, "iam": None}


def test_a_process_may_end_while_it_is_looked_at_or_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as started:
        process = psutil.Process(started.pid)
        assert supervisor.family_memory(process) > 0
    assert supervisor.family_memory(process) == 0
    monkeypatch.setattr(processes, "find", lambda record: process)
    processes.stop([tmp_path / "record.json"])


def test_what_a_stopped_cloud_is_asked_for_is_one_line(
    programs: Path, cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LOCALCLOUD_HOME", str(cloud.home))
    monkeypatch.setenv("LOCALCLOUD_PORT", str(cloud.port))
    supervisor.start(cloud, print)
    monkeypatch.delenv("LOCALCLOUD_PORT")
    capsys.readouterr()
    assert cli.main(["env"]) == 0
    printed = capsys.readouterr().out
    assert f"export API_ENDPOINT_OVERRIDE=http://127.0.0.1:{cloud.port}\n" in printed
    assert printed.endswith("\nunset STORAGE_EMULATOR_HOST\n")
    monkeypatch.setenv("LOCALCLOUD_PORT", "8480")
    for command in ("env", "start"):
        assert cli.main([command]) == 1
        assert capsys.readouterr().err == (
            f"localcloud: the local cloud in {cloud.home} runs at port {cloud.port}, not 8480: stop it first, or unset "
            "LOCALCLOUD_PORT\n"
        )
    monkeypatch.delenv("LOCALCLOUD_PORT")
    processes.stop([supervisor.record_of(cloud, "iam")])
    assert cli.main(["env"]) == 1
    written = capsys.readouterr()
    assert written.out == ""
    assert written.err == f"localcloud: the local cloud in {cloud.home} does not run (iam): start it first\n"


@pytest.fixture(scope="session")
def first(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    """A whole cloud that runs."""
    cloud = LocalCloud(tmp_path_factory.mktemp("first") / "home", free_port_base())
    supervisor.start(cloud, lambda line: None)
    yield cloud
    supervisor.stop(cloud)


@pytest.fixture(scope="session")
def second(first: LocalCloud, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Copied]:
    """A whole cloud that runs beside the first, with a service that a stranger has added."""
    folder = tmp_path_factory.mktemp("second")
    made = copied(folder, LocalCloud(folder / "home", free_port_base(PORTS + 1)))
    try:
        made.run("start")
        yield made
    finally:
        made.run("delete")


def test_a_service_is_one_folder(second: Copied) -> None:
    answer = requests.get(f"{second.greeter}/v1/people/ada", timeout=10)
    assert answer.json() == {"hello": "people/ada"}
    assert requests.get(f"{second.greeter}/v1/nothing", timeout=10).json()["error"]["status"] == "NOT_FOUND"
    assert f"export CLOUDSDK_API_ENDPOINT_OVERRIDES_GREETER={second.greeter}/\n" in second.run("env")
    (line,) = [line for line in second.run("status").splitlines() if "greeter" in line]
    assert str(second.cloud.port + PORTS) in line
    assert "stopped" not in line


def test_two_clouds_are_two(first: LocalCloud, second: Copied) -> None:
    """Every service of both answers, and neither takes what is the other's."""
    listed = "/storage/v1/b?project=p"
    for cloud, other in ((first, second.cloud), (second.cloud, first)):
        for name in services():
            assert supervisor.answers(cloud, name, cloud.port_of(name)), name
        own = {"authorization": f"Bearer {OwnerToken(cloud).get()}"}
        assert requests.get(cloud.url("storage") + listed, headers=own, timeout=10).json() == {
            "kind": "storage#buckets"
        }
        assert requests.get(other.url("storage") + listed, headers=own, timeout=10).status_code == 401
    assert None not in pids(first).values()


def test_one_cloud_ends_and_the_other_goes_on(first: LocalCloud, second: Copied) -> None:
    before = pids(first)
    second.run("stop")
    assert set(pids(second.cloud).values()) == {None}
    assert "stopped" in second.run("status")
    assert pids(first) == before
    assert supervisor.answers(first, "kubernetes", first.port_of("kubernetes"))


def test_clients_find_every_api_by_googles_own_variables(tmp_path: Path) -> None:
    told = supervisor.client_environment(LocalCloud(tmp_path, 9000))
    prefix = "CLOUDSDK_API_ENDPOINT_OVERRIDES_"
    overrides = {name: value for name, value in told.items() if name.startswith(prefix)}
    apis = ("STORAGE", "IAM", "BIGLAKE", "BIGQUERY", "DATAPROC", "DATAFLOW", "CONTAINER")
    assert overrides == {f"{prefix}{api}": f"http://127.0.0.1:{9000 + offset}/" for offset, api in enumerate(apis)}
    assert (told["API_ENDPOINT_OVERRIDE"], told["BIGQUERY_EMULATOR_HOST"]) == tuple(
        f"http://127.0.0.1:{port}" for port in (9000, 9003)
    )
    assert told["PULUMI_DEBUG_PROVIDERS"] == "gcp:9007,kubernetes:9008"


def test_official_clients_are_the_owners_and_stay_on_this_machine(first: LocalCloud) -> None:
    environment = os.environ | supervisor.client_environment(first) | {"PYTHONPATH": str(REPOSITORY)}
    command = [sys.executable, "-m", "tests.localcloud.official_clients"]
    done = subprocess.run(command, cwd=first.home, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    answers = json.loads(done.stdout.splitlines()[-1])
    job = answers.pop("dataproc job")
    pubsub = answers.pop("pubsub")
    assert answers == {
        "storage": "official-clients",
        "pyarrow": "written",
        "beam": [["gs://official-clients/item", 7]],
        "bigquery": [[1]],
        "dataproc": [],
        "dataflow": [],
    }
    assert "projects/p/regions/us-central1/jobs/none was not found" in job
    assert "google.pubsub.v1.Publisher.ListTopics is not offered by the local cloud" in pubsub
