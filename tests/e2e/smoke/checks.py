"""What has to be true after the jobs ran. Each check asserts on data and returns what it saw, in one line."""

from __future__ import annotations

import hashlib
import json
import time
from collections import Counter
from pathlib import PurePosixPath
from typing import Any

from pipelines.contracts import Contracts
from pipelines.snapshots.manifest import CURRENT
from tests.e2e.smoke import tables
from tests.e2e.smoke.clients import Clients
from tests.e2e.smoke.drive_logs import Logs
from tests.simulation import real_minute
from tests.simulation.generator.ground_truth import compare, from_rows

REPLICA_TIMEOUT_S = 120.0
POLL_S = 0.5


def ledger_balances(clients: Clients, logs: Logs, prefix: str) -> str:
    """received = written + quarantined + duplicates, per file and in total, to the record."""
    rows = tables.query(
        clients, "SELECT * FROM operations.ingest_ledger WHERE STARTS_WITH(file_uri, @prefix)", prefix=prefix
    )
    assert len(rows) == len(logs.files), f"the ledger has {len(rows)} files of {len(logs.files)}"
    for row in rows:
        accounted = row["written"] + row["quarantined"] + row["duplicates"]
        assert row["received"] == accounted, f"{row['file_uri']}: received {row['received']}, accounted {accounted}"
    total = Counter(
        {key: sum(row[key] for row in rows) for key in ("received", "written", "quarantined", "duplicates")}
    )
    assert total["written"] == logs.messages.total(), f"written {total['written']} of {logs.messages.total()} messages"
    assert total["duplicates"] == logs.duplicate_messages, f"duplicates {total['duplicates']}"
    return (
        f"{total['received']:,} received = {total['written']:,} written "
        f"+ {total['quarantined']:,} quarantined + {total['duplicates']:,} duplicates"
    )


def damaged_file_is_quarantined(clients: Clients, logs: Logs) -> str:
    """The broken-off file lies in quarantine, byte for byte, with its reason, and nothing of it is in a table."""
    data = logs.files[logs.damaged]
    digest, name = hashlib.sha256(data).hexdigest(), PurePosixPath(logs.damaged).name
    blob = clients.blob(f"{clients.outputs.ingest.arguments['quarantine']}/{digest}/{name}")
    assert blob.exists(), f"{name} is not in quarantine"
    blob.reload()
    assert blob.download_as_bytes() == data, f"{name} in quarantine is not what was landed"
    reason = (blob.metadata or {}).get("reason")
    assert reason, f"{name} is in quarantine without a reason"
    rows = tables.query(clients, "SELECT drive_id FROM drive_logs.drives WHERE source_sha256 = @digest", digest=digest)
    assert not rows, f"{name} left rows in the tables"
    return f"{name}: {reason}"


def duplicate_changed_nothing(clients: Clients, logs: Logs) -> str:
    """The log that came twice is one drive with one set of rows."""
    digest = hashlib.sha256(logs.files[logs.duplicate]).hexdigest()
    drives = tables.query(
        clients, "SELECT drive_id FROM drive_logs.drives WHERE source_sha256 = @digest", digest=digest
    )
    assert len(drives) == 1, f"{len(drives)} drives hold the content of {logs.duplicate}"
    return f"{PurePosixPath(logs.duplicate).name} counted, not written"


def sql_returns_every_message(clients: Clients, contracts: Contracts, logs: Logs) -> str:
    """SQL counts on every topic's table what the logs hold."""
    counted = tables.message_counts(clients, contracts, logs.drives)
    assert counted == dict(logs.messages), f"SQL counts {counted}, the logs hold {dict(logs.messages)}"
    return f"{sum(counted.values()):,} rows in {len(counted)} tables"


def scenarios_are_the_truth(clients: Clients, logs: Logs) -> tuple[str, Counter[str]]:
    """Mined scenarios equal the ground truth of the generated drives, and on the real minute what its arrays give."""
    truth = dict(logs.ground_truth)
    if logs.real_drive:
        truth[logs.real_drive] = real_minute.scenarios()
    mined = from_rows(tables.scenarios(clients, logs.drives))
    differences = compare(mined, truth)
    assert not differences, str(differences)
    kinds = Counter(scenario.kind for found in mined.values() for scenario in found)
    return f"{kinds.total()} scenarios, none missing, none too many", kinds


def replicas_return_the_table(clients: Clients, logs: Logs) -> str:
    """Every ready replica answers with the very rows that the table holds."""
    published = clients.blob(f"{clients.outputs.serving.snapshots}/{CURRENT}").download_as_bytes().decode().strip()
    expected = {drive: [] for drive in logs.drives}
    for row in tables.scenarios(clients, logs.drives):
        expected[row["drive_id"]].append(row["scenario_id"])
    pods = ready_pods(clients)
    assert pods, "no serving replica is ready"
    for pod in pods:
        wait_for_snapshot(clients, pod, published)
        for drive, scenarios in expected.items():
            answer = get(clients, pod, f"v1/drives/{drive}/scenarios")
            found = [row["scenario_id"] for row in answer["scenarios"]]
            assert found == scenarios, f"{pod} has {found} for {drive}, the table {scenarios}"
    return f"{len(pods)} replicas answer from snapshot {published}"


def ready_pods(clients: Clients) -> list[str]:
    serving = clients.outputs.serving
    pods = clients.kubernetes.list_namespaced_pod(serving.namespace, label_selector=serving.selector).items
    return [
        pod.metadata.name
        for pod in pods
        if pod.metadata.deletion_timestamp is None
        and any(c.type == "Ready" and c.status == "True" for c in pod.status.conditions or [])
    ]


def wait_for_snapshot(clients: Clients, pod: str, snapshot: str) -> None:
    """Replicas look for a new snapshot every few seconds."""
    deadline = time.monotonic() + REPLICA_TIMEOUT_S
    while (held := get(clients, pod, "v1/snapshot")["snapshot_id"]) != snapshot:
        assert time.monotonic() < deadline, f"{pod} still has snapshot {held}, not {snapshot}"
        time.sleep(POLL_S)


def get(clients: Clients, pod: str, path: str) -> Any:
    """GET through the API server's pod proxy, which reaches pods from outside their network on any cluster."""
    from kubernetes.client import ApiException

    serving = clients.outputs.serving
    port = serving.url.rpartition(":")[2]
    try:
        answer = clients.kubernetes.connect_get_namespaced_pod_proxy_with_path(
            f"{pod}:{port}", serving.namespace, path, _preload_content=False
        )
    except ApiException as error:
        raise AssertionError(f"{pod} answers {error.status} {error.reason} to /{path}") from None
    return json.loads(answer.data)
