"""`python -m localcloud.services NAME`: serve one service of a local cloud until SIGTERM or SIGINT."""

from __future__ import annotations

import importlib
import sys

import uvicorn

from localcloud.errors import LocalCloudError
from localcloud.registry import PACKAGE, services
from localcloud.settings import LocalCloud

KEEP_ALIVE_S = 240
"""Longer than clients keep an idle connection: theirs is the end that closes it."""
GRACE_S = 3


def main(arguments: list[str]) -> int:
    """Exit code 1 with one line for what is no service, or no cloud."""
    try:
        if len(arguments) != 1 or arguments[0] not in services():
            raise LocalCloudError(f"name one service: {', '.join(services())}")
        cloud = LocalCloud.from_environment()
    except LocalCloudError as error:
        print(f"services: {error}", file=sys.stderr)
        return 1
    (name,) = arguments
    uvicorn.run(
        importlib.import_module(f"{PACKAGE}.{name}.routes").create_app(cloud),
        host="127.0.0.1",
        port=cloud.port_of(name),
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=GRACE_S,
        timeout_keep_alive=KEEP_ALIVE_S,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
