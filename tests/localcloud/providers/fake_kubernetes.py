"""A small Kubernetes API server over TLS: it keeps objects, and Deployments become available after a few looks."""

from __future__ import annotations

import datetime
import ipaddress
import json
import ssl
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from localcloud.services.common import merged
from tests.waiting import PATIENCE_S

TOKEN = "cluster-token"


@dataclass
class FakeCluster:
    """Objects by path. `looks`: how often a Deployment is asked for until it is rolled out; -1: its rollout fails."""

    objects: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: list[tuple[str, str, Any]] = field(default_factory=list)
    looks: int = 2
    failing: dict[str, int] = field(default_factory=dict)
    """Methods that are answered with an error of this status; from 500 on what was asked for is done all the same."""
    port: int = 0
    authority: str = ""
    lock: threading.Condition = field(default_factory=threading.Condition)

    def wait_for(self, method: str, seconds: float = PATIENCE_S) -> None:
        """Return once there was a request with this method."""
        with self.lock:
            came = self.lock.wait_for(lambda: any(asked[0] == method for asked in self.asked), seconds)
        assert came, f"no {method} within {seconds} s"

    def answer(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        with self.lock:
            self.asked.append((method, path, body))
            self.lock.notify_all()
            status = self.failing.get(method, 0)
            if status >= 500:
                self._do(method, path, body)
            return (status, _status("Failed", "not now")) if status else self._do(method, path, body)

    def _do(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        if method == "POST":
            return self._create(path, body)
        if path.endswith("/pods") and method == "GET":
            state = {"waiting": {"reason": "CrashLoopBackOff", "message": "exit code 1"}}
            status = {"containerStatuses": [{"name": "main", "state": state}]}
            return 200, {"items": [{"metadata": {"name": "serving-1"}, "status": status}]}
        if path not in self.objects:
            return 404, _status("NotFound", f"{path} not found")
        if method == "DELETE":
            return 200, self.objects.pop(path)
        if method == "PATCH":
            self.objects[path] = merged(self.objects[path], body)
            self.objects[path]["metadata"]["generation"] += 1
        return 200, self._progress(self.objects[path])

    def _create(self, path: str, body: dict[str, Any]) -> tuple[int, Any]:
        metadata = body["metadata"]
        name = metadata.get("name") or f"{metadata['generateName']}{len(self.objects) + 1}"
        place = f"{path}/{name}"
        if place in self.objects:
            return 409, _status("AlreadyExists", f"{place} already exists")
        extra = {"uid": "u1", "generation": 1, "managedFields": [{"manager": "x"}]}
        self.objects[place] = {**body, "metadata": {**metadata, "name": name, **extra}}
        return 201, self.objects[place]

    def _progress(self, found: dict[str, Any]) -> dict[str, Any]:
        if found["kind"] == "Service" and found["spec"].get("type") == "LoadBalancer":
            found["status"] = {"loadBalancer": {"ingress": [{"ip": "127.30.0.9"}]}}
        if found["kind"] != "Deployment":
            return found
        if self.looks < 0:
            message = "ReplicaSet has timed out progressing"
            failed = {"type": "Progressing", "reason": "ProgressDeadlineExceeded", "message": message}
            found["status"] = {"conditions": [failed]}
            return found
        seen = found.setdefault("status", {}).get("seen", 0) + 1
        wanted = found["spec"].get("replicas", 1)
        counts = dict.fromkeys(("replicas", "updatedReplicas"), wanted)
        available = wanted if seen >= self.looks else 0
        generation = found["metadata"]["generation"]
        found["status"] = {"seen": seen, "observedGeneration": generation, **counts, "availableReplicas": available}
        return found


def _status(reason: str, message: str) -> dict[str, Any]:
    return {"kind": "Status", "reason": reason, "message": message}


def certificate(folder: Path) -> tuple[Path, str]:
    """A self-signed certificate of 127.0.0.1: the file with its key, and the certificate."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "fake cluster")])
    now = datetime.datetime.now(datetime.UTC)
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(minutes=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(address, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    public = built.public_bytes(serialization.Encoding.PEM).decode()
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    path = folder / "server.pem"
    path.write_text(secret + public)
    return path, public


def serve(cluster: FakeCluster, folder: Path) -> ThreadingHTTPServer:
    """Serve over TLS on any port; requests without the token are refused."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 1 << 16

        def _serve(self) -> None:
            data = self.rfile.read(int(self.headers.get("content-length") or 0))
            status, answer = 401, _status("Unauthorized", "Unauthorized")
            if self.headers.get("authorization") == f"Bearer {TOKEN}":
                body = json.loads(data) if data else None
                status, answer = cluster.answer(self.command, urlsplit(self.path).path, body)
            content = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PATCH = do_DELETE = _serve  # noqa: N815

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet."""

    path, cluster.authority = certificate(folder)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    cluster.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    return server
