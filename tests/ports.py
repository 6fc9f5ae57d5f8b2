"""Ports for a local cloud of a test's own, so that tests can run side by side."""

from __future__ import annotations

import os
import socket
from contextlib import ExitStack

from localcloud.registry import port_count

PORTS = port_count()
FIRST, LAST = 12_000, 32_000  # below the ports that Linux gives to outgoing connections


def free_port_base(ports: int = PORTS) -> int:
    """First of so many consecutive free loopback ports, as many as a cloud has.

    Every process begins its search elsewhere: two that search at the same time find different ports.
    """
    span = LAST - FIRST
    for step in range(0, span, ports):
        first = FIRST + (os.getpid() * 997 + step) % span
        with ExitStack() as stack:
            try:
                for port in range(first, first + ports):
                    stack.enter_context(socket.socket()).bind(("127.0.0.1", port))
            except OSError:
                continue
            return first
    raise AssertionError(f"no {ports} consecutive free loopback ports between {FIRST} and {LAST}")
