from __future__ import annotations

import asyncio

from pipelines.serving.http.messages import Request
from pipelines.serving.http.service import Service
from pipelines.serving.metrics import Statistics
from pipelines.serving.overload.gate import Gate
from pipelines.serving.overload.pool import Pool
from pipelines.serving.overload.quotas import Quotas


def service(quotas: Quotas) -> Service:
    loop, pool = asyncio.new_event_loop(), Pool(threads=1)
    loop.close()
    gate = Gate(loop)
    return Service(gate, quotas, Statistics(gate, pool))


def test_requests_are_looked_at_while_there_are_quotas_or_connections_are_closed() -> None:
    plain = service(Quotas({}))
    assert (plain.careful, service(Quotas({"a": 1})).careful) == (False, True)
    plain.close()
    assert (plain.careful, plain.closing) == (True, True)


def test_before_it_has_a_handler_it_is_not_ready() -> None:
    answer = service(Quotas({})).handler(Request(b"GET", b"/readyz", {}))
    assert getattr(answer, "status", None) == 503
