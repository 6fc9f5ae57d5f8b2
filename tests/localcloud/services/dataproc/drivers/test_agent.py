"""A cluster's agent: files brought and put, as an identity."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from google.cloud import storage

from localcloud.services.dataproc.drivers.agent import Agent, AgentError
from localcloud.settings import OWNER, LocalCloud
from tests.localcloud.services.dataproc.parts import Parts, give_up


def test_output_that_storage_does_not_take_is_a_line_of_the_error(
    parts: Parts, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(storage.Blob, "upload_from_filename", give_up)
    with pytest.raises(AgentError, match=f"{OWNER} can't write gs://staging/output: Timeout"):
        Agent(parts.pool.cloud, OWNER).put(tmp_path / "output", "gs://staging/output")


@pytest.fixture
def agent(tmp_path: Path) -> Agent:
    return Agent(LocalCloud(tmp_path / "home"), "nobody@localcloud")


def test_modules_of_one_name_never_stand_for_each_other(agent: Agent, tmp_path: Path) -> None:
    brought: list[Path] = []
    for folder, text in (("a", "VALUE = 1"), ("b", "VALUE = 2"), ("c", "VALUE = 1")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "helper.py").write_text(text)
        brought.append(agent.bring_python(f"file://{tmp_path / folder / 'helper.py'}", tmp_path / "job"))
    first, second, third = brought
    assert first == third != second
    with zipfile.ZipFile(second) as archive:
        assert (archive.namelist(), archive.read("helper.py")) == (["helper.py"], b"VALUE = 2")


def test_an_archive_keeps_the_name_it_is_unpacked_under(agent: Agent, tmp_path: Path) -> None:
    (tmp_path / "some.zip").write_bytes(b"zip")
    job = tmp_path / "job"
    assert agent.bring_archive(f"{tmp_path}/some.zip#environment", job) == f"{job}/some.zip#environment"
    assert agent.bring_archive(f"{tmp_path}/some.zip", job) == f"{job}/some.zip"
    assert (job / "some.zip").read_bytes() == b"zip"


@pytest.mark.parametrize(
    ("uri", "message"),
    [
        ("main.py", "main.py: write gs://BUCKET/OBJECT or file:///PATH"),
        ("file:///no/such/main.py", "can't read file:///no/such/main.py: No such file or directory"),
        ("gs://code/main.py", "service account nobody@localcloud has no key in this local cloud: create it first"),
    ],
)
def test_what_can_not_be_read_is_one_line(agent: Agent, uri: str, message: str) -> None:
    with pytest.raises(AgentError, match=message):
        agent.read(uri)
