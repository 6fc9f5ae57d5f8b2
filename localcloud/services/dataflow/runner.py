"""The Beam runner of this Dataflow: Beam's own runners in this process, whose metrics are kept in a file.

A job gets it as `--runner=localcloud.services.dataflow.runner.LocalRunner`. Beam's DirectRunner would do, but looks for
the Prism binary on the net first.
"""

from __future__ import annotations

from typing import Any

from apache_beam.metrics.metricbase import MetricName
from apache_beam.options.pipeline_options import PipelineOptions, StandardOptions
from apache_beam.pipeline import Pipeline
from apache_beam.portability.api import beam_provision_api_pb2
from apache_beam.runners.direct.direct_runner import BundleBasedDirectRunner
from apache_beam.runners.portability.fn_api_runner import fn_runner
from apache_beam.runners.portability.portable_runner import JobServiceHandle
from apache_beam.runners.runner import PipelineResult, PipelineRunner

from localcloud.services.dataflow import metrics_file


class LocalRunner(PipelineRunner):
    """Batch pipelines run in Beam's FnApiRunner, streaming ones (`--streaming`) in its bundle-based runner."""

    def run_pipeline(self, pipeline: Pipeline, options: PipelineOptions) -> PipelineResult:
        result = self._runner(options).run_pipeline(pipeline, options)
        if not options.view_as(StandardOptions).streaming:  # a batch pipeline is done here
            metrics_file.leave(user_metrics(result))
        return result

    def _runner(self, options: PipelineOptions) -> PipelineRunner:
        if options.view_as(StandardOptions).streaming:
            return BundleBasedDirectRunner()
        encoded = JobServiceHandle.encode_pipeline_options(options.get_all_options())
        provision = beam_provision_api_pb2.ProvisionInfo(pipeline_options=encoded)
        return fn_runner.FnApiRunner(provision_info=fn_runner.ExtendedProvisionInfo(provision))


def user_metrics(result: PipelineResult) -> list[dict[str, Any]]:
    """A pipeline's own counters, distributions and gauges as the Dataflow API's MetricUpdates (proto-JSON)."""
    found = result.metrics().query()
    updates = [
        _update(one.key.metric, one.key.step, "SUM", scalar=one.committed)
        for one in found["counters"]
        if one.committed is not None
    ]
    for one in found["distributions"]:
        value = one.committed
        if value is not None and value.count:
            summary = {"count": value.count, "sum": value.sum, "min": value.min, "max": value.max, "mean": value.mean}
            updates.append(_update(one.key.metric, one.key.step, "DISTRIBUTION", distribution=summary))
    for one in found["gauges"]:
        if one.committed is not None:
            updates.append(_update(one.key.metric, one.key.step, "GAUGE", gauge={"value": one.committed.value}))
    return updates


def _update(name: MetricName, step: str, kind: str, **value: Any) -> dict[str, Any]:
    context = {"namespace": name.namespace, "step": step}
    return {"name": {"origin": "user", "name": name.name, "context": context}, "kind": kind, **value}
