"""The local cloud's command line: what a user can cause is one line, and nothing is deleted that is not the cloud's."""

from __future__ import annotations

import errno
import urllib.request
from pathlib import Path
from typing import NoReturn

import pytest

from localcloud import cli, proxies, supervisor
from localcloud.images import registry as images
from localcloud.settings import LocalCloud


def test_a_full_disk_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*_: object, **__: object) -> NoReturn:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setenv("LOCALCLOUD_HOME", str(tmp_path))
    monkeypatch.setattr(supervisor, "start", full)
    assert cli.main(["start"]) == 1
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert line == f"localcloud: {tmp_path}: No space left on device: free space, or set LOCALCLOUD_HOME"


@pytest.mark.parametrize("command", ["start", "status", "env"])
@pytest.mark.parametrize(("name", "reason"), [("file", "Not a directory"), ("x" * 300, "File name too long")])
def test_a_home_that_can_not_be_is_one_line(
    command: str,
    name: str,
    reason: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("LOCALCLOUD_HOME", str(tmp_path / name))
    assert cli.main([command]) == 1
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert line == f"localcloud: {tmp_path / name}: {reason}: set LOCALCLOUD_HOME to a folder to write in"


@pytest.mark.parametrize("command", ["start", "delete"])
def test_an_empty_home_is_not_the_current_folder(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LOCALCLOUD_HOME", "")
    assert cli.main([command]) == 1
    assert capsys.readouterr().err == "localcloud: LOCALCLOUD_HOME is empty: set it to a folder, or unset it\n"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LOCALCLOUD_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def test_a_wrong_dockerfile_is_one_line(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    dockerfile = tmp_path / "Dockerfile"
    for text, reference, message in (
        ("FROM scratch\nCOPY missing /\n", "app:1", f"{dockerfile}:2: COPY: missing is not in the build context"),
        ("FROM scratch\n", "App", "'App' is not an image reference"),
    ):
        dockerfile.write_text(text)
        assert cli.main(["build", "-f", str(dockerfile), "-t", reference, str(tmp_path)]) == 1
        (line,) = capsys.readouterr().err.strip().splitlines()
        assert line.startswith(f"localcloud: {message}")


def test_a_build_takes_arguments_and_tells_what_it_skipped(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dockerfile = tmp_path / "Dockerfile"
    dockerfile.write_text("FROM python:3\nARG FLAVOUR\nENV FLAVOUR=$FLAVOUR\nRUN pip install requests\n")
    command = ["build", "-f", str(dockerfile), "-t", "app:1", "--build-arg", "FLAVOUR=spicy=hot", str(tmp_path)]
    assert cli.main(command) == 0
    assert images.resolve("app:1", LocalCloud(home)).env == {"FLAVOUR": "spicy=hot"}
    first, second, _ = capsys.readouterr().out.splitlines()
    assert first == "  skipped Dockerfile:1: FROM python:3"
    assert second == "  skipped Dockerfile:4: RUN pip install requests"


def test_a_folder_that_is_no_local_cloud_is_not_deleted(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["delete"]) == 0  # there is nothing
    home.mkdir()
    (home / "thesis.txt").write_text("years of work")
    assert cli.main(["delete"]) == 1
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert line == f"localcloud: {home} is not a local cloud; nothing was deleted: check LOCALCLOUD_HOME"
    assert (home / "thesis.txt").exists()
    supervisor.prepare_home(LocalCloud(home))
    assert cli.main(["delete"]) == 0
    assert not home.exists()


@pytest.mark.parametrize("port", ["abc", "70000", "0", "65535"])
def test_a_wrong_port_is_one_line(
    home: Path, port: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LOCALCLOUD_PORT", port)
    assert cli.main(["status"]) == 1
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert line.startswith(f"localcloud: LOCALCLOUD_PORT '{port}': set it to a port from 1 to ")


def test_what_clients_are_told_keeps_this_machine_off_a_proxy(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in proxies.EXCEPTIONS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NO_PROXY", "intranet, 127.0.0.1")
    monkeypatch.setenv("http_proxy", "http://proxy:3128")
    environment = supervisor.client_environment(LocalCloud(home))
    for name in proxies.EXCEPTIONS:
        assert environment[name] == "intranet,127.0.0.1,localhost,127.0.0.0/8"
        monkeypatch.setenv(name, environment[name])
    assert urllib.request.proxy_bypass("127.0.0.1:8480")
    assert not urllib.request.proxy_bypass("storage.googleapis.com")
    assert proxies.direct_environment() == {name: environment[name] for name in proxies.EXCEPTIONS}
    assert set(proxies.direct_environment({"no_proxy": "*"}).values()) == {"*"}
