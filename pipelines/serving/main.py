"""Starts one replica: `python main.py --host ADDRESS --port PORT --snapshots gs://bucket/prefix --cache FOLDER`."""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import logging
import signal
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import uvloop
from prometheus_client import REGISTRY

from pipelines.arguments import OneLineParser
from pipelines.serving.http.server import Server
from pipelines.serving.http.service import Service
from pipelines.serving.local_files import LocalFiles
from pipelines.serving.metrics import Statistics
from pipelines.serving.overload.gate import Gate
from pipelines.serving.overload.pool import Pool
from pipelines.serving.overload.quotas import Quotas
from pipelines.serving.refresh import Refresher
from pipelines.serving.routes import make_handler
from pipelines.storage import CloudStorage, FolderStorage, open_store

SWITCH_SECONDS = 0.0005
"""For how long a thread may keep the interpreter from the event loop. Python's own value is ten times as long."""

GRACE_SECONDS = 10.0
"""For how long a replica that stops works on what it was asked."""


def parse_args(arguments: list[str] | None = None) -> argparse.Namespace:
    """The command line. Unknown, missing or unfit arguments exit with status 2 and one line."""
    parser = OneLineParser("serving", "Serve lookups from published snapshots.")
    parser.add_argument("--host", required=True, help="address to listen on; a pod's own")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--snapshots", required=True, help="gs://bucket/prefix that publish writes to")
    parser.add_argument("--cache", required=True, type=Path, help="folder for the databases of snapshots")
    parser.add_argument("--poll_seconds", type=float, default=2.0, help="time between looks for a new snapshot")
    parser.add_argument("--threads", type=int, default=2, help="threads for what takes longer than a lookup by key")
    help_text = 'requests a second by caller (X-Caller), JSON: {"perception": 500, "*": 50}; others have no limit'
    parser.add_argument("--quotas", type=quotas, default=Quotas({}), help=help_text)
    parser.add_argument("--drain_seconds", type=float, default=5.0, help="time from SIGTERM to the end, see Replica")
    return parser.parse_args(arguments)


def quotas(text: str) -> Quotas:
    """Quotas as the command line has them."""
    try:
        rates: dict[str, Any] = json.loads(text)
        return Quotas({caller: float(rate) for caller, rate in rates.items()})
    except (ValueError, TypeError, AttributeError, ZeroDivisionError):
        raise argparse.ArgumentTypeError(f"{text!r} is no JSON object of rates above 0") from None


def main() -> None:
    """Serve until SIGTERM or SIGINT. What stands in the way is one line and exit code 1."""
    options = parse_args()
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
    sys.setswitchinterval(SWITCH_SECONDS)
    try:
        store = open_store(options.snapshots)
    except ValueError:
        sys.exit(f"serving: --snapshots {options.snapshots!r} is not an address like gs://bucket/prefix")
    try:
        options.cache.mkdir(parents=True, exist_ok=True)
        uvloop.run(serve(options, store))
    except (OSError, UnusableIdentityError) as error:
        sys.exit(f"serving: {error}")


class UnusableIdentityError(Exception):
    """This process has no identity that it could ask the bucket with."""


async def serve(options: argparse.Namespace, store: CloudStorage | FolderStorage) -> None:
    """Run one replica as the command line says."""
    replica = Replica(asyncio.get_running_loop(), options.threads, options.quotas)
    files = LocalFiles(options.cache)
    refresher = Refresher(store, options.snapshots, files, on_swap=replica.service.given.clear)
    replica.service.handler = make_handler(refresher, replica.pool, lambda: replica.draining)

    async def refresh() -> None:
        # What the folder had is served already: to find the identity takes longer than all before it.
        await asyncio.to_thread(connect, store)
        await refresher.run(options.poll_seconds)

    await replica.run(options.host, options.port, options.drain_seconds, refresh)


def connect(store: CloudStorage | FolderStorage) -> None:
    """Find the identity to ask the bucket with. UnusableIdentityError if there is none."""
    from google.auth.exceptions import GoogleAuthError

    try:
        store.connect()
    except (ValueError, GoogleAuthError) as error:
        raise UnusableIdentityError(str(error)) from error


class Replica:
    """One process on one core that answers requests until SIGTERM or SIGINT.

    Kubernetes sends SIGTERM while its endpoints still route here. So the replica says that it is not ready, answers
    for `drain_seconds` more, each answer the last one of its connection, and stops then. A second SIGTERM, or SIGINT,
    stops it at once, with an answer for what was asked.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, threads: int, quotas: Quotas) -> None:
        gate, self.pool = Gate(loop), Pool(threads)
        statistics = Statistics(gate, self.pool)
        REGISTRY.register(statistics)
        self.service = Service(gate, quotas, statistics)
        self.draining = False

    async def run(
        self, host: str, port: int, drain_seconds: float, beside: Callable[[], Coroutine[Any, Any, None]]
    ) -> None:
        """Serve, and run `beside` it, whose error ends it. OSError if the address can't be had."""
        server = Server(self.service, host, port)
        loop = asyncio.get_running_loop()

        def drain() -> None:
            loop.call_later(0 if self.draining else drain_seconds, server.stop)
            self.draining = True
            self.service.close()

        loop.add_signal_handler(signal.SIGTERM, drain)
        loop.add_signal_handler(signal.SIGINT, server.stop)
        task = asyncio.ensure_future(beside())
        task.add_done_callback(lambda _: server.stop())
        gc.freeze()  # what is there now stays; so no collection looks at it again
        await server.serve(GRACE_SECONDS)
        self.pool.close()
        if task.done():
            task.result()
        task.cancel()


if __name__ == "__main__":
    main()
