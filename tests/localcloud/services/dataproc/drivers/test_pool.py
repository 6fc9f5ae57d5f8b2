"""Which drivers are kept between clusters, and for how long."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from localcloud.services.dataproc.drivers.pool import DriverPool
from localcloud.services.iam.accounts import Accounts
from localcloud.settings import OWNER, LocalCloud
from localcloud.spark.jars import JarsError
from tests.localcloud.services.dataproc.clients import Dataproc
from tests.localcloud.services.dataproc.conftest import NewCluster
from tests.localcloud.services.dataproc.programs import NOTHING, found_by, local, process_of, python
from tests.localcloud.services.dataproc.stand_ins import stand_in
from tests.waiting import PATIENCE_S

CONF, ENVIRONMENT = {"spark.driver.memory": "1g"}, {"GOOGLE_APPLICATION_CREDENTIALS": "/key"}


@pytest.fixture
def cloud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LocalCloud:
    """A cloud without Spark's jars: a driver that is not kept can't be had."""
    monkeypatch.delenv("LOCALCLOUD_JARS", raising=False)
    return LocalCloud(tmp_path)


@pytest.fixture
def pool(cloud: LocalCloud) -> Iterator[DriverPool]:
    made = DriverPool(cloud)
    yield made
    made.close()


def test_a_kept_driver_is_for_equal_settings_only_and_for_one(pool: DriverPool) -> None:
    driver = stand_in(CONF, ENVIRONMENT)
    pool.give(driver)

    for conf, environment in (({}, ENVIRONMENT), (CONF, {**ENVIRONMENT, "GOOGLE_APPLICATION_CREDENTIALS": "/other"})):
        with pytest.raises(JarsError):
            pool.take(conf, environment)
    assert pool.take(dict(CONF), dict(ENVIRONMENT)) is driver
    with pytest.raises(JarsError):
        pool.take(CONF, ENVIRONMENT)
    assert driver.alive


def test_the_former_driver_ends_when_another_is_given(pool: DriverPool) -> None:
    former, latter = stand_in(CONF), stand_in(CONF)
    pool.give(former)
    pool.give(latter)
    assert former.stopped.is_set()
    assert pool.take(CONF, {}) is latter


def test_a_dead_driver_is_not_kept_and_ends_no_other(pool: DriverPool) -> None:
    warm, dead = stand_in(CONF), stand_in(CONF)
    pool.give(warm)
    dead.stop()
    pool.give(dead)
    assert dead.killed.is_set()
    assert warm.alive
    assert pool.take(CONF, {}) is warm


def test_a_driver_that_dies_while_it_is_kept_is_not_taken(pool: DriverPool) -> None:
    driver = stand_in(CONF)
    pool.give(driver)
    driver.kill()
    with pytest.raises(JarsError):
        pool.take(CONF, {})


def test_a_kept_driver_ends_after_its_time(cloud: LocalCloud) -> None:
    pool, driver = DriverPool(cloud, idle_seconds=0), stand_in(CONF)
    pool.give(driver)
    assert driver.stopped.wait(PATIENCE_S)
    assert pool.idle is None


def test_close_ends_the_kept_driver_at_once(cloud: LocalCloud) -> None:
    pool, driver = DriverPool(cloud), stand_in(CONF)
    pool.give(driver)
    pool.close()
    assert driver.killed.is_set()
    assert not driver.stopped.is_set()


def test_what_a_killed_service_left_of_its_drivers_is_removed(cloud: LocalCloud) -> None:
    left = cloud.folder("dataproc") / "drivers" / "0123" / "blockmgr"
    left.mkdir(parents=True)
    DriverPool(cloud)
    assert not left.exists()


def test_the_next_cluster_gets_the_driver_but_nothing_of_the_last_ones_jobs(
    spark: Dataproc, new_cluster: NewCluster
) -> None:
    first = new_cluster()
    spark.submit(first, "leaves", python("leave", helpers="one"))
    left = spark.output("leaves")
    spark.delete_cluster(first)

    spark.submit(new_cluster(), "looks", python("look"))
    seen = spark.output("looks")

    assert process_of(seen) == process_of(left)
    assert found_by(seen) == {**NOTHING, "folder": "looks", "name": "looks"}


def test_a_cluster_of_another_identity_gets_another_driver(
    service: Dataproc, no_spark: dict[str, Any], programs_folder: Path
) -> None:
    other = Accounts(service.cloud).create(service.cloud.project, "other-job", {})["email"]
    outputs: list[str] = []
    for number, identity in enumerate((OWNER, OWNER, other)):
        config = {**no_spark, "gce_cluster_config": {"service_account": identity}}
        cluster = service.create_cluster(f"of-{number}", config)
        service.submit(cluster, f"looks-{number}", local(programs_folder, "around"))
        outputs.append(service.output(f"looks-{number}"))
        service.delete_cluster(cluster)

    first, same, foreign = map(process_of, outputs)
    assert first == same
    assert foreign != first
    nothing = {"module": False, "import": False, "variable": False}
    assert [found_by(output) for output in outputs] == [{**nothing, "folder": f"looks-{n}"} for n in range(3)]
