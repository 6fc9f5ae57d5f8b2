"""Driver processes of real Spark: who gets the one of an earlier cluster, what a job leaves, and how they end."""

from __future__ import annotations

import json

import pytest
from google.api_core.exceptions import NotFound
from google.cloud import dataproc_v1 as dataproc

from localcloud.services.iam.accounts import Accounts
from tests.localcloud.services.dataproc.programs import process_of, python
from tests.localcloud.services.processes import job_processes
from tests.waiting import wait_for

State = dataproc.JobStatus.State

pytestmark = pytest.mark.usefixtures("jars_folder")


def output_of(service, code, job_id: str) -> str:
    """The output of a job once it has ended well."""
    job = service.ended(job_id)
    assert job.status.state == State.DONE, job.status.details
    return code.read(f"{job.driver_output_resource_uri}.000000000")


def found_by(output: str) -> dict:
    """What the program `look` found."""
    return json.loads(next(line.removeprefix("found ") for line in output.splitlines() if line.startswith("found ")))


NOTHING = {"running": False, "module": False, "import": False, "variable": False, "views": 0, "conf": ""}


@pytest.fixture(scope="module")
def other_identity(local_cloud, code) -> str:
    """A second service account, which may read the same code."""
    email = Accounts(local_cloud).create(local_cloud.project, "other-job", {})["email"]
    for name, role in (("code", "objectViewer"), ("staging", "objectAdmin")):
        bucket = code.client.bucket(name)
        policy = bucket.get_iam_policy(requested_policy_version=3)
        policy.bindings.append({"role": f"roles/storage.{role}", "members": {f"serviceAccount:{email}"}})
        bucket.set_iam_policy(policy)
    return email


def test_the_next_cluster_gets_the_driver_but_nothing_of_the_last_ones_jobs(service, code, config, other_identity):
    service.create_cluster("before", config)
    service.submit("before", "leaves", python("leave", helpers="one"))
    left = output_of(service, code, "leaves")
    service.delete_cluster("before")

    service.create_cluster("same", config)
    service.submit("same", "looks", python("look"))
    seen = output_of(service, code, "looks")
    service.delete_cluster("same")
    service.create_cluster("other", {**config, "gce_cluster_config": {"service_account": other_identity}})
    service.submit("other", "looks-too", python("look"))
    seen_by_other = output_of(service, code, "looks-too")
    service.delete_cluster("other")

    assert process_of(seen) == process_of(left)
    assert found_by(seen) == {**NOTHING, "folder": "looks", "name": "looks"}
    assert process_of(seen_by_other) != process_of(left)
    assert found_by(seen_by_other) == {**NOTHING, "folder": "looks-too", "name": "looks-too"}


@pytest.mark.parametrize("program", ["context", "thread"])
def test_spark_of_a_job_ends_with_it_however_the_job_made_it(service, code, shared_cluster, program):
    service.submit(shared_cluster, f"makes-{program}", python(program))
    service.submit(shared_cluster, f"after-{program}", python("look"))

    output_of(service, code, f"makes-{program}")
    seen = output_of(service, code, f"after-{program}")

    assert found_by(seen) == {**NOTHING, "folder": f"after-{program}", "name": f"after-{program}"}


def test_a_killed_service_leaves_no_process_and_ends_its_jobs(service, config, code, start_service):
    service.create_cluster("survivor", config)
    service.submit("survivor", "lost", python("wait"))
    service.reached("lost", State.RUNNING)
    assert job_processes(service.cloud)

    service.process.kill()
    service.process.wait()

    wait_for(lambda: job_processes(service.cloud), lambda found: not found, "the end of the drivers")
    service.process = start_service(service.cloud, "dataproc")
    assert not list(service.cloud.folder("dataproc").glob("drivers/*"))
    job = service.job("lost")
    assert job.status.state == State.ERROR
    assert job.status.details.startswith("driver lost")
    assert "survivor" in service.cluster_names()
    service.delete_cluster("survivor")
    with pytest.raises(NotFound, match="clusters/survivor was not found"):
        service.submit("survivor", "homeless", python("wait"))
