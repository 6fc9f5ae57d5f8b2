"""The gateway of a cloud: the proxy, and behind it a gRPC server with a certificate for Google's names."""

from __future__ import annotations

from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path

import grpc
import trustme

from localcloud.files import write_atomic
from localcloud.gateway.calls import Calls
from localcloud.gateway.proxy import GOOGLE, Proxy
from localcloud.settings import LocalCloud

WORKERS = 16
GRACE_S = 1.0


@asynccontextmanager
async def serve(cloud: LocalCloud) -> AsyncIterator[None]:
    """Serve for as long as the block runs. Errors: OSError if the port is taken."""
    server = grpc.server(ThreadPoolExecutor(WORKERS), handlers=[Calls(cloud)])
    port = server.add_secure_port("127.0.0.1:0", _certificate(cloud))
    server.start()
    try:
        async with await Proxy(port).serve(cloud.port_of("gateway")):
            yield
    finally:
        server.stop(GRACE_S)


def _certificate(cloud: LocalCloud) -> grpc.ServerCredentials:
    """A new one of a new authority, which is added to what gRPC's clients trust of themselves."""
    authority = trustme.CA(organization_name="localcloud")
    issued = authority.issue_cert(*(f"*{name}" for name in GOOGLE))
    known = (Path(grpc.__file__).parent / "_cython" / "_credentials" / "roots.pem").read_bytes()
    write_atomic(cloud.grpc_roots, known + b"\n" + authority.cert_pem.bytes())
    chain = b"".join(blob.bytes() for blob in issued.cert_chain_pems)
    return grpc.ssl_server_credentials([(issued.private_key_pem.bytes(), chain)])
