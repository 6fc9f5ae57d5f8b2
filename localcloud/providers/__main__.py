"""`python -m localcloud.providers`: serve both providers until SIGTERM or SIGINT."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import grpc
from pulumi.runtime.proto import provider_pb2_grpc

from localcloud import loopback
from localcloud.errors import LocalCloudError
from localcloud.providers.gcp.package import GcpPackage
from localcloud.providers.kubernetes.package import KubernetesPackage
from localcloud.providers.package import Package
from localcloud.providers.server import ProviderServicer
from localcloud.proxies import direct_environment
from localcloud.settings import LocalCloud

WORKERS = 64
"""Calls at once: many wait for a Deployment or a cluster the whole time."""
MESSAGE_BYTES = 400 * 1024 * 1024
"""Pulumi's own limit of a message."""
GRACE_S = 3.0


def serve(package: Package, port: int) -> grpc.Server:
    """Start a provider on a loopback port (0: any). Errors: OSError if the port is taken."""
    options = [
        ("grpc.max_receive_message_length", MESSAGE_BYTES),
        ("grpc.max_send_message_length", MESSAGE_BYTES),
        ("grpc.so_reuseport", 0),
    ]
    server = grpc.server(ThreadPoolExecutor(WORKERS), options=options)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(ProviderServicer(package), server)
    loopback.listen(("127.0.0.1", port)).close()  # of a taken port gRPC would also print a message of its own
    server.add_insecure_port(f"127.0.0.1:{port}")
    server.start()
    return server


def main() -> int:
    """Serve until told to stop; exit code 1 with one line if a port is taken or none."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    os.environ.update(direct_environment())
    try:
        cloud = LocalCloud.from_environment()
    except LocalCloudError as error:
        print(f"providers: {error}", file=sys.stderr)
        return 1
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    servers = []
    for package in (GcpPackage(cloud), KubernetesPackage(cloud)):
        port = cloud.port_of(f"{package.name}_provider")
        try:
            servers.append(serve(package, port))
        except OSError:
            print(f"{package.name} provider: port {port} is taken; set LOCALCLOUD_PORT to another", file=sys.stderr)
            return 1
    stop.wait()
    for stopped in [server.stop(GRACE_S) for server in servers]:
        stopped.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
