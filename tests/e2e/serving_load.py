"""Clients of the deployed serving endpoint, as many do it: connections are kept, and what fails is tried once more."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

CLIENTS = 4
TIMEOUT_S = 30


@dataclass
class Load:
    """What the clients saw: good answers; requests that were answered when tried again; those that were not at all."""

    answered: int = 0
    again: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)


@contextmanager
def under_load(url: str, path: str) -> Iterator[Load]:
    """Ask for a path all the time, until the end of the block."""
    load, ended = Load(), threading.Event()
    threads = [threading.Thread(target=ask, args=(url, path, load, ended), daemon=True) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    try:
        yield load
    finally:
        ended.set()
        for thread in threads:
            thread.join(TIMEOUT_S)


def ask(url: str, path: str, load: Load, ended: threading.Event) -> None:
    address = urlsplit(url).netloc
    client = http.client.HTTPConnection(address, timeout=TIMEOUT_S)
    while not ended.is_set():
        problem = problem_of(client, path)
        if problem:
            client.close()
            second = problem_of(client, path)
            (load.failed if second else load.again).append(problem)
            if second:
                client.close()
        else:
            load.answered += 1
    client.close()


def problem_of(client: http.client.HTTPConnection, path: str) -> str:
    """Ask once; what is wrong with the answer, if anything is."""
    try:
        client.request("GET", path)
        answer = client.getresponse()
        answer.read()
    except (OSError, http.client.HTTPException) as error:
        return repr(error)
    return "" if answer.status == 200 else f"{answer.status} {answer.reason}"
