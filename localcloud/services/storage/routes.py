"""Routes of the object store: Google's JSON API, and the XML API below the bare paths."""

from __future__ import annotations

from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response

from localcloud.services.common import GoogleError
from localcloud.services.dispatch import Route, application
from localcloud.services.identity import caller
from localcloud.services.storage import (
    bucket_api,
    buckets,
    downloads,
    form_uploads,
    object_api,
    offered,
    resumable,
    signed_urls,
    uploads,
    xml_api,
)
from localcloud.services.storage.batch import batch
from localcloud.services.storage.errors import respond
from localcloud.services.storage.http import (
    BATCH_PREFIX,
    DOWNLOAD_PREFIX,
    JSON_PREFIX,
    ROOTS,
    UPLOAD_PREFIX,
    RawPath,
    StorageCall,
    decoded,
    in_json_api,
)
from localcloud.services.storage.store import Store
from localcloud.settings import LocalCloud

JSON_BUCKETS = (JSON_PREFIX + "/b", JSON_PREFIX + "/b/")
BUCKET = JSON_PREFIX + "/b/{bucket}"
NOTIFICATIONS = BUCKET + "/notificationConfigs"
OBJECT = BUCKET + "/o/{object}"
UPLOAD = UPLOAD_PREFIX + "/b/{bucket}/o"
XML_BUCKET = ("/{bucket}", "/{bucket}/")
XML_OBJECT = "/{bucket}/{object=**}"


def admitted(request: Request, cloud: LocalCloud) -> str | None:
    """Who calls. Errors: 400 for what is not offered, 401 as in identity.caller, as in signed_urls.signer."""
    json = in_json_api(request)
    name = request.path_params.get("bucket")
    if name and offered.names_acls(request) and buckets.get(request.app.state.store, decoded(name)).uniform_access:
        raise GoogleError(400, offered.UNIFORM_ACCESS, "invalid")
    offered.check_request(request, json=json)
    return caller(request, cloud) or (None if json else signed_urls.signer(request, cloud))


def get_object(call: StorageCall) -> dict[str, Any] | Response:
    """Metadata, or with alt=media the bytes."""
    return downloads.download(call) if call.query.get("alt") == "media" else object_api.get(call)


async def unknown(call: StorageCall) -> None:
    """Below a prefix of the JSON API, but nothing of it: not to be taken for a bucket of the XML API."""
    request = call.request
    raise GoogleError(404, f"{request.method} {request.url.path} is no method of the JSON API here", "notFound")


# A destination takes the rest of the path: google-cloud-storage leaves its slashes unescaped.
ROUTES = [
    Route("GET", JSON_BUCKETS, bucket_api.list_of),
    Route("POST", JSON_BUCKETS, bucket_api.create),
    Route("GET", JSON_PREFIX + "/projects/{project}/serviceAccount", bucket_api.project_service_account),
    Route("GET", BUCKET, bucket_api.get),
    Route("PATCH", BUCKET, bucket_api.patch),
    Route("PUT", BUCKET, bucket_api.update),
    Route("DELETE", BUCKET, bucket_api.delete),
    Route("GET", BUCKET + "/iam", bucket_api.get_policy),
    Route("PUT", BUCKET + "/iam", bucket_api.set_policy),
    Route("GET", BUCKET + "/iam/testPermissions", bucket_api.test_permissions),
    Route("POST", BUCKET + "/lockRetentionPolicy", bucket_api.lock_retention),
    Route("GET", BUCKET + "/storageLayout", bucket_api.storage_layout),
    Route("GET", NOTIFICATIONS, bucket_api.list_notifications),
    Route("POST", NOTIFICATIONS, bucket_api.add_notification),
    Route("GET", NOTIFICATIONS + "/{notification}", bucket_api.get_notification),
    Route("DELETE", NOTIFICATIONS + "/{notification}", bucket_api.delete_notification),
    Route("GET", BUCKET + "/o", object_api.list_of),
    Route("GET", OBJECT, get_object),
    Route("PATCH", OBJECT, object_api.patch),
    Route("PUT", OBJECT, object_api.update),
    Route("DELETE", OBJECT, object_api.delete),
    Route("POST", OBJECT + "/compose", object_api.compose),
    Route("POST", OBJECT + "/restore", object_api.restore),
    Route("POST", OBJECT + "/copyTo/b/{to_bucket}/o/{to_object=**}", object_api.copy),
    Route("POST", OBJECT + "/rewriteTo/b/{to_bucket}/o/{to_object=**}", object_api.rewrite),
    Route("POST", OBJECT + "/moveTo/o/{to_object=**}", object_api.move),
    Route("GET", DOWNLOAD_PREFIX + "/b/{bucket}/o/{object}", downloads.download),
    Route("POST PUT", UPLOAD, uploads.upload, streams=True),
    Route("DELETE", UPLOAD, resumable.cancel, streams=True),
    Route("POST", BATCH_PREFIX, batch, streams=True),
    Route("GET POST PUT PATCH DELETE", JSON_PREFIX + "/b/{bucket}/{rest=**}", unknown, streams=True),
    Route("GET POST PUT PATCH DELETE", tuple(root + "{rest=**}" for root in ROOTS), unknown, streams=True),
    Route("GET", XML_BUCKET, xml_api.list_objects),
    Route("POST", XML_BUCKET, form_uploads.upload, streams=True),
    Route("GET", XML_OBJECT, xml_api.get_object),
    Route("PUT", XML_OBJECT, xml_api.put_object, streams=True),
    Route("POST", XML_OBJECT, xml_api.post_object, streams=True),
    Route("DELETE", XML_OBJECT, xml_api.delete_object),
]


def create_app(cloud: LocalCloud) -> Starlette:
    """The object store of a cloud, recovered from whatever way it ended before."""
    app = application(
        cloud, ROUTES, call=StorageCall, identify=admitted, respond=respond, middleware=[Middleware(RawPath)]
    )
    app.state.store = Store(cloud.folder("storage"))
    app.state.sessions = resumable.Sessions(app.state.store)
    return app
