"""Starts one replica: `python main.py --host ADDRESS --port PORT --snapshots gs://bucket/prefix`."""

from __future__ import annotations

import argparse
import asyncio
import logging
import signal
import sys

import uvloop
from fastapi import FastAPI
from google.auth.exceptions import GoogleAuthError
from granian.constants import Interfaces
from granian.server.embed import Server

from pipelines.arguments import OneLineParser
from pipelines.serving.app import create_app
from pipelines.serving.refresh import Refresher
from pipelines.storage import open_store


def parse_args(arguments: list[str] | None = None) -> argparse.Namespace:
    """The command line. Unknown, missing or unfit arguments exit with status 2 and one line."""
    parser = OneLineParser("serving", "Serve lookups from published snapshots.")
    parser.add_argument("--host", required=True, help="address to listen on; a pod's own")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--snapshots", required=True, help="gs://bucket/prefix that publish writes to")
    parser.add_argument("--poll_seconds", type=float, default=2.0, help="time between looks for a new snapshot")
    parser.add_argument("--in_flight", type=int, default=256, help="requests in flight beyond which others get 503")
    parser.add_argument("--drain_seconds", type=float, default=5.0, help="time from SIGTERM to the end, see serve")
    return parser.parse_args(arguments)


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    options = parse_args()
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
    try:
        store = open_store(options.snapshots)
    except ValueError:
        sys.exit(f"serving: --snapshots {options.snapshots!r} is not an address like gs://bucket/prefix")
    try:
        store.connect()
    except (ValueError, GoogleAuthError) as error:
        sys.exit(f"serving: {error}")
    app = create_app(Refresher(store, options.snapshots), options.poll_seconds, options.in_flight)
    uvloop.run(serve(app, options.host, options.port, options.drain_seconds))


async def serve(app: FastAPI, host: str, port: int, drain_seconds: float) -> None:
    """Answer requests in this process until SIGTERM or SIGINT: one replica is one process on one core.

    Kubernetes sends SIGTERM while its endpoints still route here. So the replica says that it is not ready, answers
    for `drain_seconds` more, and stops then. A second SIGTERM, or SIGINT, stops it at once.
    """
    server = Server(app, address=host, port=port, interface=Interfaces.ASGI, backlog=1024, log_access=False)
    loop = asyncio.get_running_loop()

    def drain() -> None:
        loop.call_later(0 if app.state.draining else drain_seconds, server.stop)
        app.state.draining = True

    loop.add_signal_handler(signal.SIGTERM, drain)
    loop.add_signal_handler(signal.SIGINT, server.stop)
    await server.serve()


if __name__ == "__main__":
    main()
