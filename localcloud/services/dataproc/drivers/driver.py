"""The driver process of a cluster: one JVM, in which jobs run in turn, each as a Spark application of its own.

    python -P -m localcloud.services.dataproc.drivers.driver EVENTS_FD

Standard input: first {"conf": {...}}, then a job a line, {"main", "args", "python_files", "folder", "properties"}, or
{"stop": true}. Events, JSON lines on EVENTS_FD: {"ready": seconds} or {"failed": reason}, then one per job,
{"error", "exit_code"}, which comes after all of the job's output.

What is expensive is the JVM (5 to 9 s to the first session); a new SparkContext in a warm one takes 0.3 s and keeps
jobs apart as in the cloud: conf, catalogs, temporary views, cached tables, Python files and workers are a job's own.
"""

from __future__ import annotations

import json
import os
import queue
import runpy
import sys
import time
import traceback
from types import TracebackType
from typing import Any, TextIO

from localcloud.services import lifeline

JobResult = tuple[str, int]


class Driver:
    """Spark in this process; `conf` is the cluster's."""

    def __init__(self, conf: dict[str, Any]) -> None:
        from pyspark.sql import SparkSession

        spark = SparkSession.builder.config(map=conf).getOrCreate()
        jvm: Any = spark.sparkContext._jvm
        self.java = jvm.java.lang.System
        self.gateway: Any = spark.sparkContext._gateway
        spark.stop()

    def run(self, command: dict[str, Any]) -> JobResult:
        """Run a job's file as __main__; its error ("" if none) and exit code. Nothing of it stays in this process."""
        modules, path, argv, environment = set(sys.modules), list(sys.path), sys.argv, dict(os.environ)
        properties = command["properties"]
        before = {name: self.java.getProperty(name) for name in properties}
        for name, value in properties.items():
            self.java.setProperty(name, value)  # where a new SparkConf gets its defaults from, as with spark-submit
        os.chdir(command["folder"])
        sys.argv = [command["main"], *command["args"]]
        sys.path[:0] = [command["folder"], *command["python_files"]]
        try:
            return _run_main(command["main"])
        finally:
            _stop_application()
            sys.argv, sys.path[:] = argv, path
            os.environ.clear()
            os.environ.update(environment)
            _forget_modules(modules, [command["folder"], *command["python_files"]])
            for name, value in before.items():
                self.java.clearProperty(name) if value is None else self.java.setProperty(name, value)

    def stop(self) -> None:
        """End the JVM in order."""
        self.gateway.shutdown()
        self.gateway.proc.stdin.close()
        self.gateway.proc.wait()


def _run_main(main: str) -> JobResult:
    try:
        runpy.run_path(main, run_name="__main__")
    except SystemExit as exit_:
        if exit_.code is None or isinstance(exit_.code, int):
            return "", exit_.code or 0
        print(exit_.code, file=sys.stderr)
        return str(exit_.code), 1
    except BaseException as error:  # noqa: BLE001 - whatever a job raises is the job's end, not the driver's
        traceback.print_exception(error.with_traceback(_own_frames(error)))
        return _telling(error), 1
    return "", 0


def _own_frames(error: BaseException) -> TracebackType | None:
    """A traceback without the frames above the job's own file."""
    frames = error.__traceback__
    while frames is not None and frames.tb_frame.f_code.co_filename in (__file__, "<frozen runpy>"):
        frames = frames.tb_next
    return frames


def _telling(error: BaseException) -> str:
    """One line of an error: its type and message; for one of the JVM also what it was there, and its first cause."""
    lines = "".join(traceback.format_exception_only(error)).splitlines()
    lines = [line for line in lines if line.strip() and not line.startswith("  ")]  # without a syntax error's place
    java = next((line for line in lines[1:] if line.startswith(": ")), "")
    causes = [line for line in lines if line.startswith("Caused by: ")]
    return f"{lines[0]}{java}{'; ' + causes[-1] if causes else ''}"


def _stop_application() -> None:
    """Stop a job's Spark, whichever thread made its session, and if it made only a SparkContext."""
    from pyspark import SparkContext
    from pyspark.sql import SparkSession

    session = SparkSession.getActiveSession() or SparkSession._instantiatedSession
    if session is not None:
        session.stop()
    context = SparkContext._active_spark_context
    if context is not None:
        context.stop()


def _forget_modules(known: set[str], places: list[str]) -> None:
    """Drop the modules a job imported from its own files: the next job may bring others of the same names."""
    for name in set(sys.modules) - known:
        module = sys.modules[name]
        origins = [getattr(module, "__file__", None) or "", *map(str, getattr(module, "__path__", []))]
        if any(origin.startswith(place) for origin in origins for place in places):
            del sys.modules[name]
    for place in places:
        sys.path_importer_cache.pop(place, None)


def _emit(events: TextIO, **event: Any) -> None:
    events.write(json.dumps(event) + "\n")
    events.flush()


def main() -> None:
    started = time.monotonic()
    events = os.fdopen(int(sys.argv[1]), "w")
    os.set_inheritable(events.fileno(), False)
    commands: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    lifeline.hold_on(commands.put)
    conf = json.loads(commands.get())["conf"]
    lifeline.hide_package()
    try:
        driver = Driver(conf)
    except Exception as error:  # noqa: BLE001 - told to the service, which tells the job
        traceback.print_exception(error)
        _emit(events, failed=_telling(error))
        return
    _emit(events, ready=round(time.monotonic() - started, 2))
    while "stop" not in (command := json.loads(commands.get())):
        error, exit_code = driver.run(command)
        sys.stdout.flush()
        sys.stderr.flush()
        _emit(events, error=error, exit_code=exit_code)
    driver.stop()


if __name__ == "__main__":
    main()
