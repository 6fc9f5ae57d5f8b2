"""`python -m localcloud.gateway`: serve the gateway until SIGTERM or SIGINT."""

from __future__ import annotations

import asyncio
import signal
import sys

from localcloud.errors import LocalCloudError
from localcloud.gateway.server import serve
from localcloud.settings import LocalCloud


async def until_stopped(cloud: LocalCloud) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with serve(cloud):
        await stopped.wait()


def main() -> int:
    """Exit code 1 with one line if there is no such cloud or its port is taken."""
    try:
        asyncio.run(until_stopped(LocalCloud.from_environment()))
    except (LocalCloudError, OSError) as error:
        print(f"gateway: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
