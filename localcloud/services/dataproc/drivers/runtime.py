"""Spark of one cluster (or batch): at most one driver process at a time, in which its jobs take turns."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from google.cloud import dataproc_v1 as dataproc

from localcloud.services.dataproc.drivers.agent import Agent, AgentError
from localcloud.services.dataproc.drivers.conf import LAUNCH_KEYS, complete_conf
from localcloud.services.dataproc.drivers.pool import DriverPool
from localcloud.services.dataproc.drivers.process import DriverLostError, DriverProcess
from localcloud.services.dataproc.drivers.staging import StagingBucket
from localcloud.spark.jars import JarsError
from localcloud.spark.java import JavaNotFoundError

OUTPUT_NAME = "driveroutput"
OUTPUT_PART = ".000000000"
GONE = "the cluster is gone"


@dataclass(frozen=True)
class PythonJob:
    """What a PySpark job or batch runs. `output` is the address that its output's parts begin with."""

    id: str
    output: str
    main: str
    args: list[str]
    python_files: list[str]
    jars: list[str]
    files: list[str]
    archives: list[str]
    properties: dict[str, str]

    @classmethod
    def of(cls, id: str, spark: dataproc.PySparkJob | dataproc.PySparkBatch, output: str) -> PythonJob:
        return cls(
            id=id,
            output=output,
            main=spark.main_python_file_uri,
            args=list(spark.args),
            python_files=list(spark.python_file_uris),
            jars=list(spark.jar_file_uris),
            files=list(spark.file_uris),
            archives=list(spark.archive_uris),
            properties=dict(spark.properties) if isinstance(spark, dataproc.PySparkJob) else {},
        )


class Execution:
    """One run of a job; `cancel` may come before its turn or during it."""

    def __init__(self, on_running: Callable[[], object]) -> None:
        self.on_running = on_running
        self.cancelled = threading.Event()
        self.lock = threading.Lock()
        self.driver: DriverProcess | None = None

    def cancel(self) -> None:
        with self.lock:
            self.cancelled.set()
            if self.driver is not None:
                self.driver.kill()

    def runs_in(self, driver: DriverProcess | None) -> None:
        """Say which driver a cancel has to kill; None as soon as the job is no longer in it."""
        with self.lock:
            self.driver = driver


@dataclass(frozen=True)
class Outcome:
    """How a run ended: `error` is "" if well; `note` says what else the user should know."""

    error: str = ""
    cancelled: bool = False
    note: str = ""


class SparkRuntime:
    """`conf` is the cluster's part of Spark's conf, `variables` its part of the driver's environment."""

    def __init__(
        self,
        drivers: DriverPool,
        name: str,
        staging: StagingBucket,
        identity: str,
        conf: Mapping[str, str],
        variables: Mapping[str, str],
    ) -> None:
        self.drivers = drivers
        self.cloud = cloud = drivers.cloud
        self.staging = staging
        self.identity = identity
        self.conf = dict(conf)
        self.variables = dict(variables)
        self.agent = Agent(cloud, identity)
        self.folder = cloud.folder("dataproc") / "runtime" / name
        self.turn = threading.Lock()
        self.driver: DriverProcess | None = None
        self.closed = False

    def output_address(self, bucket: str, job_id: str) -> str:
        """Where a job's output will be: in the cluster's bucket, or in that of its region."""
        name = f"google-cloud-dataproc-metainfo/{self.folder.name}/jobs/{job_id}/{OUTPUT_NAME}"
        return f"gs://{bucket or self.staging.name}/{name}"

    def warm_up(self) -> None:
        """Get the driver before its first job is there, without waiting for it. What is wrong comes up at that job."""
        if self.turn.acquire(blocking=False):
            try:
                self._driver_for({})
            except (JavaNotFoundError, JarsError, OSError) as error:
                print(f"dataproc: {self.folder.name}: {error}", file=sys.stderr)
            finally:
                self._end_turn()

    def run(self, job: PythonJob, execution: Execution) -> Outcome:
        """Wait for the cluster's turn, run a job, keep its output. Never raises for what the job or its files do."""
        self.turn.acquire()
        try:
            error = self._error_of(job, execution)
            note = self._keep_output(job)
        finally:
            self._end_turn()
        cancelled = execution.cancelled.is_set()
        return Outcome("" if cancelled else error, cancelled, note)

    def _end_turn(self) -> None:
        """Let the next one in. A driver that was taken while the cluster was closed has nobody else to end it."""
        if self.closed:
            self._drop_driver()
        self.turn.release()

    def _error_of(self, job: PythonJob, execution: Execution) -> str:
        try:
            return self._run(job, execution)
        except (AgentError, DriverLostError, JavaNotFoundError, JarsError, OSError) as failure:
            return str(failure)
        finally:
            execution.runs_in(None)

    def _run(self, job: PythonJob, execution: Execution) -> str:
        if execution.cancelled.is_set() or self.closed:
            return GONE
        folder = self.folder / "jobs" / job.id
        folder.mkdir(parents=True, exist_ok=True)
        launch = {name: value for name, value in job.properties.items() if name in LAUNCH_KEYS}
        if job.jars:
            brought = [str(self.agent.bring(uri, folder)) for uri in job.jars]
            launch["spark.jars"] = ",".join(filter(None, [launch.get("spark.jars"), *brought]))
        driver = self._driver_for(launch)
        if self.closed:  # while the jars came: `close` saw no driver to end
            return GONE
        execution.runs_in(driver)
        command = self._staged(job, folder)
        driver.wait_until_ready()
        if execution.cancelled.is_set():
            return "cancelled"
        execution.on_running()
        result = driver.run(command)
        if result["error"] or not result["exit_code"]:
            return result["error"]
        return f"exit code {result['exit_code']}: {self._last_line()}"

    def _staged(self, job: PythonJob, folder: Path) -> dict[str, object]:
        """Bring a job's files while the driver starts; what the driver is told."""
        python_files = [str(self.agent.bring_python(uri, folder)) for uri in job.python_files]
        files = [str(self.agent.bring(uri, folder)) for uri in job.files]
        archives = [self.agent.bring_archive(uri, folder) for uri in job.archives]
        lists = {"spark.submit.pyFiles": python_files, "spark.files": files, "spark.archives": archives}
        properties = {name: value for name, value in job.properties.items() if name not in LAUNCH_KEYS}
        properties |= {name: ",".join(paths) for name, paths in lists.items() if paths}
        properties.setdefault("spark.app.name", job.id)
        main = str(self.agent.bring(job.main, folder))
        return {
            "main": main,
            "args": job.args,
            "folder": str(folder),
            "python_files": python_files,
            "properties": properties,
        }

    def _driver_for(self, launch: Mapping[str, str]) -> DriverProcess:
        """The cluster's driver if its JVM is the one asked for, else another in its place."""
        conf = complete_conf(self.cloud, self.identity, {**self.conf, **launch})
        if self.driver is not None:
            if self.driver.alive and self.driver.conf == conf:
                return self.driver
            self._drop_driver()
        self.driver = self.drivers.take(conf, {**self.variables, **self.cloud.job_environment(self.identity)})
        return self.driver

    def _drop_driver(self) -> None:
        if self.driver is not None:
            self.driver.kill()
            self.driver = None

    def _last_line(self) -> str:
        output = self.driver.output() if self.driver is not None else b""
        lines = [line.strip() for line in output.decode("utf-8", "replace").splitlines()]
        return next((line for line in reversed(lines) if line), "no output")

    def _keep_output(self, job: PythonJob) -> str:
        """Keep a job's part of the driver's output here and in the cluster's bucket; a note if that fails."""
        path = self.folder / "jobs" / job.id / f"{OUTPUT_NAME}{OUTPUT_PART}"
        try:
            output = self.driver.take_output() if self.driver is not None else b""
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(output)
        except OSError as error:
            return f"driver output was not kept: {error}"
        writer = self.staging if job.output.startswith(f"gs://{self.staging.name}/") else self.agent
        try:
            writer.put(path, job.output + OUTPUT_PART)
        except AgentError as error:
            return f"driver output is at file://{path} only: {error}"
        return ""

    def close(self, at_once: bool = False) -> None:
        """Let the driver go to the next cluster. A job that runs in it is lost with it, and so is it `at_once`."""
        self.closed = True  # first: a job that takes a driver from now on sees it
        if not self.turn.acquire(blocking=False):
            driver = self.driver
            if driver is not None:
                driver.kill()
            return
        try:
            if self.driver is not None and not at_once:
                self.drivers.give(self.driver)
                self.driver = None
        finally:
            self._end_turn()
