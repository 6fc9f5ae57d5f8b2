"""The proof: drive logs in; tables, scenarios, SQL and serving out; every job twice. --outputs names the stack."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from urllib3.exceptions import HTTPError

from pipelines.contracts import Contracts, load_contracts
from pipelines.orchestration.clients import CALL_ERRORS
from pipelines.orchestration.outputs import NotDeployedError
from tests.e2e.smoke import checks, tables
from tests.e2e.smoke.clients import Clients
from tests.e2e.smoke.drive_logs import Logs, land, make_logs
from tests.e2e.smoke.jobs import run_ingest, run_side_by_side, run_workflow
from tests.e2e.smoke.outputs import Outputs, count_resources
from tests.e2e.smoke.proof import Proof, say
from tests.e2e.smoke.summary import show_summary
from tests.paths import DATASETS

INTERRUPTED = 130


def prove(clients: Clients, contracts: Contracts) -> Proof:
    """Land the logs, run every job, check everything, run every job again and see that nothing changed."""
    proof = Proof()
    logs = proof.step("make drive logs", lambda: make_logs(contracts))
    prefix = proof.step("land drive logs", lambda: land(clients, logs, say))
    proof.step("ingest", lambda: run_ingest(clients, prefix, say))
    proof.step("mining and publish", lambda: run_workflow(clients, say))
    proof.step("check", lambda: check_everything(proof, clients, contracts, logs, prefix))
    before = tables.fingerprint(clients, contracts, logs.drives, prefix)
    # The second runs read what the first ones wrote, so they can go side by side.
    proof.step("every job again", lambda: run_side_by_side(clients, prefix, say))
    proof.check("second run of every job", lambda: unchanged(before, clients, contracts, logs, prefix))
    return proof


def check_everything(proof: Proof, clients: Clients, contracts: Contracts, logs: Logs, prefix: str) -> None:
    proof.check("ledger balance", lambda: checks.ledger_balances(clients, logs, prefix))
    proof.check("damaged file", lambda: checks.damaged_file_is_quarantined(clients, logs))
    proof.check("duplicate", lambda: checks.duplicate_changed_nothing(clients, logs))
    proof.check("SQL", lambda: checks.sql_returns_every_message(clients, contracts, logs))
    seen, proof.kinds = checks.scenarios_are_the_truth(clients, logs)
    proof.check("mined scenarios", lambda: seen)
    proof.check("serving", lambda: checks.replicas_return_the_table(clients, logs))


def unchanged(before: dict[str, str], clients: Clients, contracts: Contracts, logs: Logs, prefix: str) -> str:
    after = tables.fingerprint(clients, contracts, logs.drives, prefix)
    changed = [table for table in before if before[table] != after[table]]
    assert not changed, f"these tables changed: {', '.join(changed)}"
    return f"{len(after)} tables as they were"


def main() -> int:
    """Prove one environment; what is not as it should be is one line and exit code 1."""
    parser = argparse.ArgumentParser(prog="smoke", description="Prove a deployed platform with drive logs.")
    parser.add_argument("--outputs", type=Path, required=True, help="the stack's outputs as JSON")
    parser.add_argument("--state", type=Path, required=True, help="the stack's exported state")
    given = parser.parse_args()
    try:
        outputs = Outputs.read(given.outputs)
        proof = prove(Clients(outputs), load_contracts(DATASETS))
    except NotDeployedError as error:
        print(f"smoke: {error}: run scripts/up", file=sys.stderr)
        return 1
    except (AssertionError, *CALL_ERRORS, HTTPError) as error:
        print(f"smoke: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("smoke: interrupted", file=sys.stderr)
        return INTERRUPTED
    show_summary(outputs, count_resources(given.state), proof)
    return 0


if __name__ == "__main__":
    sys.exit(main())
