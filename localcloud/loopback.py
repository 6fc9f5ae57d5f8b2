"""Listening on addresses of this machine."""

from __future__ import annotations

import errno
import os
import socket

Address = tuple[str, int]


def listen(address: Address, backlog: int = 128) -> socket.socket:
    """A socket that listens; OSError if the address is none of this machine's, or is taken.

    A program that listens on every address has this one too: BSD and macOS would let a second one take it from it.
    """
    with socket.socket() as probe:
        probe.settimeout(1)
        probe.bind((address[0], 0))  # to connect to another machine's address would take its time
        if probe.connect_ex(address) == 0:
            raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))
    return socket.create_server(address, backlog=backlog)


def is_free(address: Address) -> bool:
    """Whether this machine has the address, and no program listens there."""
    try:
        listen(address).close()
    except OSError:
        return False
    return True
