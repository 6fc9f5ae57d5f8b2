"""What is declared but not run: policies, templates, and what is refused of them. No Spark starts here."""

from __future__ import annotations

import json
import urllib.error
import urllib.request

import pytest
from google.api_core.exceptions import AlreadyExists, BadRequest, Conflict, NotFound
from google.cloud import dataproc_v1 as dataproc

MANAGED = {"managed_cluster": {"cluster_name": "mining", "config": {}}}


def step(step_id: str, *after: str) -> dict:
    job = {"main_python_file_uri": "gs://code/main.py", "args": ["--run_id", "none"]}
    return {"step_id": step_id, "pyspark_job": job, "prerequisite_step_ids": list(after)}


def template(**changes) -> dict:
    return {"id": "nightly", "placement": MANAGED, "jobs": [step("mine"), step("publish", "mine")], **changes}


def test_an_autoscaling_policy_is_kept_changed_and_deleted(service):
    workers = {"min_instances": 2, "max_instances": 10}
    yarn = {"graceful_decommission_timeout": {"seconds": 3600}, "scale_up_factor": 0.5, "scale_down_factor": 1.0}
    policy = {"id": "small", "worker_config": workers, "basic_algorithm": {"yarn_config": yarn}}
    made = service.policies.create_autoscaling_policy(parent=service.parent, policy=policy)
    assert made.name == f"{service.parent}/autoscalingPolicies/small"
    with pytest.raises((AlreadyExists, Conflict)):
        service.policies.create_autoscaling_policy(parent=service.parent, policy=policy)
    made.worker_config.max_instances = 20
    service.policies.update_autoscaling_policy(policy=made)
    assert service.policies.get_autoscaling_policy(name=made.name).worker_config.max_instances == 20
    listed = list(service.policies.list_autoscaling_policies(parent=service.parent))
    assert [one.worker_config.max_instances for one in listed if one.id == "small"] == [20]
    service.policies.delete_autoscaling_policy(name=made.name)
    with pytest.raises(NotFound):
        service.policies.get_autoscaling_policy(name=made.name)
    policy["worker_config"] = {"max_instances": 1}
    with pytest.raises(BadRequest, match=r"policy.workerConfig.maxInstances: 1 must be 2 or more"):
        service.policies.create_autoscaling_policy(parent=service.parent, policy=policy)


def test_a_template_changes_only_from_its_current_version(service):
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
        ({"jobs": []}, "template.jobs: a workflow needs at least one job"),
        ({"jobs": [step("mine", "dig")]}, r"template.jobs\[0\].prerequisiteStepIds: there is no step 'dig'"),
        ({"jobs": [step("mine"), step("mine")]}, r"template.jobs\[1\].stepId: 'mine' is there twice"),
        ({"jobs": [step("one", "two"), step("two", "one")]}, "wait for each other in a circle: one, two"),
        ({"jobs": [{"step_id": "sql", "hive_job": {"query_file_uri": "gs://a/b"}}]}, "runs pysparkJob only"),
        ({"placement": {}}, "template.placement: set managedCluster or clusterSelector"),
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
def test_a_template_that_could_not_run_is_refused(service, changes, complaint):
    with pytest.raises(BadRequest, match=complaint):
        service.templates.create_workflow_template(parent=service.parent, template=template(**changes))


def test_parameters_must_fit_the_template(service):
    run = {
        "name": "RUN",
        "fields": ["jobs['mine'].pysparkJob.args[1]"],
        "validation": {"regex": {"regexes": ["r-[0-9]+"]}},
    }
    declared = template(id="with-parameter", parameters=[run])
    name = service.templates.create_workflow_template(parent=service.parent, template=declared).name
    for values, complaint in (
        ({}, r"parameters\['RUN'\]: template with-parameter needs a value for it"),
        ({"RUN": "x"}, r"parameters\['RUN'\]: 'x' does not match r-\[0-9\]\+"),
        ({"RUN": "r-1", "STEP": "2"}, r"parameters\['STEP'\]: template with-parameter has no such parameter"),
    ):
        with pytest.raises(BadRequest, match=complaint):
            service.templates.instantiate_workflow_template(request={"name": name, "parameters": values})


def test_a_misspelt_field_is_refused_with_its_place(service):
    body = {"id": "typo", "jobs": [{"stepId": "mine", "pysparkJob": {"mainPythonFile": "gs://code/main.py"}}]}
    url = f"{service.cloud.url('dataproc')}/v1/{service.parent}/workflowTemplates"
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request)
    assert caught.value.code == 400
    error = json.load(caught.value)["error"]
    assert error["status"] == "INVALID_ARGUMENT"
    assert "Unknown name \"mainPythonFile\" at 'template.jobs[0].pysparkJob.mainPythonFile'" in error["message"]
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(f"{url}?pageSise=3")
    assert 'Unknown name "pageSise"' in json.load(caught.value)["error"]["message"]


def test_a_job_needs_a_cluster_that_is_there(service):
    job = dataproc.Job(placement={"cluster_name": "none"}, pyspark_job={"main_python_file_uri": "gs://code/main.py"})
    with pytest.raises(NotFound, match="clusters/none was not found"):
        service.jobs.submit_job(request={**service.place, "job": job})
