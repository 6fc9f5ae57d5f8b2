"""What the job makes of a runner's result: one with a job is waited for, one that is only a template is not."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from pipelines.ingest.main import finish
from pipelines.ingest.steps import NAMESPACE


class Result:
    """A runner's result with one counter; it can be asked for that only after the wait, as Dataflow's."""

    def __init__(self) -> None:
        self.waited = False

    def wait_until_finish(self) -> None:
        self.waited = True

    def metrics(self) -> Any:
        assert self.waited
        return self

    def query(self, wanted: Any) -> dict[str, list[Any]]:
        assert wanted.namespaces == {NAMESPACE}
        key = SimpleNamespace(metric=SimpleNamespace(name="files_listed"))
        return {"counters": [SimpleNamespace(key=key, committed=3)]}


class DataflowResult(Result):
    """As DataflowPipelineResult: it knows whether there is a job, and refuses to be asked without one."""

    def __init__(self, has_job: bool) -> None:
        super().__init__()
        self.has_job = has_job

    def query(self, wanted: Any) -> dict[str, list[Any]]:
        if not self.has_job:
            raise ValueError("Can not query metrics. Job id is unknown.")
        return super().query(wanted)


def test_a_template_without_a_job_has_no_counters() -> None:
    result = DataflowResult(has_job=False)
    assert finish(result) == {}  # type: ignore[arg-type]
    assert not result.waited


def test_a_job_is_waited_for() -> None:
    assert finish(DataflowResult(has_job=True)) == {"files_listed": 3}  # type: ignore[arg-type]
    assert finish(Result()) == {"files_listed": 3}  # type: ignore[arg-type]


def test_dataflow_s_result_says_whether_it_has_a_job() -> None:
    """Beam's own class, as its runner leaves it after writing a template."""
    from apache_beam.runners.dataflow.dataflow_runner import DataflowPipelineResult, DataflowRunner

    assert finish(DataflowPipelineResult(None, DataflowRunner())) == {}  # type: ignore[arg-type]
