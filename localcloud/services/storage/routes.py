"""Routes of the object store: Google's JSON API, and the XML API below the bare paths."""

from __future__ import annotations

from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from localcloud.services.common import GoogleError, exception_handlers, healthz
from localcloud.services.storage import bucket_api, downloads, object_api, resumable, uploads, xml_api
from localcloud.services.storage.batch import batch
from localcloud.services.storage.errors import respond
from localcloud.services.storage.http import (
    BATCH_PREFIX,
    DOWNLOAD_PREFIX,
    JSON_PREFIX,
    PREFIXES,
    UPLOAD_PREFIX,
    RawPath,
    endpoint,
)
from localcloud.services.storage.store import Store
from localcloud.settings import LocalCloud

GET, POST, PUT, PATCH, DELETE = ["GET"], ["POST"], ["PUT"], ["PATCH"], ["DELETE"]
ALL = [*GET, *POST, *PUT, *PATCH, *DELETE]


async def get_object(request: Request) -> Response:
    """Metadata, or with alt=media the bytes."""
    media = request.query_params.get("alt") == "media"
    return await downloads.download(request) if media else await endpoint(object_api.get)(request)


async def unknown(request: Request) -> Response:
    """Below a prefix of the JSON API, but nothing of it: not to be taken for a bucket of the XML API."""
    raise GoogleError(404, f"{request.method} {request.url.path} is no method of the JSON API here", "notFound")


def json_routes() -> list[Route]:
    """The JSON API. A destination takes the rest of the path: google-cloud-storage leaves its slashes unescaped."""
    bucket = JSON_PREFIX + "/b/{bucket}"
    item = bucket + "/o/{object}"
    upload = UPLOAD_PREFIX + "/b/{bucket}/o"
    handlers: list[tuple[str, Any, list[str]]] = [
        (JSON_PREFIX + "/b", bucket_api.list_of, GET),
        (JSON_PREFIX + "/b", bucket_api.create, POST),
        (JSON_PREFIX + "/projects/{project}/serviceAccount", bucket_api.project_service_account, GET),
        (bucket, bucket_api.get, GET),
        (bucket, bucket_api.patch, PATCH),
        (bucket, bucket_api.update, PUT),
        (bucket, bucket_api.delete, DELETE),
        (bucket + "/iam", bucket_api.get_policy, GET),
        (bucket + "/iam", bucket_api.set_policy, PUT),
        (bucket + "/iam/testPermissions", bucket_api.test_permissions, GET),
        (bucket + "/lockRetentionPolicy", bucket_api.lock_retention, POST),
        (bucket + "/storageLayout", bucket_api.storage_layout, GET),
        (bucket + "/notificationConfigs", bucket_api.list_notifications, GET),
        (bucket + "/notificationConfigs", bucket_api.add_notification, POST),
        (bucket + "/notificationConfigs/{notification}", bucket_api.get_notification, GET),
        (bucket + "/notificationConfigs/{notification}", bucket_api.delete_notification, DELETE),
        (bucket + "/o", object_api.list_of, GET),
        (item, object_api.patch, PATCH),
        (item, object_api.update, PUT),
        (item, object_api.delete, DELETE),
        (item + "/compose", object_api.compose, POST),
        (item + "/copyTo/b/{to_bucket}/o/{to_object:path}", object_api.copy, POST),
        (item + "/rewriteTo/b/{to_bucket}/o/{to_object:path}", object_api.rewrite, POST),
        (item + "/moveTo/o/{to_object:path}", object_api.move, POST),
    ]
    return [
        *(Route(path, endpoint(handler), methods=methods) for path, handler, methods in handlers),
        Route(item, get_object, methods=GET),
        Route(DOWNLOAD_PREFIX + "/b/{bucket}/o/{object}", downloads.download, methods=GET),
        Route(upload, uploads.upload, methods=[*POST, *PUT]),
        Route(upload, resumable.cancel, methods=DELETE),
        Route(BATCH_PREFIX, batch, methods=POST),
        *(Route(prefix + "/{rest:path}", unknown, methods=ALL) for prefix in PREFIXES),
    ]


def create_app(cloud: LocalCloud) -> Starlette:
    """The object store of a cloud, recovered from whatever way it ended before."""
    app = Starlette(
        routes=[Route("/healthz", healthz), *json_routes(), *xml_api.routes()],
        middleware=[Middleware(RawPath)],
        exception_handlers=exception_handlers(respond),
    )
    app.router.redirect_slashes = False
    app.state.cloud = cloud
    app.state.store = Store(cloud.folder("storage"))
    app.state.sessions = resumable.Sessions(app.state.store)
    return app
