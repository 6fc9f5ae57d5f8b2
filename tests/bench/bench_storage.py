"""How fast the object store is, measured with google-cloud-storage from this process; the service runs in its own.

    python tests/bench/bench_storage.py

Prints the best of three of each: MiB/s for one object of 64 MiB, calls a second for objects of 1 KiB one by one.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from google.cloud import storage
from google.oauth2 import service_account

from localcloud.settings import OWNER, LocalCloud
from tests.localcloud.services.processes import running
from tests.ports import free_port_base

LARGE_MIB = 64
SMALL_COUNT = 200
ROUNDS = 3


def best_rate(amount: float, work: Callable[[], object]) -> float:
    """The most of `amount` a second in ROUNDS goes."""
    rates = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        work()
        rates.append(amount / (time.perf_counter() - start))
    return max(rates)


def measure(bucket: storage.Bucket) -> dict[str, float]:
    large, small = os.urandom(LARGE_MIB << 20), os.urandom(1024)
    blob = bucket.blob("large")
    names = [f"small/{number}" for number in range(SMALL_COUNT)]
    return {
        "64 MiB up, MiB/s": best_rate(LARGE_MIB, lambda: blob.upload_from_string(large)),
        "64 MiB down, MiB/s": best_rate(LARGE_MIB, blob.download_as_bytes),
        "1 KiB put a second": best_rate(SMALL_COUNT, lambda: [bucket.blob(n).upload_from_string(small) for n in names]),
        "1 KiB get a second": best_rate(SMALL_COUNT, lambda: [bucket.blob(n).download_as_bytes() for n in names]),
    }


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        cloud = LocalCloud(home=Path(folder), port=free_port_base())
        with running(cloud, "iam"), running(cloud, "storage"):
            credentials = service_account.Credentials.from_service_account_file(
                cloud.credentials(OWNER), scopes=["https://www.googleapis.com/auth/cloud-platform"]
            )
            client = storage.Client(
                project="bench", credentials=credentials, client_options={"api_endpoint": cloud.url("storage")}
            )
            for name, value in measure(client.create_bucket("bench-bucket")).items():
                print(f"{name:<20} {value:>8.0f}")


if __name__ == "__main__":
    main()
