"""Functions of the gcp SDK (`gcp.organizations.get_project(...)`) that the local cloud answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from localcloud.providers.checks import did_you_mean
from localcloud.providers.errors import Failure, NotSupportedError
from localcloud.providers.gcp.rest import GoogleServices
from localcloud.providers.gcp.settings import GcpSettings
from localcloud.settings import LocalCloud

Arguments = dict[str, Any]
Answer = dict[str, Any]
Function = Callable[[Arguments, GcpSettings, GoogleServices], Answer]

FUNCTIONS: dict[str, tuple[Function, frozenset[str]]] = {}
"""Token -> function, and the arguments that it knows."""


def answers(token: str, *arguments: str) -> Callable[[Function], Function]:
    """Have a function answer the SDK's function of that token."""

    def register(function: Function) -> Function:
        FUNCTIONS[token] = function, frozenset(arguments)
        return function

    return register


@answers("gcp:organizations/getProject:getProject", "projectId")
def get_project(arguments: Arguments, settings: GcpSettings, services: GoogleServices) -> Answer:
    project = arguments.get("projectId") or settings.project
    labels = {"labels": {}, "effectiveLabels": {}, "pulumiLabels": {}, "tags": {}}
    number = LocalCloud.project_number(project)
    ids = {"id": f"projects/{project}", "projectId": project, "name": project, "number": number}
    places = {
        "autoCreateNetwork": False,
        "billingAccount": "",
        "folderId": "",
        "orgId": "",
        "deletionPolicy": "PREVENT",
    }
    return {**ids, **labels, **places}


@answers("gcp:organizations/getClientConfig:getClientConfig")
def get_client_config(arguments: Arguments, settings: GcpSettings, services: GoogleServices) -> Answer:
    region, zone = settings.region or "", settings.zone or ""
    return {
        "id": f'projects/"{settings.project}"/regions/"{region}"/zones/"{zone}"',
        "project": settings.project,
        "region": region,
        "zone": zone,
        "defaultLabels": settings.labels,
        "accessToken": services.access_token(),
    }


@answers("gcp:storage/getProjectServiceAccount:getProjectServiceAccount", "project", "userProject")
def get_project_service_account(arguments: Arguments, settings: GcpSettings, services: GoogleServices) -> Answer:
    """Cloud Storage's own agent of a project, as the service says it is."""
    project = arguments.get("project") or settings.project
    email = services.get("storage", f"/storage/v1/projects/{project}/serviceAccount")["email_address"]
    answer = {"id": email, "emailAddress": email, "member": f"serviceAccount:{email}", "project": project}
    return {**answer, "userProject": arguments.get("userProject")}


def invoke(
    token: str, arguments: Arguments, settings: GcpSettings, services: GoogleServices
) -> tuple[Answer, list[Failure]]:
    """Answer a function. Errors: NotSupportedError for one that the local cloud does not have."""
    if token not in FUNCTIONS:
        known = ", ".join(sorted(FUNCTIONS))
        raise NotSupportedError(f"function {token} is not available on the local cloud; it has {known}")
    function, known_arguments = FUNCTIONS[token]
    failures = [
        Failure(key, f"unknown argument{did_you_mean(key, known_arguments)}")
        for key in arguments
        if key not in known_arguments
    ]
    return ({}, failures) if failures else (function(arguments, settings, services), [])
