"""Workflow templates: checked when declared, versioned when changed."""

from __future__ import annotations

from google.cloud import dataproc_v1 as dataproc
from google.protobuf.empty_pb2 import Empty

from localcloud.services.common import GoogleError, page
from localcloud.services.dataproc.checks import check_identifier, check_template
from localcloud.services.dataproc.names import regional
from localcloud.services.dataproc.parameters import check_parameters
from localcloud.services.dataproc.store import Store
from localcloud.services.protobuf import now


class Templates:
    """Create, get, list, update, delete."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.templates = store.templates

    def create(self, request: dataproc.CreateWorkflowTemplateRequest) -> dataproc.WorkflowTemplate:
        template = request.template
        check_identifier("template.id", template.id)
        check_template(template)
        check_parameters(template)
        template.name = f"{request.parent}/workflowTemplates/{template.id}"
        template.version = 1
        template.create_time = template.update_time = now()
        return self.templates.create(regional(template.name), template)

    def get(self, request: dataproc.GetWorkflowTemplateRequest) -> dataproc.WorkflowTemplate:
        return self.current(request.name, request.version)

    def current(self, name: str, version: int) -> dataproc.WorkflowTemplate:
        """A template; a version other than 0 must be the one there is, as only that is kept."""
        template = self.templates.require(regional(name))
        if version not in (0, template.version):
            message = f"{name}: version {version} is not the current {template.version}"
            raise GoogleError(400, message, "failedPrecondition")
        return template

    def list(self, request: dataproc.ListWorkflowTemplatesRequest) -> dataproc.ListWorkflowTemplatesResponse:
        found = list(self.templates.list(f"{regional(request.parent)}/workflowTemplates/"))
        templates, token = page(found, request.page_size, request.page_token)
        return dataproc.ListWorkflowTemplatesResponse(templates=templates, next_page_token=token)

    def update(self, request: dataproc.UpdateWorkflowTemplateRequest) -> dataproc.WorkflowTemplate:
        template = request.template
        with self.store.lock:
            known = self.templates.require(regional(template.name))
            if template.version == 0:
                raise GoogleError(400, f"template.version: is required; the current one is {known.version}")
            self.current(template.name, template.version)
            check_template(template)
            check_parameters(template)
            template.id, template.name, template.create_time = known.id, known.name, known.create_time
            template.version, template.update_time = known.version + 1, now()
            return self.templates.put(regional(known.name), template)

    def delete(self, request: dataproc.DeleteWorkflowTemplateRequest) -> Empty:
        self.current(request.name, request.version)
        self.templates.delete(regional(request.name))
        return Empty()
