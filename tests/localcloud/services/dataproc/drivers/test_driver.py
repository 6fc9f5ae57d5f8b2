"""What a job finds in its driver, and what it leaves there."""

from __future__ import annotations

import pytest

from tests.localcloud.services.dataproc.clients import Dataproc
from tests.localcloud.services.dataproc.conftest import NewCluster
from tests.localcloud.services.dataproc.programs import NOTHING, found_by, python


@pytest.mark.parametrize("program", ["context", "thread"])
def test_spark_of_a_job_ends_with_it_however_the_job_made_it(
    spark: Dataproc, new_cluster: NewCluster, program: str
) -> None:
    cluster = new_cluster()
    spark.submit(cluster, f"makes-{program}", python(program))
    spark.submit(cluster, f"after-{program}", python("look"))

    spark.output(f"makes-{program}")
    seen = spark.output(f"after-{program}")

    assert found_by(seen) == {**NOTHING, "folder": f"after-{program}", "name": f"after-{program}"}
