"""Launches a job of a deployed stack and waits for its end.

    python -m pipelines.orchestration ingest --outputs FILE [--input gs://BUCKET/PREFIX]
    python -m pipelines.orchestration mine --outputs FILE

FILE holds the stack's outputs as JSON. Exit codes: 0 done, 1 not, 2 unfit arguments, 130 interrupted (and cancelled).
"""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from pipelines.arguments import OneLineParser
from pipelines.orchestration.clients import CALL_ERRORS, Clients
from pipelines.orchestration.ingest import launch_ingest
from pipelines.orchestration.outputs import NotDeployedError, Outputs
from pipelines.orchestration.runs import RUN_ID, TIMEOUT_S, State, new_run_id, one_line, wait
from pipelines.orchestration.workflow import launch_workflow

PROGRAM = "orchestration"
INTERRUPTED = 130


def parse_args(arguments: Sequence[str]) -> argparse.Namespace:
    """Read the arguments; unknown, missing or unfit ones exit with status 2 and one line."""
    parser = OneLineParser(PROGRAM, (__doc__ or "").splitlines()[0])
    jobs = parser.add_subparsers(dest="job", required=True)
    ingest = jobs.add_parser("ingest", help="drive logs that have landed become rows")
    ingest.add_argument("--input", help="prefix below which the logs lie, gs://...; all that have landed if not given")
    mine = jobs.add_parser("mine", help="rows become scenarios, and a snapshot to serve")
    for job in (ingest, mine):
        job.add_argument("--outputs", type=Path, required=True, help="the stack's outputs as JSON")
        job.add_argument("--run_id", type=run_id, help="name of this run; made up if not given")
        job.add_argument("--timeout_s", type=float, default=TIMEOUT_S, help="a run that takes longer is cancelled")
    return parser.parse_args(arguments)


def run_id(text: str) -> str:
    """A name that Dataflow and Dataproc take."""
    if not RUN_ID.fullmatch(text):
        raise argparse.ArgumentTypeError(f"{text!r} must be at most 40 small letters, digits and -")
    return text


def main(arguments: Sequence[str] | None = None) -> int:
    """Launch, wait, tell; what goes wrong is one line."""
    given = parse_args(sys.argv[1:] if arguments is None else arguments)
    progress = partial(print, flush=True)
    name = given.run_id or new_run_id()
    try:
        clients = Clients(Outputs.read(given.outputs))
        if given.job == "ingest":
            run = launch_ingest(clients, name, progress, given.input)
        else:
            run = launch_workflow(clients, name, progress)
        outcome = wait(run, progress, given.timeout_s)
    except CALL_ERRORS as error:
        print(f"{PROGRAM}: {one_line(error)}", file=sys.stderr)
        return 1
    except (NotDeployedError, OSError) as error:
        print(f"{PROGRAM}: {given.outputs}: {one_line(error)}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED
    if outcome.state is not State.DONE:
        print(f"{PROGRAM}: {outcome}", file=sys.stderr)
        return 1
    print(outcome)
    return 0


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # whoever stops this program stops its run too
    sys.exit(main())
