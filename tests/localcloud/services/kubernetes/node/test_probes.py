"""Probes: what passes, within which time, and after how many tries in a row."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from localcloud.services.kubernetes.node.probes import ProbeError, check, watch
from tests.localcloud.services.kubernetes.in_process import ready_pod

POD = ready_pod("p", "127.0.0.1")


async def nothing(words: list[str], seconds: float) -> tuple[int, str]:
    raise AssertionError("no command is asked for")


async def http(status: str, probing: Callable[[int], Awaitable[None]]) -> bytes:
    """Probe a server that answers every request with a status; what it was asked."""
    asked = b""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        asked = await reader.readuntil(b"\r\n\r\n")
        writer.write(f"HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n".encode())
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        await probing(server.sockets[0].getsockname()[1])
    return asked


@pytest.mark.parametrize(
    ("status", "passes"), [("200 OK", True), ("302 Found", True), ("404 Not Found", False), ("503 Busy", False)]
)  # 200 to 399, as Kubernetes' documentation says
def test_http_probes_pass_from_200_to_399(status: str, passes: bool) -> None:
    async def probing(port: int) -> None:
        headers = [{"name": "X-Own", "value": "1"}]
        probe = {"httpGet": {"path": "/healthz", "port": port, "httpHeaders": headers}}
        if passes:
            await check(probe, POD, nothing)
        else:
            with pytest.raises(ProbeError, match=f"statuscode: {status[:3]}"):
                await check(probe, POD, nothing)

    asked = asyncio.run(http(status, probing))
    assert asked.startswith(b"GET /healthz HTTP/1.1\r\n")
    assert b"x-own: 1\r\n" in asked.lower()


@pytest.mark.parametrize(
    ("probe", "message"),
    [
        ({"tcpSocket": {"port": 1}}, "Connect call failed"),
        ({"httpGet": {"port": "metrics"}}, "no container port is named 'metrics'"),
        ({"httpGet": {"port": 1, "scheme": "HTTPS"}}, "HTTPS probes are not supported here"),
        ({"grpc": {"port": 1}}, "gRPC probes are not supported here"),
    ],
)
def test_probes_that_cannot_pass(probe: dict[str, Any], message: str) -> None:
    with pytest.raises(ProbeError, match=message):
        asyncio.run(check(probe, POD, nothing))


@pytest.mark.parametrize(("code", "message"), [(0, ""), (3, "command exited with 3: no good")])
def test_commands_pass_with_exit_code_0(code: int, message: str) -> None:
    async def execute(words: list[str], seconds: float) -> tuple[int, str]:
        assert (words, seconds) == (["test", "it"], 2.0)
        return code, "no good"

    probe = {"exec": {"command": ["test", "it"]}, "timeoutSeconds": 2}
    if message:
        with pytest.raises(ProbeError, match=message):
            asyncio.run(check(probe, POD, execute))
    else:
        asyncio.run(check(probe, POD, execute))


def test_a_probe_that_takes_too_long_fails() -> None:
    async def execute(words: list[str], seconds: float) -> tuple[int, str]:
        await asyncio.get_running_loop().create_future()
        return 0, ""

    with pytest.raises(ProbeError, match=r"no answer within 0\.01 s"):
        asyncio.run(check({"exec": {"command": []}, "timeoutSeconds": 0.01}, POD, execute))


def told(results: str, until_passed: bool = False, **thresholds: int) -> list[bool]:
    """What a watched probe tells of tries that pass (+) or not (-), in this order."""
    seen: list[bool] = []
    tries = iter(results)
    ended = asyncio.Event()

    async def execute(words: list[str], seconds: float) -> tuple[int, str]:
        outcome = next(tries, "")
        if not outcome:
            ended.set()
            await asyncio.get_running_loop().create_future()
        return int(outcome == "-"), ""

    async def scenario() -> None:
        probe = {"exec": {"command": []}, "periodSeconds": 0, "timeoutSeconds": 60, **thresholds}
        watching = asyncio.ensure_future(
            watch(probe, lambda: POD, execute, lambda passed, _: seen.append(passed), until_passed)
        )
        over = asyncio.ensure_future(ended.wait())
        await asyncio.wait({watching, over}, return_when=asyncio.FIRST_COMPLETED)
        for task in (watching, over):
            task.cancel()

    asyncio.run(scenario())
    return seen


def test_thresholds_count_tries_in_a_row() -> None:
    assert told("--+--", failureThreshold=3) == [True]
    assert told("---", failureThreshold=3) == [False]
    assert told("++-++", successThreshold=2, failureThreshold=1) == [True, False, True]


def test_a_startup_probe_ends_with_its_first_success() -> None:
    assert told("-+-", until_passed=True, failureThreshold=30) == [True]
