"""A driver process as the service sees it: start, run a job, stop, kill."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from localcloud.services import lifeline
from localcloud.spark.java import JavaHome

STOP_SECONDS = 20
NOT_FOR_JOBS = re.compile("(SPARK_|PYSPARK_|HADOOP_|PYTHON|LOCALCLOUD_|GOOGLE_|CLOUDSDK_|PULUMI_).*|.*_EMULATOR_HOST")
"""Variables of other installations, and of whoever started the cloud: a job has an environment of its own."""


class DriverLostError(Exception):
    """The driver process ended, or could not start; one line that says why."""


class DriverProcess:
    """One running driver. `conf` is Spark's but for scratch places, which lie in `folder`, the driver's own."""

    def __init__(self, java: JavaHome, conf: Mapping[str, str], environment: Mapping[str, str], folder: Path) -> None:
        self.conf = dict(conf)
        self.environment = dict(environment)
        self.folder = folder
        log = folder / "driver.log"
        read_end, write_end = os.pipe()
        argv = [sys.executable, "-P", "-m", "localcloud.services.dataproc.drivers.driver", str(write_end)]
        variables = {
            **{name: value for name, value in os.environ.items() if not NOT_FOR_JOBS.fullmatch(name)},
            **environment,
            "JAVA_HOME": str(java.path),
            "PYSPARK_PYTHON": sys.executable,
            "SPARK_LOCAL_IP": "127.0.0.1",
            "SPARK_LOCAL_DIRS": str(folder),
            # The launcher is a small JVM that only prints the command line of the real one.
            "SPARK_LAUNCHER_OPTS": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:-UsePerfData",
        }
        try:
            self.process = lifeline.start(argv, lifeline.python_environment(variables), folder, log, (write_end,))
        finally:
            os.close(write_end)
        self.events = os.fdopen(read_end, "rb")
        self.log = log.open("rb")
        self.output_taken = 0
        self.ready_seconds: float | None = None
        self._send({"conf": with_scratch(conf, folder)})

    def _send(self, command: dict[str, Any]) -> None:
        assert self.process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # it is gone: the next event tells
            self.process.stdin.write(json.dumps(command).encode() + b"\n")
            self.process.stdin.flush()

    def _next_event(self) -> dict[str, Any]:
        line = self.events.readline()
        if not line:
            lifeline.kill(self.process)
            raise DriverLostError(f"driver lost: the Spark process ended with {self.process.returncode}")
        return json.loads(line)

    def wait_until_ready(self) -> None:
        """Wait for Spark to be up. Raises DriverLostError."""
        if self.ready_seconds is not None:
            return
        event = self._next_event()
        if "failed" in event:
            raise DriverLostError(f"Spark did not start: {event['failed']}")
        self.ready_seconds = event["ready"]

    def run(self, command: dict[str, Any]) -> dict[str, Any]:
        """Run a job to its end and give its {"error", "exit_code"}. Raises DriverLostError."""
        self._send(command)
        return self._next_event()

    def output(self) -> bytes:
        """What was written since a job's output was last taken."""
        self.log.seek(self.output_taken)
        return self.log.read()

    def take_output(self) -> bytes:
        """What the last job wrote; for the first one, the start of Spark as well."""
        output = self.output()
        self.output_taken += len(output)
        return output

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    def kill(self) -> None:
        """End it at once; what it wrote can still be taken."""
        lifeline.kill(self.process)
        shutil.rmtree(self.folder, ignore_errors=True)

    def stop(self) -> None:
        """Let it end in order, in the background; killed if that takes too long."""
        self._send({"stop": True})

        def finish() -> None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(timeout=STOP_SECONDS)
            self.kill()

        threading.Thread(target=finish, name="driver-stop", daemon=True).start()


def with_scratch(conf: Mapping[str, str], folder: Path) -> dict[str, str]:
    """Spark's whole conf: what a driver leaves lying lies in its folder and goes with it."""
    options = f"{conf.get('spark.driver.extraJavaOptions', '')} -Djava.io.tmpdir={folder}".strip()
    return {**conf, "spark.driver.extraJavaOptions": options, "spark.sql.warehouse.dir": str(folder / "warehouse")}
