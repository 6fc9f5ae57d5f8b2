"""Workflows: a template's steps run in order on a cluster that lives as long as they do, or on one by its labels."""

from __future__ import annotations

import threading
import uuid
from typing import Any

from google.cloud import dataproc_v1 as dataproc
from google.longrunning.operations_pb2 import Operation

from localcloud.services.common import GoogleError
from localcloud.services.dataproc.checks import check_complete, check_template, in_order
from localcloud.services.dataproc.clusters import WORKFLOW, Clusters
from localcloud.services.dataproc.jobs import Jobs, name_of
from localcloud.services.dataproc.names import regional
from localcloud.services.dataproc.parameters import substituted
from localcloud.services.dataproc.store import Store
from localcloud.services.dataproc.templates import Templates
from localcloud.services.protobuf import now, wire

NodeState = dataproc.WorkflowNode.NodeState
JobState = dataproc.JobStatus.State
WorkflowState = dataproc.WorkflowMetadata.State


class Workflows:
    """Instantiate, instantiateInline."""

    def __init__(self, store: Store, templates: Templates, clusters: Clusters, jobs: Jobs) -> None:
        self.store = store
        self.templates = templates
        self.clusters = clusters
        self.jobs = jobs

    def instantiate(self, request: dataproc.InstantiateWorkflowTemplateRequest) -> Operation:
        name = regional(request.name)
        template = self.templates.current(request.name, request.version)
        parameters = dict(request.parameters)
        template = substituted(template, parameters)
        return self._start(name.split("/workflowTemplates/")[0], template, parameters, request.request_id)

    def instantiate_inline(self, request: dataproc.InstantiateInlineWorkflowTemplateRequest) -> Operation:
        if request.template.parameters:
            raise GoogleError(400, "template.parameters: an inline template can't have parameters", "badRequest")
        check_template(request.template)
        return self._start(regional(request.parent), request.template, {}, request.request_id)

    def _start(
        self, parent: str, template: dataproc.WorkflowTemplate, parameters: dict[str, str], request_id: str
    ) -> Operation:
        check_complete(template)

        def make() -> str:
            run = WorkflowRun(self, parent, template, parameters)
            threading.Thread(target=run.work, name=run.operation, daemon=True).start()
            return run.operation

        name = self.store.once(request_id and f"workflow/{parent}/{request_id}", make)
        return self.store.operations.messages.require(name)


class WorkflowRun:
    """One run of a template. Its progress is the metadata of its operation."""

    def __init__(
        self, api: Workflows, parent: str, template: dataproc.WorkflowTemplate, parameters: dict[str, str]
    ) -> None:
        self.api = api
        _, self.project, _, self.region = parent.split("/")
        self.template = template
        self.steps = in_order(template.jobs)
        self.stopped = ""
        self.lock = threading.Lock()
        self.current_job = ""
        self.metadata = dataproc.WorkflowMetadata(
            template=template.name,
            version=template.version,
            parameters=parameters,
            state=WorkflowState.PENDING,
            start_time=now(),
            dag_timeout=template.dag_timeout if "dag_timeout" in template else None,
            graph=dataproc.WorkflowGraph(nodes=[_node(step) for step in template.jobs]),
        )
        self.operation = api.store.operations.start(parent, wire(self.metadata), self.cancel).name

    def cancel(self) -> None:
        self._stop("the workflow was cancelled")

    def _stop(self, reason: str) -> None:
        with self.lock:
            self.stopped = self.stopped or reason
            job = self.current_job
        if job:
            self.api.jobs.stop(job)

    def work(self) -> None:
        """Cluster, steps, end of the cluster; the operation says how it went, whatever it was."""
        error = ""
        try:
            error = self._run()
        except GoogleError as failure:
            error = failure.message
        except Exception as failure:
            error = f"internal error: {failure!r}"
            raise
        finally:
            self.metadata.state = WorkflowState.DONE
            self.metadata.end_time = now()
            operations, cancelled = self.api.store.operations, bool(self.stopped)
            operations.finish(self.operation, wire(self.metadata), error=error, cancelled=cancelled)

    def _run(self) -> str:
        if "managed_cluster" not in self.template.placement:
            return self._steps(self._selected())
        cluster = self.api.clusters.make(self.region, self._managed())
        try:
            self.metadata.create_cluster = dataproc.ClusterOperation(operation_id=str(uuid.uuid4()), done=True)
            self.api.clusters.runtime(cluster).warm_up()
            return self._steps(cluster)
        finally:
            self.api.clusters.remove(self.region, cluster)
            self.metadata.delete_cluster = dataproc.ClusterOperation(operation_id=str(uuid.uuid4()), done=True)

    def _steps(self, cluster: dataproc.Cluster) -> str:
        """Run the steps in turn, within the template's time; the first error, "" if all went well."""
        self.metadata.cluster_name, self.metadata.cluster_uuid = cluster.cluster_name, cluster.cluster_uuid
        self.metadata.state = WorkflowState.RUNNING
        self.metadata.dag_start_time = now()
        timer = self._timer()
        try:
            self._told()
            error = next(filter(None, (self._step(step, cluster) for step in self.steps)), "")
        finally:
            if timer is not None:
                timer.cancel()
            self.metadata.dag_end_time = now()
        return self.stopped or error

    def _timer(self) -> threading.Timer | None:
        timeout: Any = self.template.dag_timeout
        seconds = timeout.total_seconds() if "dag_timeout" in self.template else 0
        if not seconds:
            return None
        timer = threading.Timer(seconds, self._stop, [f"the steps took more than dagTimeout ({seconds:.0f} s)"])
        timer.daemon = True
        timer.start()
        return timer

    def _managed(self) -> dataproc.Cluster:
        """The description of the workflow's own cluster."""
        managed = self.template.placement.managed_cluster
        cluster = dataproc.Cluster(
            project_id=self.project,
            cluster_name=f"{managed.cluster_name}-{uuid.uuid4().hex[:12]}",
            config=managed.config,
            labels=managed.labels,
        )
        cluster.labels[WORKFLOW] = self.template.id
        return cluster

    def _selected(self) -> dataproc.Cluster:
        labels = dict(self.template.placement.cluster_selector.cluster_labels)
        return self.api.clusters.select(self.project, self.region, labels)

    def _step(self, step: dataproc.OrderedJob, cluster: dataproc.Cluster) -> str:
        """Run one step to its end; its error, "" if it went well."""
        job = dataproc.Job(
            reference=dataproc.JobReference(project_id=self.project, job_id=f"{step.step_id}-{uuid.uuid4().hex[:12]}"),
            pyspark_job=step.pyspark_job,
            labels=step.labels,
        )
        job.labels["goog-dataproc-workflow-instance-id"] = self.operation.rsplit("/", 1)[1]
        job.labels[WORKFLOW] = self.template.id
        job.labels["goog-dataproc-workflow-step-id"] = step.step_id
        with self.lock:
            if self.stopped:
                return self.stopped
            job = self.api.jobs.make(self.region, job, cluster)
            self.current_job = name_of(job)
        node = next(node for node in self.metadata.graph.nodes if node.step_id == step.step_id)
        node.job_id, node.state = job.reference.job_id, NodeState.RUNNING
        self._told()
        ended = self.api.jobs.run(job, cluster)
        with self.lock:
            self.current_job = ""
        if ended.status.state != JobState.DONE:
            node.error = ended.status.details or "the job was cancelled"
        node.state = NodeState.FAILED if node.error else NodeState.COMPLETED
        for other in self.metadata.graph.nodes:
            if other.state == NodeState.BLOCKED and self._is_ready(other):
                other.state = NodeState.RUNNABLE
        self._told()
        return node.error and f"step {step.step_id} failed: {node.error}"

    def _is_ready(self, node: dataproc.WorkflowNode) -> bool:
        completed = {one.step_id for one in self.metadata.graph.nodes if one.state == NodeState.COMPLETED}
        return completed.issuperset(node.prerequisite_step_ids)

    def _told(self) -> None:
        self.api.store.operations.update(self.operation, wire(self.metadata))


def _node(step: dataproc.OrderedJob) -> dataproc.WorkflowNode:
    return dataproc.WorkflowNode(
        step_id=step.step_id,
        prerequisite_step_ids=list(step.prerequisite_step_ids),
        state=NodeState.BLOCKED if step.prerequisite_step_ids else NodeState.RUNNABLE,
    )
