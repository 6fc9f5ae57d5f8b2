"""Driver processes: started, told, lost, ended."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from google.api_core.exceptions import NotFound
from google.cloud import dataproc_v1 as dataproc

from localcloud import supervisor
from localcloud.services.dataproc.drivers.process import DriverLostError, DriverProcess, with_scratch
from localcloud.services.iam.accounts import ensure_owner
from localcloud.settings import LocalCloud
from tests.localcloud.services.dataproc.clients import Dataproc
from tests.localcloud.services.dataproc.drivers.conftest import JAVA, command
from tests.localcloud.services.dataproc.programs import local
from tests.localcloud.services.processes import job_processes, running
from tests.ports import free_port_base
from tests.waiting import PATIENCE_S, wait_for

State = dataproc.JobStatus.State


@pytest.mark.usefixtures("jars_folder")
def test_a_killed_service_leaves_no_process_and_ends_its_jobs(tmp_path: Path, programs_folder: Path) -> None:
    cloud = LocalCloud(home=tmp_path, port=free_port_base())
    ensure_owner(cloud)
    waits = local(programs_folder, "wait")
    with running(cloud, "dataproc") as process:
        service = Dataproc(cloud, process)
        service.create_cluster("survivor", {})
        service.submit("survivor", "lost", waits)
        service.reached("lost", State.RUNNING)
        assert len(job_processes(cloud)) > 1  # the driver and its JVM

        process.kill()
        process.wait()

        wait_for(lambda: job_processes(cloud), lambda found: not found, "the end of the drivers")
    with running(cloud, "dataproc") as process:
        service = Dataproc(cloud, process)
        assert not list(cloud.folder("dataproc").glob("drivers/*"))
        job = service.job("lost")
        assert job.status.state == State.ERROR
        assert job.status.details.startswith("driver lost")
        assert "survivor" in service.cluster_names()
        service.delete_cluster("survivor")
        with pytest.raises(NotFound, match="clusters/survivor was not found"):
            service.submit("survivor", "homeless", waits)


def test_each_job_has_its_end_and_its_output(driver: DriverProcess, programs_folder: Path) -> None:
    driver.wait_until_ready()
    driver.take_output()
    assert driver.run(command(programs_folder / "raise.py")) == {"error": "ValueError: no such road", "exit_code": 1}
    first = driver.take_output().decode()
    assert driver.run(command(programs_folder / "strict.py", "--colour=red")) == {"error": "", "exit_code": 2}
    assert first.startswith("before the end\nTraceback")
    assert driver.take_output().decode().endswith("unrecognized arguments: --colour=red\n")


def test_a_job_sees_nothing_of_whoever_started_the_cloud(
    tmp_path: Path, programs_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloud = LocalCloud(tmp_path / "home")
    told = supervisor.client_environment(cloud)
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    given = cloud.job_environment("job@p.iam.gserviceaccount.com")
    driver = DriverProcess(JAVA, {}, given | {"PYTHONPATH": str(programs_folder / "no-spark")}, tmp_path)
    main = tmp_path / "main.py"
    main.write_text("import json, os\nprint(json.dumps(dict(os.environ)))\n")
    try:
        driver.wait_until_ready()
        driver.take_output()
        assert driver.run(command(main))["error"] == ""
        seen = json.loads(driver.take_output())
    finally:
        driver.kill()
    assert {name for name in told if name in seen} == {*given, "PATH"}
    assert given.items() <= seen.items()


def test_a_driver_that_is_gone_is_lost(driver: DriverProcess, programs_folder: Path) -> None:
    driver.wait_until_ready()
    driver.kill()
    assert not driver.alive
    assert not driver.folder.exists()
    with pytest.raises(DriverLostError, match="driver lost: the Spark process ended with -9"):
        driver.run(command(programs_folder / "raise.py"))


def test_a_driver_ends_in_order(driver: DriverProcess) -> None:
    driver.wait_until_ready()
    driver.stop()
    assert driver.process.wait(PATIENCE_S) == 0
    wait_for(driver.folder.exists, lambda there: not there)


def test_spark_that_does_not_start_is_said(tmp_path: Path, programs_folder: Path) -> None:
    driver = DriverProcess(
        JAVA, {"spark.fail": "no memory"}, {"PYTHONPATH": str(programs_folder / "no-spark")}, tmp_path
    )
    with pytest.raises(DriverLostError, match="Spark did not start: RuntimeError: no memory"):
        driver.wait_until_ready()
    driver.kill()


def test_scratch_lies_in_the_drivers_folder() -> None:
    conf = with_scratch({"spark.driver.extraJavaOptions": "-Dx=y", "spark.ui.enabled": "false"}, Path("/scratch"))
    assert conf == {
        "spark.driver.extraJavaOptions": "-Dx=y -Djava.io.tmpdir=/scratch",
        "spark.sql.warehouse.dir": "/scratch/warehouse",
        "spark.ui.enabled": "false",
    }
