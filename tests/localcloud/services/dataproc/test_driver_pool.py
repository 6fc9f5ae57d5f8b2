"""Which drivers are kept between clusters, and for how long; with drivers that are not Spark."""

from __future__ import annotations

from pathlib import Path

import pytest

from localcloud.services.dataproc.drivers.pool import DriverPool
from localcloud.settings import LocalCloud
from localcloud.spark.jars import JarsError
from tests.localcloud.services.dataproc.stand_ins import StandInDriver
from tests.waiting import PATIENCE_S

CONF, ENVIRONMENT = {"spark.driver.memory": "1g"}, {"GOOGLE_APPLICATION_CREDENTIALS": "/key"}


@pytest.fixture
def cloud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LocalCloud:
    """A cloud without Spark's jars: a driver that is not kept can't be had."""
    monkeypatch.delenv("LOCALCLOUD_JARS", raising=False)
    return LocalCloud(tmp_path)


@pytest.fixture
def pool(cloud: LocalCloud):
    made = DriverPool(cloud)
    yield made
    made.close()


def test_a_kept_driver_is_for_equal_settings_only_and_for_one(pool):
    driver = StandInDriver(CONF, ENVIRONMENT)
    pool.give(driver)

    for conf, environment in (({}, ENVIRONMENT), (CONF, {**ENVIRONMENT, "GOOGLE_APPLICATION_CREDENTIALS": "/other"})):
        with pytest.raises(JarsError):
            pool.take(conf, environment)
    assert pool.take(dict(CONF), dict(ENVIRONMENT)) is driver
    with pytest.raises(JarsError):
        pool.take(CONF, ENVIRONMENT)
    assert driver.alive


def test_the_former_driver_ends_when_another_is_given(pool):
    former, latter = StandInDriver(CONF), StandInDriver(CONF)
    pool.give(former)
    pool.give(latter)
    assert former.stopped.is_set()
    assert pool.take(CONF, {}) is latter


def test_a_dead_driver_is_not_kept_and_ends_no_other(pool):
    warm, dead = StandInDriver(CONF), StandInDriver(CONF)
    pool.give(warm)
    dead.stop()
    pool.give(dead)
    assert dead.killed.is_set()
    assert warm.alive
    assert pool.take(CONF, {}) is warm


def test_a_driver_that_dies_while_it_is_kept_is_not_taken(pool):
    driver = StandInDriver(CONF)
    pool.give(driver)
    driver.kill()
    with pytest.raises(JarsError):
        pool.take(CONF, {})


def test_a_kept_driver_ends_after_its_time(cloud):
    pool, driver = DriverPool(cloud, idle_seconds=0), StandInDriver(CONF)
    pool.give(driver)
    assert driver.stopped.wait(PATIENCE_S)
    assert pool.idle is None


def test_close_ends_the_kept_driver_at_once(cloud):
    pool, driver = DriverPool(cloud), StandInDriver(CONF)
    pool.give(driver)
    pool.close()
    assert driver.killed.is_set()
    assert not driver.stopped.is_set()


def test_what_a_killed_service_left_of_its_drivers_is_removed(cloud):
    left = cloud.folder("dataproc") / "drivers" / "0123" / "blockmgr"
    left.mkdir(parents=True)
    DriverPool(cloud)
    assert not left.exists()
