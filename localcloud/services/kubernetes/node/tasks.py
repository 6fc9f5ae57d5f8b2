"""Waiting for several things of which one may fail without the others."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Iterable

log = logging.getLogger(__name__)


async def finish_all(what: str, awaitables: Iterable[Awaitable[object]]) -> None:
    """Wait until every one has ended; what failed is logged as a failure of `what`."""
    for result in await asyncio.gather(*awaitables, return_exceptions=True):
        if isinstance(result, BaseException):
            log.error("%s failed", what, exc_info=result)
