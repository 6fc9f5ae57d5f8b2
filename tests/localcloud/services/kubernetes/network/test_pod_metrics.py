"""Gauges of pods: which are asked, what is read of their pages, and what one that does not answer has."""

from __future__ import annotations

import asyncio
import logging
from contextlib import AsyncExitStack

import pytest

from localcloud.services.kubernetes.network import pod_metrics
from localcloud.services.kubernetes.network.pod_metrics import PodMetrics, gauges_in
from tests.localcloud.services.kubernetes.controllers.measured import autoscaling_metric
from tests.localcloud.services.kubernetes.in_process import InProcess, ready_pod

LOAD = "autoscaling.gke.io|web|load"
PAGE = "# TYPE serving_load gauge\nserving_load {}\n"


def answers(body: str, status: str = "200 OK") -> bytes:
    return f"HTTP/1.1 {status}\r\ncontent-length: {len(body)}\r\n\r\n{body}".encode()


def scraped(cluster: InProcess, *pages: bytes) -> dict[str, float] | None:
    """The load of pods p0, p1, ... that answer so; one with no page does not answer at all."""
    asked: list[bytes] = []

    async def scenario() -> dict[str, float] | None:
        metrics = PodMetrics(cluster.store)
        async with AsyncExitStack() as servers:
            for index, page in enumerate(pages):

                async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, page: bytes = page) -> None:
                    asked.append((await reader.readuntil(b"\r\n\r\n")).partition(b"\r\n")[0])
                    if page:
                        writer.write(page)
                        writer.close()
                    else:
                        await reader.read()
                        writer.close()

                server = await servers.enter_async_context(await asyncio.start_server(serve, "127.0.0.1", 0))
                port = server.sockets[0].getsockname()[1]
                name = f"p{index}"
                cluster.store.create("pods", ready_pod(name, "127.0.0.1", app="web", of=name))
                body = autoscaling_metric(name, ("load", "serving_load"), port=port)
                body["spec"]["metrics"][0]["pod"]["selector"]["matchLabels"]["of"] = name
                cluster.create("autoscalingmetrics.autoscaling.gke.io", body)
            await metrics.scrape()
        shown = [metrics.values("default", f"autoscaling.gke.io|p{index}|load") for index in range(len(pages))]
        return {uid: value for found in shown for uid, value in (found or {}).items()}

    found = asyncio.run(scenario())
    assert set(asked) == {b"GET /metrics HTTP/1.1"}
    return found


def test_pods_are_asked_for_the_gauges_that_an_object_names(in_process: InProcess) -> None:
    assert scraped(in_process, answers(PAGE.format(0.5)), answers(PAGE.format(5))) == {"uid-p0": 0.5, "uid-p1": 5.0}


@pytest.mark.parametrize(
    ("page", "why"),
    [
        (answers("busy", "503 Busy"), "it answers 503"),
        (b"nonsense\r\n\r\n", "illegal status line"),
        (answers('# TYPE a gauge\na{x="1", ="2"} 5\n'), "it is not in Prometheus' text format"),
        (answers("#" * 2000), "the page has more than 1000 bytes"),
        (b"", "no answer within 0.2 s"),
    ],
)
def test_a_pod_that_does_not_answer_well_has_no_value_and_keeps_nobody(
    in_process: InProcess, page: bytes, why: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(pod_metrics, "MOST_BYTES", 1000)
    monkeypatch.setattr(pod_metrics, "TIMEOUT_SECONDS", 0.2)
    with caplog.at_level(logging.INFO):
        assert scraped(in_process, answers(PAGE.format(2)), page) == {"uid-p0": 2.0}
    assert why in caplog.text


def test_only_pods_that_run_are_asked(in_process: InProcess) -> None:
    for name, status in (("pending", {"phase": "Pending"}), ("left", {"phase": "Succeeded"})):
        pod = ready_pod(name, "127.0.0.1", app="web")
        in_process.store.create("pods", {**pod, "status": {**pod["status"], **status}})
    in_process.create("autoscalingmetrics.autoscaling.gke.io", autoscaling_metric("web", ("load", "x"), port=1))
    metrics = PodMetrics(in_process.store)
    asyncio.run(metrics.scrape())
    assert metrics.values("default", LOAD) == {}
    assert metrics.values("kube-system", LOAD) is None


@pytest.mark.parametrize(
    ("text", "gauges"),
    [
        ("# TYPE a gauge\na 1\n# TYPE b gauge\nb 0.25\n", {"a": 1.0, "b": 0.25}),
        ('# TYPE a gauge\na{pod="x"} 1\n', {"a": 1.0}),
        ('# TYPE a gauge\na{k="x"} 1\na{k="y"} 2\n', {}),  # labels are passed over, so which it is nobody knows
        ("# TYPE a counter\na_total 1\nb 2\n", {}),
        ("# TYPE a gauge\na NaN\n# TYPE b gauge\nb +Inf\n", {}),
        ("", {}),
    ],
)
def test_only_gauges_with_one_finite_value_are_read(text: str, gauges: dict[str, float]) -> None:
    assert gauges_in(text) == gauges
