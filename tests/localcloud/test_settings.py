"""Where everything of a cloud is, told by three variables."""

from __future__ import annotations

from pathlib import Path

import pytest

from localcloud.errors import LocalCloudError
from localcloud.registry import port_offsets
from localcloud.settings import OWNER, LocalCloud, read_port, read_project

EMAIL = "ingest-job@a-project.iam.gserviceaccount.com"


def test_everything_has_a_default(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("LOCALCLOUD_HOME", "LOCALCLOUD_PORT", "LOCALCLOUD_PROJECT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    assert LocalCloud.from_environment() == LocalCloud(tmp_path / ".localcloud", 8480, "localcloud")


def test_a_process_finds_the_cloud_that_another_tells_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    told = LocalCloud(tmp_path, 9000, "a-project")
    for name, value in told.environment().items():
        monkeypatch.setenv(name, value)
    assert LocalCloud.from_environment() == told


def test_a_home_remembers_what_it_was_started_with(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("LOCALCLOUD_PORT", "LOCALCLOUD_PROJECT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LOCALCLOUD_HOME", str(tmp_path))
    started = LocalCloud(tmp_path, 9000, "a-project")
    started.remember()
    assert LocalCloud.from_environment() == started
    monkeypatch.setenv("LOCALCLOUD_PORT", "9100")
    elsewhere = LocalCloud.from_environment()
    assert elsewhere == LocalCloud(tmp_path, 9100, "a-project")
    with pytest.raises(LocalCloudError) as caught:
        elsewhere.require_remembered_port()
    assert str(caught.value) == (
        f"the local cloud in {tmp_path} runs at port 9000, not 9100: stop it first, or unset LOCALCLOUD_PORT"
    )


def test_one_port_moves_all_ports(tmp_path: Path) -> None:
    one, other = LocalCloud(tmp_path, 9000), LocalCloud(tmp_path, 9010)
    ports = {cloud.port_of(name) for cloud in (one, other) for name in port_offsets()}
    assert ports == set(range(9000, 9020))
    assert one.url("bigquery") == "http://127.0.0.1:9003"


@pytest.mark.parametrize("text", ["", "x", "0", "-1", "65527", "8480.0"])
def test_a_port_without_room_for_all_is_refused(text: str) -> None:
    with pytest.raises(LocalCloudError, match="set it to a port from 1 to 65526"):
        read_port(text)


@pytest.mark.parametrize("text", ["", "a-b", "A-project", "1-project", "a_project", "a-project-", "a" * 31])
def test_what_is_no_projects_id_is_refused(text: str) -> None:
    with pytest.raises(LocalCloudError, match="set it to 6 to 30 lower-case letters, digits and hyphens"):
        read_project(text)


def test_the_last_port_is_one() -> None:
    assert read_port("65526") == 65526


def test_a_job_is_in_the_project_of_its_identity(tmp_path: Path) -> None:
    cloud = LocalCloud(tmp_path, project="owners-project")
    seen = cloud.job_environment(EMAIL)
    assert seen["GOOGLE_CLOUD_PROJECT"] == "a-project"
    assert seen["GOOGLE_APPLICATION_CREDENTIALS"] == str(tmp_path / "credentials" / f"{EMAIL}.json")
    assert not [name for name in seen if name.startswith("LOCALCLOUD")], "a job knows nothing of localcloud"
    assert cloud.job_environment(OWNER)["GOOGLE_CLOUD_PROJECT"] == "owners-project"


def test_clients_find_what_they_have_a_variable_for(tmp_path: Path) -> None:
    cloud = LocalCloud(tmp_path, 9000)
    assert cloud.client_variables("storage") == dict.fromkeys(
        ("API_ENDPOINT_OVERRIDE", "CLOUD_STORAGE_EMULATOR_ENDPOINT", "FSSPEC_GS_ENDPOINT_URL"), "http://127.0.0.1:9000"
    )
    assert cloud.client_variables("bigquery") == {"BIGQUERY_EMULATOR_HOST": "http://127.0.0.1:9003"}
    assert cloud.client_variables("iam") == {}
    seen = cloud.job_environment(EMAIL)
    assert cloud.client_variables("storage").items() <= seen.items()
    assert seen["grpc_proxy"] == "http://127.0.0.1:9009"
    assert "STORAGE_EMULATOR_HOST" not in seen, "it would make Google's client anonymous"


def test_a_projects_number_is_twelve_digits_of_its_own() -> None:
    numbers = {LocalCloud.project_number(name) for name in ("a-project", "another", "a-project")}
    assert len(numbers) == 2
    assert all(len(number) == 12 and number.isdecimal() for number in numbers)
