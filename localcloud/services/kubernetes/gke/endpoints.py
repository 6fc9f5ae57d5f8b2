"""Where a cluster is: the address of its API server, and with it those of its pods and Services."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

from localcloud import loopback
from localcloud.loopback import Address

API_PORT = 6443
NETWORKS = range(10, 251)
MOST_CLUSTERS = 250
ONE_ADDRESS = "127.0.0.1"
"""What every machine has. On Linux all of 127.0.0.0/8 is its own; on macOS nothing else is."""


def free_endpoint(
    first: int, taken: Collection[Address], is_free: Callable[[Address], bool] = loopback.is_free
) -> Address | None:
    """A new cluster's endpoint, chosen by what can be listened on; None if nothing can.

    127.N.C.1 where that can be had, in a network 127.N.C.0/24 of its own: the cloud's `first` port says where the
    search for N begins, and C is one that no cluster of the same cloud has `taken`. Else ONE_ADDRESS with a free port.
    """
    return next((at for at in _candidates(first, taken) if at not in taken and is_free(at)), None)


def _candidates(first: int, taken: Collection[Address]) -> Iterator[Address]:
    for step in range(len(NETWORKS)):
        network = NETWORKS[(first + step) % len(NETWORKS)]
        hosts = (f"127.{network}.{number}.1" for number in range(1, MOST_CLUSTERS + 1))
        yield next((host, API_PORT) for host in hosts if (host, API_PORT) not in taken)
    for step in range(MOST_CLUSTERS):
        yield ONE_ADDRESS, API_PORT + step
