"""A replica as a process: its command line, and how it ends."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import orjson
import pytest

import pipelines.storage
from pipelines.serving import main
from tests.paths import REPOSITORY

REQUEST_S = 30
Start = Callable[[float], tuple[subprocess.Popen[bytes], str]]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--snapshots", "gs://b/s", "--cache", "c", "--bogus"], "serving: unrecognized arguments: --bogus\n"),
        (["--snapshots", "gs://b/s", "--cache", "c", "--poll", "1"], "serving: unrecognized arguments: --poll 1\n"),
        ([], "serving: the following arguments are required: --snapshots, --cache\n"),
        (
            ["--snapshots", "gs://b/s", "--cache", "c", "--quotas", '{"a": 0}'],
            "serving: argument --quotas: '{\"a\": 0}' is no JSON object of rates above 0\n",
        ),
    ],
)
def test_unfit_arguments_are_one_line(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main.parse_args(["--host", "127.0.0.1", "--port", "1", *arguments])
    assert capsys.readouterr().err == message


@pytest.mark.parametrize("address", ["somewhere", "s3://bucket/prefix", "gs:///prefix"])
def test_a_bad_address_is_one_line(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before any credentials are looked for."""
    arguments = ["--host", "127.0.0.1", "--port", "1", "--cache", "c", "--snapshots", address]
    monkeypatch.setattr(sys, "argv", ["main.py", *arguments])
    monkeypatch.setattr(pipelines.storage, "client", lambda: pytest.fail("the client was asked for"))
    with pytest.raises(SystemExit) as stop:
        main.main()
    assert stop.value.code == f"serving: --snapshots {address!r} is not an address like gs://bucket/prefix"


def started_with(arguments: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a replica that ends by itself."""
    command = [sys.executable, "-m", "pipelines.serving.main", "--snapshots", "gs://b/s", *arguments]
    return subprocess.run(
        command, cwd=REPOSITORY, env=os.environ | environment, capture_output=True, text=True, timeout=REQUEST_S
    )


def test_an_identity_that_can_t_be_read_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "key.json").write_text('{"type": "service_account"}')
    arguments = ["--host", "127.0.0.1", "--port", "0", "--cache", str(tmp_path / "cache")]
    ended = started_with(arguments, {"GOOGLE_APPLICATION_CREDENTIALS": str(tmp_path / "key.json")})
    assert ended.returncode == 1
    assert re.fullmatch(r"serving: .*key\.json.*\n", ended.stderr)


def test_an_address_that_is_taken_is_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        arguments = ["--host", "127.0.0.1", "--port", str(taken.getsockname()[1]), "--cache", str(tmp_path)]
        ended = started_with(arguments, {})
    assert ended.returncode == 1
    assert re.fullmatch(r"serving: .*in use.*\n", ended.stderr)


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts tests/pipelines/serving/replica.py with its seconds of drain; gives the process and its address."""
    processes = []

    def started(drain_seconds: float) -> tuple[subprocess.Popen[bytes], str]:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        command = [sys.executable, "-m", "tests.pipelines.serving.replica", str(port), str(drain_seconds)]
        process = subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        processes.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == b"listening\n"
        return process, f"http://127.0.0.1:{port}"

    yield started
    for process in processes:
        process.kill()
        process.communicate()


def get(url: str) -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(url, timeout=REQUEST_S) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def test_sigterm_ends_readiness_at_once_and_requests_are_answered_until_the_end(start: Start) -> None:
    process, url = start(3600)
    assert get(f"{url}/readyz")[0] == 200
    with ThreadPoolExecutor(1) as executor:
        slow = executor.submit(get, f"{url}/slow")
        get(f"{url}/asked")
        process.send_signal(signal.SIGTERM)
        while get(f"{url}/readyz")[0] == 200:
            assert process.poll() is None
        assert get(f"{url}/readyz") == (503, b'{"detail":"this replica is about to stop"}')
        assert get(f"{url}/healthz")[0] == 200
        assert get(f"{url}/v1/snapshot") == (200, b'{"snapshot_id":"empty","created_at":null,"tables":{}}')
        assert not slow.done()
        assert get(f"{url}/release")[0] == 404  # nothing is there, but it lets the slow one go
        assert slow.result(REQUEST_S) == (200, b"done")
    process.send_signal(signal.SIGTERM)
    assert process.wait(REQUEST_S) == 0


def test_ids_and_head_come_through_the_server(start: Start) -> None:
    _, url = start(3600)
    status, body = get(f"{url}/v1/a%2Fb%20%3F?x=/y")
    assert (status, orjson.loads(body)["detail"]) == (404, "there is no table 'a/b ?' here; see /openapi.json")
    asked = urllib.request.Request(f"{url}/v1/snapshot", method="HEAD")
    with urllib.request.urlopen(asked, timeout=REQUEST_S) as head:
        assert (head.headers["content-length"], head.read()) == (str(len(get(f"{url}/v1/snapshot")[1])), b"")


def test_after_the_drain_the_replica_ends(start: Start) -> None:
    process, _ = start(0.1)
    process.send_signal(signal.SIGTERM)
    assert process.wait(REQUEST_S) == 0


def test_a_person_s_interrupt_ends_it_at_once(start: Start) -> None:
    process, _ = start(3600)
    process.send_signal(signal.SIGINT)
    assert process.wait(REQUEST_S) == 0
