"""A replica without a bucket, for tests that end it: `/slow` answers when `/release` was asked.

python -m tests.pipelines.serving.replica PORT DRAIN_SECONDS
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable
from pathlib import Path
from tempfile import TemporaryDirectory

import uvloop

from pipelines.serving.http.messages import Answer, Request
from pipelines.serving.main import Replica
from pipelines.serving.overload.quotas import Quotas
from pipelines.serving.routes import make_handler
from tests.pipelines.serving.published import MemoryStore, serving


async def run(port: int, drain_seconds: float, folder: Path) -> None:
    replica = Replica(asyncio.get_running_loop(), threads=1, quotas=Quotas({}))
    handler = make_handler(serving(MemoryStore(), folder), replica.pool, lambda: replica.draining)
    asked, release = asyncio.Event(), asyncio.Event()

    async def after(event: asyncio.Event) -> Answer:
        await event.wait()
        return Answer(200, b"done")

    def handle(request: Request) -> Answer | Awaitable[Answer]:
        if request.target == b"/slow":
            asked.set()
            return after(release)
        if request.target == b"/asked":
            return after(asked)
        if request.target == b"/release":
            release.set()
        return handler(request)

    replica.service.handler = handle

    async def tell() -> None:
        print("listening", flush=True)
        await asyncio.Event().wait()

    await replica.run("127.0.0.1", port, drain_seconds, tell)


if __name__ == "__main__":
    with TemporaryDirectory() as cache:
        uvloop.run(run(int(sys.argv[1]), float(sys.argv[2]), Path(cache)))
