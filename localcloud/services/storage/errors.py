"""Errors in the form of the API that a request belongs to: XML at the bare paths, JSON below the JSON API's prefixes.

Who asked for an object's bytes is answered with the message alone, and so is who sent too small a piece of them.
"""

from __future__ import annotations

from xml.etree import ElementTree

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from localcloud.services.common import GoogleError, google_response
from localcloud.services.storage import buckets
from localcloud.services.storage.content import WrongHashError
from localcloud.services.storage.http import in_json_api
from localcloud.services.storage.resumable import SmallPieceError
from localcloud.services.storage.xml_text import add, document

CODES = {
    400: "InvalidArgument",
    401: "AuthenticationRequired",
    403: "AccessDenied",
    404: "NoSuchKey",
    405: "MethodNotAllowed",
    409: "Conflict",
    412: "PreconditionFailed",
    413: "EntityTooLarge",
    416: "InvalidRange",
}
REASON_CODES = {
    "entityTooSmall": "EntityTooSmall",
    "expiredToken": "ExpiredToken",
    "invalidPolicyDocument": "InvalidPolicyDocument",
    "malformedSecurityHeader": "MalformedSecurityHeader",
    "requestTimeTooSkewed": "RequestTimeTooSkewed",
    "signatureDoesNotMatch": "SignatureDoesNotMatch",
}


def respond(request: Request, error: GoogleError) -> Response:
    if error.code == 304 or request.method == "HEAD":  # what has no body
        return Response(status_code=error.code)
    if in_json_api(request):
        media = request.method == "GET" and request.query_params.get("alt") == "media"
        plain = media or isinstance(error, SmallPieceError)
        return PlainTextResponse(error.message, error.code) if plain else google_response(request, error)
    root = ElementTree.Element("Error")
    # Google's client reads the details of every 400 to a part of an upload.
    add(root, Code=_xml_code(error), Message=error.message, Details=error.message)
    return document(root, error.code)


def _xml_code(error: GoogleError) -> str:
    if isinstance(error, WrongHashError):
        return error.xml_code
    if error.code == 404 and error.message == buckets.NOT_THERE:
        return "NoSuchBucket"
    return REASON_CODES.get(error.reason) or CODES.get(error.code, "InternalError")
