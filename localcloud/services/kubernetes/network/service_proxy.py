"""What kube-proxy and the load balancer do: TCP from a Service's addresses to its ready pods."""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
from collections import Counter
from typing import Any, cast

from localcloud import loopback
from localcloud.loopback import Address
from localcloud.services.kubernetes.api.addresses import service_addresses
from localcloud.services.kubernetes.api.store import Object, Store
from localcloud.services.kubernetes.network.backing_pods import backends

log = logging.getLogger(__name__)
CONNECT_SECONDS = 3.0
BACKLOG = 1024
HINTS = {
    errno.EACCES: " (ports below 1024 need root: choose one above)",
    errno.EADDRINUSE: " (end the program that has it, or choose another)",
}


class Upstream(asyncio.Protocol):
    """The connection to a pod."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's is no subclass of asyncio's

    def data_received(self, data: bytes) -> None:
        self.client.transport.write(data)

    def eof_received(self) -> bool:
        if self.client.transport.can_write_eof() and not self.client.transport.is_closing():
            self.client.transport.write_eof()
        return True

    def pause_writing(self) -> None:
        self.client.transport.pause_reading()

    def resume_writing(self) -> None:
        self.client.resume_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        self.client.upstream_lost(exc)


class Client(asyncio.Protocol):
    """A connection to a Service, joined to one to a pod."""

    transport: asyncio.Transport

    def __init__(self, listener: Listener) -> None:
        self.listener = listener
        self.upstream: Upstream | None = None
        self.backend: Address | None = None
        self._early: list[bytes] = []  # what came before there was a pod to send it to
        self._ended = False
        self.task: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's is no subclass of asyncio's
        self.listener.clients.add(self)
        self.task = asyncio.ensure_future(self._connect())

    async def _connect(self) -> None:
        """Join to the pod with the fewest connections; one that doesn't answer is passed over for the next."""
        loop = asyncio.get_running_loop()
        for address in self.listener.candidates():
            self.listener.connections[address] += 1
            try:
                connecting = loop.create_connection(lambda: Upstream(self), *address)
                _, upstream = await asyncio.wait_for(connecting, CONNECT_SECONDS)
            except OSError as error:
                self.listener.connections[address] -= 1
                log.info("%s:%s does not answer, trying the next pod: %s", *address, error)
                continue
            except asyncio.CancelledError:
                self.listener.connections[address] -= 1
                raise
            self.upstream, self.backend = upstream, address
            self._send_early()
            return
        self.transport.abort()

    def _send_early(self) -> None:
        for data in self._early:
            self.data_received(data)
        self._early.clear()
        if self._ended:
            self.eof_received()
        self.resume_reading()

    def data_received(self, data: bytes) -> None:
        if self.upstream and self.upstream.transport:
            self.upstream.transport.write(data)
        else:
            self._early.append(data)
            self.transport.pause_reading()  # not earlier: uvloop begins to read only after connection_made

    def eof_received(self) -> bool:
        self._ended = True
        transport = self.upstream.transport if self.upstream else None
        if transport and transport.can_write_eof() and not transport.is_closing():
            transport.write_eof()
        return True

    def pause_writing(self) -> None:
        if self.upstream and self.upstream.transport:
            self.upstream.transport.pause_reading()

    def resume_writing(self) -> None:
        if self.upstream and self.upstream.transport and not self.upstream.transport.is_closing():
            self.upstream.transport.resume_reading()

    def resume_reading(self) -> None:
        if not self.transport.is_closing():
            self.transport.resume_reading()

    def upstream_lost(self, error: Exception | None) -> None:
        if error is None:
            self.transport.close()
        else:
            self.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self.listener.clients.discard(self)
        if self.task:
            self.task.cancel()
        if self.backend:
            self.listener.connections[self.backend] -= 1
            self.backend = None
        if self.upstream and self.upstream.transport:
            self.upstream.transport.close()


class Listener:
    """One address and port of a Service."""

    def __init__(self, store: Store, service: tuple[str, str], port: int, connections: Counter[Address]) -> None:
        self.store, self.service, self.port, self.connections = store, service, port, connections
        self.clients: set[Client] = set()
        self.server: asyncio.Server | None = None
        self._turn = 0

    def open(self, address: Address) -> None:
        """Listen; OSError if the address can't be had."""
        self._opening = asyncio.ensure_future(self._serve(loopback.listen(address, BACKLOG)))

    async def _serve(self, listening: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        self.server = await loop.create_server(lambda: Client(self), sock=listening, backlog=BACKLOG)

    def candidates(self) -> list[Address]:
        """Ready pods, the one with the fewest connections first, equals in turn."""
        service = self.store.get("services", *self.service)
        ports = service["spec"].get("ports") or [] if service else []
        port = next((entry for entry in ports if (entry["port"], entry["protocol"]) == (self.port, "TCP")), None)
        if service is None or port is None:
            return []
        ready = backends(self.store, service, port)
        self._turn += 1
        start = self._turn % len(ready) if ready else 0
        return sorted(ready[start:] + ready[:start], key=lambda address: self.connections[address])

    def close(self) -> None:
        if self.server:
            self.server.close()
        self._opening.cancel()
        for client in list(self.clients):
            client.transport.abort()


class ServiceProxy:
    """All listeners of one cluster."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.connections: Counter[Address] = Counter()
        self._listeners: dict[tuple[str, str], dict[tuple[str, int, int], Listener]] = {}

    def listen(self, service: Object, host: str) -> list[str]:
        """Listen where a Service wants now, no longer where it did; what could not be had, and why."""
        name = (service["metadata"]["namespace"], service["metadata"]["name"])
        present = self._listeners.setdefault(name, {})
        wanted = set(_addresses(service, host))
        for key in set(present) - wanted:
            present.pop(key).close()
        problems: list[str] = []
        for key in sorted(wanted - set(present)):
            address, listen_port, port = key
            listener = Listener(self.store, name, port, self.connections)
            try:
                listener.open((address, listen_port))
                present[key] = listener
            except OSError as error:
                hint = HINTS.get(error.errno or 0, "")
                problems.append(f"can't listen on {address}:{listen_port}: {error.strerror}{hint}")
        return problems

    def remove(self, name: tuple[str, str]) -> None:
        for listener in self._listeners.pop(name, {}).values():
            listener.close()

    def close(self) -> None:
        for name in list(self._listeners):
            self.remove(name)


def _addresses(service: Object, host: str) -> list[tuple[str, int, int]]:
    """Address, port to listen on, the Service's port it stands for."""
    found: list[tuple[str, int, int]] = []
    ports: list[dict[str, Any]] = service["spec"].get("ports") or []
    for port in ports:
        if port["protocol"] != "TCP":
            continue
        found += [(address, port["port"], port["port"]) for address in service_addresses(service)]
        if port.get("nodePort"):
            found.append((host, port["nodePort"], port["port"]))
    return found
