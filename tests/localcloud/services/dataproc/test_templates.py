"""Workflow templates: versions, and what is refused of them."""

from __future__ import annotations

from typing import Any

import pytest
from google.api_core.exceptions import BadRequest

from tests.localcloud.services.dataproc.clients import Dataproc
from tests.localcloud.services.dataproc.declarations import step, template


def test_a_template_changes_only_from_its_current_version(service: Dataproc) -> None:
    made = service.templates.create_workflow_template(parent=service.parent, template=template())
    assert (made.version, made.name) == (1, f"{service.parent}/workflowTemplates/nightly")
    made.labels["owner"] = "roads"
    changed = service.templates.update_workflow_template(template=made)
    assert (changed.version, changed.labels["owner"], len(changed.jobs)) == (2, "roads", 2)
    with pytest.raises(BadRequest, match="version 1 is not the current 2"):
        service.templates.update_workflow_template(template=made)
    same = f"projects/{service.cloud.project}/locations/us-central1/workflowTemplates/nightly"
    assert service.templates.get_workflow_template(name=same).version == 2
    service.templates.delete_workflow_template(name=made.name)
    left = service.templates.list_workflow_templates(parent=service.parent)
    assert "nightly" not in {one.id for one in left}


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"jobs": [step("mine", "dig")]}, r"template.jobs\[0\].prerequisiteStepIds: there is no step 'dig'"),
        ({"jobs": [step("mine"), step("mine")]}, r"template.jobs\[1\].stepId: 'mine' is there twice"),
        ({"jobs": [step("one", "two"), step("two", "one")]}, "wait for each other in a circle: one, two"),
        ({"jobs": [{"step_id": "sql", "hive_job": {"query_file_uri": "gs://a/b"}}]}, "runs pysparkJob only"),
        (
            {"parameters": [{"name": "RUN", "fields": ["jobs['mine'].pysparkJob.args[7]"]}]},
            r"the template has no field \"jobs\['mine'\].pysparkJob.args\[7\]\"",
        ),
        (
            {
                "parameters": [
                    {
                        "name": "RUN",
                        "fields": ["jobs['mine'].pysparkJob.args[1]"],
                        "validation": {"regex": {"regexes": ["r-[0-9]+", "r-("]}},
                    }
                ]
            },
            r"template.parameters\[0\].validation.regex.regexes\[1\]: 'r-\(' is not a regular expression: missing \)",
        ),
        (
            {
                "placement": {
                    "managed_cluster": {"cluster_name": "a", "config": {"software_config": {"properties": {"x": "y"}}}}
                }
            },
            "must be PREFIX:NAME",
        ),
        (
            {
                "placement": {
                    "managed_cluster": {
                        "cluster_name": "a",
                        "config": {"software_config": {"properties": {"dataproc:pip.packages": "no-such-thing==1"}}},
                    }
                }
            },
            "has no no-such-thing: pip install no-such-thing==1",
        ),
    ],
)
def test_a_template_that_could_not_run_is_refused(service: Dataproc, changes: dict[str, Any], complaint: str) -> None:
    with pytest.raises(BadRequest, match=complaint):
        service.templates.create_workflow_template(parent=service.parent, template=template(**changes))


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"jobs": []}, "template.jobs: a workflow needs at least one job"),
        ({"placement": {}}, "template.placement: set managedCluster or clusterSelector"),
    ],
)
def test_what_is_missing_can_come_until_a_template_is_instantiated(
    service: Dataproc, changes: dict[str, Any], complaint: str
) -> None:
    made = service.templates.create_workflow_template(parent=service.parent, template=template(**changes))
    with pytest.raises(BadRequest, match=complaint):
        service.templates.instantiate_workflow_template(name=made.name)
    service.templates.delete_workflow_template(name=made.name)
