"""Gauges of pods, read from the pods themselves as GKE's metrics agent does for what AutoscalingMetric objects name.

As on GKE the pod answers in Prometheus' text format and labels are passed over, so that of one gauge a pod may have one
value only. How often GKE reads is written nowhere; the autoscaler looks every 15 s at best there
(`--horizontal-pod-autoscaler-sync-period`), every 5 s here, and pods are read as often as it looks.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

import h11
from prometheus_client.parser import text_string_to_metric_families

from localcloud.loopback import Address
from localcloud.services.kubernetes.api.conditions import is_active
from localcloud.services.kubernetes.api.selectors import labels_match
from localcloud.services.kubernetes.api.store import Object, Store
from localcloud.services.kubernetes.network import http_client
from localcloud.services.kubernetes.network.backing_pods import port_number

log = logging.getLogger(__name__)
SCRAPE_SECONDS = 5.0
TIMEOUT_SECONDS = 2.0
MOST_BYTES = 1 << 20  # of a pod's page
AUTOSCALING_METRICS = "autoscalingmetrics.autoscaling.gke.io"


class Page(NamedTuple):
    """Where a pod shows its metrics."""

    address: Address
    path: str


class Gauge(NamedTuple):
    """A gauge that an AutoscalingMetric names: its name for autoscalers, its pods, where they show it, and as what."""

    namespace: str
    name: str
    selector: Object
    port: int
    path: str
    exported: str


class PodMetrics:
    """The values that the pods of one cluster had when they were read last."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._values: dict[tuple[str, str], dict[str, float]] = {}

    async def run(self) -> None:
        """Read until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            began = loop.time()
            await self.scrape()
            await asyncio.sleep(began + SCRAPE_SECONDS - loop.time())

    def values(self, namespace: str, name: str) -> dict[str, float] | None:
        """A metric's values by pod uid; None if no AutoscalingMetric names it. A pod that did not answer has none."""
        declared = any((gauge.namespace, gauge.name) == (namespace, name) for gauge in self._gauges())
        return self._values.get((namespace, name), {}) if declared else None

    def _gauges(self) -> list[Gauge]:
        return [gauge for obj in self.store.list(AUTOSCALING_METRICS) for gauge in declared_gauges(obj)]

    async def scrape(self) -> None:
        """Read every page once, all beside each other."""
        wanted: dict[Page, list[tuple[Gauge, str]]] = defaultdict(list)
        for gauge in self._gauges():
            for pod in self._pods(gauge):
                port = port_number(pod, gauge.port)
                if port is not None:
                    page = Page((pod["status"]["podIP"], port), gauge.path)
                    wanted[page].append((gauge, pod["metadata"]["uid"]))
        values: dict[tuple[str, str], dict[str, float]] = defaultdict(dict)
        for asked, shown in zip(wanted.values(), await asyncio.gather(*map(read, wanted)), strict=True):
            for gauge, pod in asked:
                if gauge.exported in shown:
                    values[(gauge.namespace, gauge.name)][pod] = shown[gauge.exported]
        self._values = values

    def _pods(self, gauge: Gauge) -> list[Object]:
        """Those that run and have the gauge."""
        return [
            pod
            for pod in self.store.list("pods", gauge.namespace)
            if labels_match(gauge.selector, pod["metadata"].get("labels") or {})
            and (pod["status"].get("phase"), is_active(pod)) == ("Running", True)
            and pod["status"].get("podIP")
        ]


def declared_gauges(obj: Object) -> Iterator[Gauge]:
    """The gauges of an AutoscalingMetric."""
    namespace, name = obj["metadata"]["namespace"], obj["metadata"]["name"]
    for pod in (metric["pod"] for metric in obj["spec"]["metrics"]):
        for container in pod["containers"]:
            endpoint = container["endpoint"]
            for gauge in (metric["gauge"] for metric in container["metrics"]):
                yield Gauge(
                    namespace=namespace,
                    name=f"autoscaling.gke.io|{name}|{gauge['name']}",
                    selector=pod["selector"],
                    port=endpoint["port"],
                    path=endpoint.get("path", "/metrics"),
                    exported=gauge.get("prometheusMetricName", gauge["name"]),
                )


async def read(page: Page) -> dict[str, float]:
    """The gauges on a page; none if it can't be read in time, which is logged."""
    try:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            return gauges_in((await _text(page)).decode())
    except TimeoutError:
        why = f"no answer within {TIMEOUT_SECONDS:g} s"
    except (OSError, ValueError, h11.ProtocolError) as error:
        why = str(error)
    log.info("no metrics from %s:%s%s: %s", *page.address, page.path, why)
    return {}


async def _text(page: Page) -> bytes:
    answer = await http_client.request(page.address, "GET", page.path)
    if answer.status != 200:
        answer.close()
        raise ValueError(f"it answers {answer.status}")
    text = b""
    async for chunk in answer.chunks():
        text += chunk
        if len(text) > MOST_BYTES:
            answer.close()
            raise ValueError(f"the page has more than {MOST_BYTES} bytes")
    return text


def gauges_in(text: str) -> dict[str, float]:
    """The gauges of Prometheus' text format that have one value, a finite one. ValueError if it is none such."""
    try:
        families = list(text_string_to_metric_families(text))
    except (IndexError, ValueError) as error:  # the first for a line that ends too early
        raise ValueError("it is not in Prometheus' text format") from error
    single = [family for family in families if family.type == "gauge" and len(family.samples) == 1]
    values = {family.name: family.samples[0].value for family in single}
    return {name: value for name, value in values.items() if math.isfinite(value)}
