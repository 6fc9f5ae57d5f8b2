"""Routes of the Dataproc service: the REST v1 paths that google-cloud-dataproc's transports use."""

from __future__ import annotations

from google.cloud import dataproc_v1 as dataproc
from google.longrunning import operations_pb2
from starlette.applications import Starlette

from localcloud.services.dataproc.batches import Batches
from localcloud.services.dataproc.clusters import Clusters
from localcloud.services.dataproc.drivers.pool import DriverPool
from localcloud.services.dataproc.jobs import Jobs
from localcloud.services.dataproc.operations import OperationsApi
from localcloud.services.dataproc.policies import Policies
from localcloud.services.dataproc.store import Store
from localcloud.services.dataproc.templates import Templates
from localcloud.services.dataproc.workflows import Workflows
from localcloud.services.dispatch import Route, application, closing
from localcloud.services.transcoding import NO_METHOD, not_offered, transcoded
from localcloud.settings import LocalCloud

CLUSTERS = "/v1/projects/{project_id}/regions/{region}/clusters"
JOBS = "/v1/projects/{project_id}/regions/{region}/jobs"
BATCHES = "/v1/{parent=projects/*/locations/*}/batches"
BATCH = "/v1/{name=projects/*/locations/*/batches/*}"
IAM_METHODS = ("getIamPolicy", "setIamPolicy", "testIamPermissions")


def collection(name: str, verb: str = "", field: str = "parent") -> tuple[str, ...]:
    """A collection's paths; Dataproc serves most at both `locations` and `regions`."""
    return tuple(f"/v1/{{{field}=projects/*/{place}/*}}/{name}{verb}" for place in ("locations", "regions"))


def member(name: str, verb: str = "", field: str = "name") -> tuple[str, ...]:
    return tuple(f"/v1/{{{field}=projects/*/{place}/*/{name}/*}}{verb}" for place in ("locations", "regions"))


def policy_routes(api: Policies) -> list[Route]:
    name = "autoscalingPolicies"
    update = member(name, field="policy.name")
    return [
        transcoded("POST", collection(name), dataproc.CreateAutoscalingPolicyRequest, api.create, "policy"),
        transcoded("GET", collection(name), dataproc.ListAutoscalingPoliciesRequest, api.list),
        transcoded("GET", member(name), dataproc.GetAutoscalingPolicyRequest, api.get),
        transcoded("PUT", update, dataproc.UpdateAutoscalingPolicyRequest, api.update, "policy"),
        transcoded("DELETE", member(name), dataproc.DeleteAutoscalingPolicyRequest, api.delete),
    ]


def template_routes(api: Templates, runs: Workflows) -> list[Route]:
    name = "workflowTemplates"
    update, inline = member(name, field="template.name"), collection(name, ":instantiateInline")
    inline_request = dataproc.InstantiateInlineWorkflowTemplateRequest
    return [
        transcoded("POST", collection(name), dataproc.CreateWorkflowTemplateRequest, api.create, "template"),
        transcoded("GET", collection(name), dataproc.ListWorkflowTemplatesRequest, api.list),
        transcoded("GET", member(name), dataproc.GetWorkflowTemplateRequest, api.get),
        transcoded("PUT", update, dataproc.UpdateWorkflowTemplateRequest, api.update, "template"),
        transcoded("DELETE", member(name), dataproc.DeleteWorkflowTemplateRequest, api.delete),
        transcoded(
            "POST", member(name, ":instantiate"), dataproc.InstantiateWorkflowTemplateRequest, runs.instantiate, "*"
        ),
        transcoded("POST", inline, inline_request, runs.instantiate_inline, "template"),
    ]


def cluster_routes(api: Clusters) -> list[Route]:
    one = f"{CLUSTERS}/{{cluster_name}}"
    return [
        transcoded("POST", CLUSTERS, dataproc.CreateClusterRequest, api.create, "cluster"),
        transcoded("GET", CLUSTERS, dataproc.ListClustersRequest, api.list),
        transcoded("GET", one, dataproc.GetClusterRequest, api.get),
        transcoded("PATCH", one, dataproc.UpdateClusterRequest, api.update, "cluster"),
        transcoded("DELETE", one, dataproc.DeleteClusterRequest, api.delete),
    ]


def job_routes(api: Jobs) -> list[Route]:
    one = f"{JOBS}/{{job_id}}"
    return [
        transcoded("POST", f"{JOBS}:submit", dataproc.SubmitJobRequest, api.submit, "*"),
        transcoded("POST", f"{JOBS}:submitAsOperation", dataproc.SubmitJobRequest, api.submit_as_operation, "*"),
        transcoded("GET", JOBS, dataproc.ListJobsRequest, api.list),
        transcoded("GET", one, dataproc.GetJobRequest, api.get),
        transcoded("PATCH", one, dataproc.UpdateJobRequest, api.update, "job"),
        transcoded("POST", f"{one}:cancel", dataproc.CancelJobRequest, api.cancel, "*"),
        transcoded("DELETE", one, dataproc.DeleteJobRequest, api.delete),
    ]


def batch_routes(api: Batches) -> list[Route]:
    return [
        transcoded("POST", BATCHES, dataproc.CreateBatchRequest, api.create, "batch"),
        transcoded("GET", BATCHES, dataproc.ListBatchesRequest, api.list),
        transcoded("GET", BATCH, dataproc.GetBatchRequest, api.get),
        transcoded("DELETE", BATCH, dataproc.DeleteBatchRequest, api.delete),
    ]


def operation_routes(api: OperationsApi) -> list[Route]:
    name = "operations"
    every = tuple(f"/v1/{{name=projects/*/{place}/*/operations}}" for place in ("locations", "regions"))
    return [
        transcoded("GET", every, operations_pb2.ListOperationsRequest, api.list),
        transcoded("GET", member(name), operations_pb2.GetOperationRequest, api.get),
        transcoded("POST", member(name, ":cancel"), operations_pb2.CancelOperationRequest, api.cancel, "*"),
        transcoded("DELETE", member(name), operations_pb2.DeleteOperationRequest, api.delete),
    ]


NOT_OFFERED = not_offered(
    *(f"{CLUSTERS}/{{cluster_name}}:{verb}" for verb in ("start", "stop", "repair", "diagnose", "injectCredentials")),
    *(
        f"{CLUSTERS}/{{cluster_name}}/nodeGroups{rest}"
        for rest in ("", "/{group}", "/{group}:resize", "/{group}:repair")
    ),
    f"{BATCH}:analyze",
    *(path for name in ("sessions", "sessionTemplates") for path in (*collection(name), *member(name))),
    *member("sessions", ":terminate"),
    *(
        f"/v1/{{resource=projects/*/{place}/*/*/*}}:{verb}"
        for place in ("locations", "regions")
        for verb in IAM_METHODS
    ),
)
"""Source: https://cloud.google.com/dataproc/docs/reference/rest, v1."""


def create_app(cloud: LocalCloud) -> Starlette:
    """The Dataproc service of a cloud. What ran when it last stopped is ended as lost."""
    store = Store(cloud.folder("dataproc"))
    store.operations.end_lost()
    drivers = DriverPool(cloud)
    clusters = Clusters(drivers, store)
    jobs = Jobs(store, clusters)
    templates = Templates(store)
    workflows = Workflows(store, templates, clusters, jobs)
    batches = Batches(drivers, store)
    routes = [
        *policy_routes(Policies(store)),
        *template_routes(templates, workflows),
        *cluster_routes(clusters),
        *job_routes(jobs),
        *batch_routes(batches),
        *operation_routes(OperationsApi(store.operations)),
        NOT_OFFERED,
        NO_METHOD,
    ]
    return application(cloud, routes, lifespan=closing(clusters.close, batches.close, drivers.close))
