"""Spark of one cluster: turns, files, output."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from google.cloud import dataproc_v1 as dataproc

from tests.localcloud.services.dataproc.parts import Parts
from tests.waiting import wait_for

JobState = dataproc.JobStatus.State


def test_a_job_whose_output_can_not_be_kept_still_ends_well(parts: Parts) -> None:
    parts.create_cluster()

    def take_the_place() -> None:
        _, name = parts.job().driver_output_resource_uri.split("google-cloud-dataproc-metainfo/")
        (parts.pool.cloud.folder("dataproc") / "runtime" / f"{name}.000000000").mkdir(parents=True)

    parts.pool.on_run = take_the_place
    operation = parts.finished(parts.submit())

    assert not operation.HasField("error")
    assert parts.job().status.state == JobState.DONE
    assert parts.job().status.details.startswith("driver output was not kept: [Errno 21] Is a directory")


def test_a_job_that_still_brings_its_jars_when_its_cluster_goes_keeps_no_driver(parts: Parts, tmp_path: Path) -> None:
    jar = tmp_path / "job.jar"
    os.mkfifo(jar)
    parts.create_cluster()
    operation = parts.submit(jar_file_uris=[f"file://{jar}"])
    writing = wait_for(lambda: _open_for_writing(jar), lambda descriptor: descriptor is not None)

    parts.delete_cluster()
    assert writing is not None
    os.close(writing)

    assert parts.finished(operation).error.message == "the cluster is gone"
    assert parts.pool.leaked() == []
    assert parts.pool.given == []


def _open_for_writing(pipe: Path) -> int | None:
    """The pipe's writing end, None as long as nobody reads it."""
    try:
        return os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
    except OSError as error:
        if error.errno != errno.ENXIO:
            raise
        return None
