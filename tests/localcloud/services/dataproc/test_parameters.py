"""Parameters of workflow templates."""

from __future__ import annotations

from typing import Any

import pytest
from google.api_core.exceptions import BadRequest

from localcloud.services.common import GoogleError
from localcloud.services.dataproc.parameters import check_parameters, substituted
from tests.localcloud.services.dataproc.clients import Dataproc
from tests.localcloud.services.dataproc.declarations import template


def test_parameters_must_fit_the_template(service: Dataproc) -> None:
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


def test_a_value_goes_to_every_field_of_its_parameter() -> None:
    fields = ["jobs['mine'].pysparkJob.args[1]", "jobs[1].pyspark_job.args[1]", "placement.managedCluster.clusterName"]
    declared = template(parameters=[{"name": "RUN", "fields": fields}])
    check_parameters(declared)
    filled = substituted(declared, {"RUN": "r-1"})
    assert [list(job.pyspark_job.args) for job in filled.jobs] == [["--run_id", "r-1"]] * 2
    assert filled.placement.managed_cluster.cluster_name == "r-1"
    assert list(declared.jobs[0].pyspark_job.args) == ["--run_id", "none"]


@pytest.mark.parametrize(
    ("parameter", "complaint"),
    [
        ({"name": "run", "fields": ["id"]}, r"template.parameters\[0\].name: 'run' must match"),
        ({"name": "RUN"}, r"template.parameters\[0\].fields: a parameter needs at least one field"),
        ({"name": "RUN", "fields": ["jobs[0]"]}, r"'jobs\[0\]' is not a text field"),
        ({"name": "RUN", "fields": ["jobs[x]"]}, r"'jobs\[x\]' is not a field path \(at '\[x\]'\)"),
        ({"name": "RUN", "fields": ["jobs['dig'].pysparkJob"]}, r"the template has no field \"jobs\['dig'\]\""),
    ],
)
def test_a_parameter_names_a_text_field(parameter: dict[str, Any], complaint: str) -> None:
    with pytest.raises(GoogleError, match=complaint):
        check_parameters(template(parameters=[parameter]))


def test_a_value_is_one_of_those_allowed() -> None:
    allowed = {"values": {"values": ["a", "b"]}}
    declared = template(parameters=[{"name": "RUN", "fields": ["jobs[0].pysparkJob.args[0]"], "validation": allowed}])
    assert substituted(declared, {"RUN": "b"}).jobs[0].pyspark_job.args[0] == "b"
    with pytest.raises(GoogleError, match=r"parameters\['RUN'\]: 'c' is none of a, b"):
        substituted(declared, {"RUN": "c"})
