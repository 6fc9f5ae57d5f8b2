"""A small Google: one HTTP server per service port, which keeps what it is given and remembers what it was asked."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from localcloud.registry import services
from localcloud.settings import LocalCloud

NOW = "2026-01-01T00:00:00.000Z"


@dataclass
class Asked:
    """One request."""

    method: str
    path: str
    query: dict[str, str]
    body: Any
    token: str


class RefusedError(Exception):
    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


@dataclass
class FakeGoogle:
    """Resources by path. `conflicts`: how many policy writes fail first, as if someone else had been quicker."""

    resources: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    conflicts: int = 0
    operation_error: str = ""
    refusing: set[str] = field(default_factory=set)
    """Paths to which POST is refused."""
    lock: threading.Lock = field(default_factory=threading.Lock)
    asked_again: threading.Condition = field(default_factory=threading.Condition)

    def answer(self, request: Asked) -> Any:
        with self.lock:
            if request.path == "/token":
                return {"access_token": "owner-token", "expires_in": 3600, "token_type": "Bearer"}
            if request.token != "Bearer owner-token":
                raise RefusedError(401, "no token")
            self.asked.append(request)
            with self.asked_again:
                self.asked_again.notify_all()
            if request.method == "POST" and request.path in self.refusing:
                raise RefusedError(403, f"{request.path} is not for you")
            for pattern, handler in ROUTES:
                match = re.fullmatch(pattern, f"{request.method} {request.path}")
                if match:
                    return handler(self, request, *map(unquote, match.groups()))
            return self._generic(request)

    def calls(self, method: str, part: str) -> list[Asked]:
        return [request for request in self.asked if request.method == method and part in request.path]

    def wait_for(self, method: str, part: str, times: int) -> None:
        """Return once there have been so many such calls."""
        with self.asked_again:
            arrived = self.asked_again.wait_for(lambda: len(self.calls(method, part)) >= times, timeout=300)
        assert arrived, f"{method} {part} was not called {times} times"

    def put_new(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        if path in self.resources:
            raise RefusedError(409, f"{path} already exists")
        self.resources[path] = body
        return body

    def need(self, path: str) -> dict[str, Any]:
        if path not in self.resources:
            raise RefusedError(404, f"{path} was not found")
        return self.resources[path]

    def _generic(self, request: Asked) -> Any:
        """GET, PUT, PATCH and DELETE of what a create made."""
        found = self.need(request.path)
        if request.method == "PATCH":
            changes = request.body.get("serviceAccount", request.body)
            found |= {key: value for key, value in changes.items() if value is not None}
        elif request.method == "PUT":
            found |= request.body
        elif request.method == "DELETE":
            del self.resources[request.path]
            return {}
        return found

    def create_bucket(self, request: Asked) -> Any:
        name = request.body["name"]
        extra = {"selfLink": f"https://storage/b/{name}", "timeCreated": NOW, "updated": NOW, "projectNumber": "7"}
        self.put_new(f"/storage/v1/b/{name}/iam", {"etag": "e0", "bindings": []})
        stored = {**request.body, **extra, "location": request.body["location"].upper()}
        return self.put_new(f"/storage/v1/b/{name}", stored)

    def delete_bucket(self, request: Asked, bucket: str) -> Any:
        if any(path.startswith(f"{request.path}/o/") for path in self.resources):
            raise RefusedError(409, "The bucket you tried to delete is not empty.")
        self.need(request.path)
        self.resources.pop(f"{request.path}/iam", None)
        del self.resources[request.path]
        return {}

    def list_objects(self, request: Asked, bucket: str) -> Any:
        return {"items": [body for path, body in self.resources.items() if path.startswith(f"{request.path}/")]}

    def upload(self, request: Asked, bucket: str) -> Any:
        head, metadata, content = request.body
        path = f"/storage/v1/b/{bucket}/o/{metadata['name']}"
        old = int(self.resources.get(path, {}).get("generation", 0))
        digest = base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode()
        self.resources[path] = {
            **metadata,
            "generation": str(old + 1),
            "md5Hash": digest,
            "crc32c": "AAAAAA==",
            "contentType": head,
            "size": str(len(content)),
            "mediaLink": f"https://storage/download/{bucket}/{metadata['name']}",
            "selfLink": f"https://storage/b/{bucket}/o/{metadata['name']}",
        }
        return self.resources[path]

    def put_policy(self, request: Asked, bucket: str) -> Any:
        found = self.need(request.path)
        if self.conflicts:
            self.conflicts -= 1
            raise RefusedError(412, "etag mismatch")
        assert request.body["etag"] == found["etag"]
        request.body["etag"] = f"e{int(found['etag'][1:]) + 1}"
        self.resources[request.path] = request.body
        return request.body

    def create_account(self, request: Asked, project: str) -> Any:
        email = f"{request.body['accountId']}@{project}.iam.gserviceaccount.com"
        name = f"projects/{project}/serviceAccounts/{email}"
        return self.put_new(
            f"/v1/{name}", {**request.body["serviceAccount"], "name": name, "email": email, "uniqueId": "9"}
        )

    def set_disabled(self, request: Asked, account: str, verb: str) -> Any:
        self.need(f"/v1/{account}")["disabled"] = verb == "disable"
        return {}

    def create_catalog(self, request: Asked, project: str) -> Any:
        name = f"projects/{project}/catalogs/{request.query['iceberg-catalog-id']}"
        extra = {"name": name, "create-time": NOW, "default-location": "gs://curated", "storage-regions": ["us"]}
        return self.put_new(f"/iceberg/v1/restcatalog/extensions/{name}", {**request.body, **extra})

    def create_namespace(self, request: Asked, parent: str) -> Any:
        return self.put_new(f"{request.path}/{request.body['namespace'][0]}", request.body)

    def change_namespace(self, request: Asked, path: str) -> Any:
        properties = self.need(path)["properties"]
        for key in request.body.get("removals", []):
            properties.pop(key, None)
        properties.update(request.body.get("updates", {}))
        return {}

    def create_table(self, request: Asked, parent: str) -> Any:
        schema = request.body["schema"]
        metadata = {
            "table-uuid": "11111111-2222-3333-4444-555555555555",
            "location": request.body.get("location", "gs://curated/made/up"),
            "schemas": [schema],
            "current-schema-id": schema["schema-id"],
            "last-column-id": max(item["id"] for item in schema["fields"]),
            "properties": request.body["properties"],
        }
        return self.put_new(f"{request.path}/{request.body['name']}", {"metadata": metadata})

    def commit_table(self, request: Asked, *_: str) -> Any:
        table = self.need(request.path)
        metadata = table["metadata"]
        for update in request.body["updates"]:
            if update["action"] == "add-schema":
                metadata["schemas"].append(update["schema"])
            if update["action"] == "set-current-schema":
                metadata["current-schema-id"] = metadata["schemas"][-1]["schema-id"]
            if update["action"] == "set-properties":
                metadata["properties"].update(update["updates"])
        return table

    def create_dataset(self, request: Asked, project: str) -> Any:
        path = f"/bigquery/v2/projects/{project}/datasets/{request.body['datasetReference']['datasetId']}"
        return self.put_new(path, {**request.body, "etag": "d1", "creationTime": "1700000000000", "selfLink": path})

    def create_bigquery_table(self, request: Asked, project: str, dataset: str) -> Any:
        path = f"{request.path}/{request.body['tableReference']['tableId']}"
        kind = "VIEW" if "view" in request.body else "TABLE"
        return self.put_new(path, {**request.body, "type": kind, "numRows": "0", "creationTime": "1700000000000"})

    def create_dataproc(self, request: Asked, parent: str, collection: str) -> Any:
        name = f"{parent}/{collection}/{request.body['id']}"
        return self.put_new(f"/v1/{name}", {**request.body, "name": name, "version": 1, "createTime": NOW})

    def put_template(self, request: Asked, name: str) -> Any:
        found = self.need(request.path)
        if request.body["version"] != found["version"]:
            raise RefusedError(400, "version mismatch")
        self.resources[request.path] = {**request.body, "version": found["version"] + 1}
        return self.resources[request.path]

    def create_cluster(self, request: Asked, folder: str) -> Any:
        cluster = request.body["cluster"]
        extra = {"endpoint": "127.30.0.1", "currentMasterVersion": "1.33.1", "labelFingerprint": "f0"}
        extra |= {"masterAuth": {"clusterCaCertificate": "Q0E="}, "selfLink": f"https://container/{cluster['name']}"}
        path = f"{request.path}/{cluster['name']}"
        self.put_new(path, {**cluster, **extra})
        self.resources[f"{path}/nodePools/default-pool"] = {"name": "default-pool"}
        return self.operation(folder)

    def create_pool(self, request: Asked, folder: str, cluster: str) -> Any:
        pool = request.body["nodePool"]
        self.put_new(f"{request.path}/{pool['name']}", {**pool, "version": "1.33.1"})
        return self.operation(folder)

    def cluster_verb(self, request: Asked, path: str, folder: str, verb: str) -> Any:
        self.need(path).update(request.body)
        return self.operation(folder)

    def put_container(self, request: Asked, folder: str, rest: str) -> Any:
        self.need(request.path).update(request.body)
        return self.operation(folder)

    def delete_container(self, request: Asked, folder: str, rest: str) -> Any:
        self.need(request.path)
        del self.resources[request.path]
        return self.operation(folder)

    def operation(self, folder: str) -> Any:
        """An operation that is done when asked about."""
        name = f"operation-{len(self.asked)}"
        error = {"error": {"message": self.operation_error}} if self.operation_error else {}
        self.resources[f"/v1/{folder}/operations/{name}"] = {"name": name, "status": "DONE", **error}
        return {"name": name, "status": "RUNNING", "detail": "starting"}


PLACE = r"(projects/[^/]+/locations/[^/]+)"
NAMESPACES = r"(/iceberg/v1/restcatalog/v1/projects/[^/]+/catalogs/[^/]+/namespaces)"
ROUTES: list[tuple[str, Any]] = [
    (r"POST /storage/v1/b", FakeGoogle.create_bucket),
    (r"DELETE /storage/v1/b/([^/]+)", FakeGoogle.delete_bucket),
    (r"GET /storage/v1/b/([^/]+)/o", FakeGoogle.list_objects),
    (r"POST /upload/storage/v1/b/([^/]+)/o", FakeGoogle.upload),
    (r"PUT /storage/v1/b/([^/]+)/iam", FakeGoogle.put_policy),
    (r"POST /v1/projects/([^/]+)/serviceAccounts", FakeGoogle.create_account),
    (r"POST /v1/(projects/[^/]+/serviceAccounts/[^/:]+):(disable|enable)", FakeGoogle.set_disabled),
    (r"POST /iceberg/v1/restcatalog/extensions/projects/([^/]+)/catalogs", FakeGoogle.create_catalog),
    (rf"POST {NAMESPACES}", FakeGoogle.create_namespace),
    (rf"POST ({NAMESPACES[1:-1]}/[^/]+)/properties", FakeGoogle.change_namespace),
    (rf"POST {NAMESPACES}/[^/]+/tables", FakeGoogle.create_table),
    (rf"POST {NAMESPACES}/[^/]+/tables/[^/]+", FakeGoogle.commit_table),
    (r"POST /bigquery/v2/projects/([^/]+)/datasets", FakeGoogle.create_dataset),
    (r"POST /bigquery/v2/projects/([^/]+)/datasets/([^/]+)/tables", FakeGoogle.create_bigquery_table),
    (r"POST /v1/(projects/[^/]+/regions/[^/]+)/(autoscalingPolicies|workflowTemplates)", FakeGoogle.create_dataproc),
    (r"PUT /v1/(projects/[^/]+/regions/[^/]+/workflowTemplates/[^/]+)", FakeGoogle.put_template),
    (rf"POST /v1/{PLACE}/clusters", FakeGoogle.create_cluster),
    (rf"POST /v1/{PLACE}/clusters/([^/]+)/nodePools", FakeGoogle.create_pool),
    (rf"POST (/v1/{PLACE}/clusters/[^:]+):(\w+)", FakeGoogle.cluster_verb),
    (rf"PUT /v1/{PLACE}/(clusters/.+)", FakeGoogle.put_container),
    (rf"DELETE /v1/{PLACE}/(clusters/.+)", FakeGoogle.delete_container),
]


class Handler(BaseHTTPRequestHandler):
    """HTTP to FakeGoogle.answer and back."""

    google: FakeGoogle
    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 16  # else head and body go out separately, and each answer waits 40 ms for an ACK

    def _serve(self) -> None:
        data = self.rfile.read(int(self.headers.get("content-length") or 0))
        address = urlsplit(self.path)
        body = _parse(self.headers.get("content-type", ""), data)
        token = self.headers.get("authorization", "")
        request = Asked(self.command, unquote(address.path), dict(parse_qsl(address.query)), body, token)
        try:
            status, answer = 200, self.google.answer(request)
        except RefusedError as error:
            status, answer = error.status, {"error": {"code": error.status, "message": error.message}}
        content = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""


def _parse(kind: str, data: bytes) -> Any:
    if kind.startswith("multipart/related"):
        boundary = kind.split("boundary=")[1].encode()
        _, metadata, media, _ = data.split(b"--" + boundary)
        head, _, content = (
            media.strip(b"\r\n").partition(b"\r\n\r\n") if b"\r\n\r\n" in media.strip(b"\r\n") else (media, b"", b"")
        )
        media_type = re.search(rb"Content-Type: ([^\r]+)", head)
        assert media_type
        return media_type[1].decode(), json.loads(metadata.split(b"\r\n\r\n")[1]), content
    if kind.startswith("application/x-www-form-urlencoded"):
        return dict(parse_qsl(data.decode()))
    return json.loads(data) if data else None


def serve(google: FakeGoogle, cloud: LocalCloud) -> list[ThreadingHTTPServer]:
    """A server on every service port of a cloud."""
    servers = []
    handler = type("BoundHandler", (Handler,), {"google": google})
    for service in services():
        server = ThreadingHTTPServer(("127.0.0.1", cloud.port_of(service)), handler)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        servers.append(server)
    return servers
