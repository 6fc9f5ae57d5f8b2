"""A replica without a bucket, for tests that end it: `/slow` answers when `/release` was asked.

python -m tests.pipelines.serving.replica PORT DRAIN_SECONDS
"""

from __future__ import annotations

import asyncio
import sys

import uvloop

from pipelines.serving.app import create_app
from pipelines.serving.main import serve
from tests.pipelines.serving.published import MemoryStore, serving


async def replica(port: int, drain_seconds: float) -> None:
    app = create_app(serving(MemoryStore()), poll_seconds=3600, in_flight=8)
    asked, release = asyncio.Event(), asyncio.Event()

    @app.get("/slow")
    async def slow() -> str:
        asked.set()
        await release.wait()
        return "done"

    @app.get("/asked")
    async def wait_until_asked() -> str:
        await asked.wait()
        return "slow was asked"

    @app.get("/release")
    async def let_go() -> str:
        release.set()
        return "released"

    await serve(app, "127.0.0.1", port, drain_seconds)


if __name__ == "__main__":
    uvloop.run(replica(int(sys.argv[1]), float(sys.argv[2])))
