"""The ingest job's program: what the Flex Template launches (`python main.py --input=gs://... ...`)."""

from __future__ import annotations

import functools
import json
import sys
from typing import TYPE_CHECKING

from pipelines.contracts.checks import one_line
from pipelines.contracts.model import Contracts
from pipelines.ingest.arguments import Arguments, parse_args
from pipelines.ingest.model import IngestError
from pipelines.storage import MissingObjectError, open_store

if TYPE_CHECKING:
    from apache_beam.runners.runner import PipelineResult
    from pyiceberg.catalog import Catalog

    from pipelines.ingest.steps import Job


def open_catalog(uri: str, warehouse: str, properties: dict[str, str]) -> Catalog:
    """The Iceberg REST catalogue; more properties (such as `auth`) override."""
    from pyiceberg.catalog import load_catalog

    return load_catalog("lake", **{"type": "rest", "uri": uri, "warehouse": warehouse, **properties})


def make_job(arguments: Arguments) -> Job:
    """The job of these arguments. IngestError if its contracts can't be read."""
    from google.api_core.exceptions import GoogleAPIError
    from google.auth.exceptions import GoogleAuthError

    from pipelines.ingest.steps import Job

    try:
        store = open_store(arguments.input)
        contracts = Contracts.from_json(open_store(arguments.contracts).read(arguments.contracts))
    except MissingObjectError as error:
        raise IngestError(f"--contracts {error}: it is not there; deploy the stack, which writes it") from error
    except (ValueError, OSError, GoogleAPIError, GoogleAuthError) as error:
        raise IngestError(f"--contracts {arguments.contracts}: {one_line(str(error))}") from error
    connect = functools.partial(open_catalog, arguments.catalog_uri, arguments.warehouse, arguments.catalog_properties)
    return Job(arguments.input, arguments.quarantine, arguments.run_id, contracts, connect, store)


def run(job: Job, beam_arguments: tuple[str, ...]) -> dict[str, int]:
    """Run the job to its end; returns its counters (none if it is only written down as a template).

    IngestError if the lake is not as the contracts say.
    """
    import apache_beam as beam
    from apache_beam.options.pipeline_options import PipelineOptions

    from pipelines.ingest.decode import QUARANTINE
    from pipelines.ingest.drives import DRIVES
    from pipelines.ingest.iceberg_tables import IcebergTables
    from pipelines.ingest.ledger import LEDGER
    from pipelines.ingest.pipeline import build

    check_input(job)
    named = [job.contracts.table(name) for name in (DRIVES, LEDGER, QUARANTINE)]
    IcebergTables(job.open_catalog, job.contracts).check([*job.contracts.topics.values(), *named])
    pipeline = beam.Pipeline(options=PipelineOptions(list(beam_arguments)))
    build(pipeline, job)
    return finish(pipeline.run())


def check_input(job: Job) -> None:
    """IngestError if nothing is below the input's prefix: rather a mistake than a day without drives."""
    from google.api_core.exceptions import GoogleAPIError
    from google.auth.exceptions import GoogleAuthError

    try:
        if next(iter(job.store.list(job.input)), None) is not None:
            return
    except (OSError, GoogleAPIError, GoogleAuthError) as error:
        raise IngestError(f"--input {job.input}: {one_line(str(error))}") from error
    raise IngestError(f"--input {job.input}: nothing is there; give the prefix of logs that have landed")


def finish(result: PipelineResult) -> dict[str, int]:
    """Wait for a job's end; returns its counters.

    Google's launcher of a Flex Template passes --template_location, with which Beam writes the job down for the
    launcher to start: its result has no job to wait for, and no counters.
    """
    from apache_beam.metrics.metric import MetricsFilter

    from pipelines.ingest.steps import NAMESPACE

    # Only Dataflow's result says whether it has one.
    if not getattr(result, "has_job", True):
        return {}
    result.wait_until_finish()
    counters = result.metrics().query(MetricsFilter().with_namespace(NAMESPACE))["counters"]
    return {counter.key.metric.name: counter.committed or 0 for counter in counters}


def main(arguments: list[str]) -> int:
    """The command line: the counters as one line of JSON, or one line that says what is wrong and status 1."""
    try:
        parsed = parse_args(arguments)
        counters = run(make_job(parsed), parsed.beam)
    except IngestError as error:
        print(f"ingest: {error}", file=sys.stderr)
        return 1
    print(json.dumps({"run_id": parsed.run_id, "counters": dict(sorted(counters.items()))}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
