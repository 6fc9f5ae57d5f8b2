"""Signed URLs: who calls is who signed the address, for as long as it says.

Sources: https://cloud.google.com/storage/docs/authentication/signatures and .../access-control/signed-urls-v2
"""

from __future__ import annotations

import base64
import hashlib
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import parse_qsl, quote, urlencode

from google.auth import crypt
from starlette.requests import Request

from localcloud.services.common import GoogleError, whole_number
from localcloud.services.iam.accounts import Accounts
from localcloud.settings import LocalCloud

ALGORITHM = "GOOG4-RSA-SHA256"
SCOPE = "auto/storage/goog4_request"
LONGEST_S = 7 * 24 * 3600
CLOCK_SKEW_S = 15 * 60
UNSIGNED_HEADERS = ("x-goog-encryption-key", "x-goog-encryption-key-sha256")
"""Those that version 2 leaves out though their names begin as those of the signed ones do."""
UNSIGNED_PARAMETERS = ("generation", "response-content-disposition", "response-content-type")
"""Those that version 2 leaves out beside its own."""
VERSION_2 = ("GoogleAccessId", "Expires", "Signature")


def malformed(message: str) -> GoogleError:
    return GoogleError(400, message, "invalid")


def expired(when: datetime) -> GoogleError:
    return GoogleError(400, f"The provided token has expired: it was good until {when.isoformat()}", "expiredToken")


def check_signature(cloud: LocalCloud, email: str, message: str, signature: bytes) -> None:
    """Errors: 403 unless a key of this service account made the signature."""
    record = Accounts(cloud).records.get(email)
    if record is None or record["account"].get("disabled"):
        raise GoogleError(403, f"Access denied: {email} is no service account that may sign here", "forbidden")
    verifiers = map(crypt.RSAVerifier.from_string, record["public_keys"].values())
    if not any(verifier.verify(message.encode(), signature) for verifier in verifiers):
        text = (
            "The request signature we calculated does not match the signature you provided. Check your Google secret "
            f"key and signing method. What was to be signed: {message!r}"
        )
        raise GoogleError(403, text, "signatureDoesNotMatch")


def read_credential(credential: str, date: str) -> tuple[str, str]:
    """(e-mail, scope) of an X-Goog-Credential. Errors: 400 if it has another form, or another day than the date."""
    email, _, scope = credential.partition("/")
    if scope.split("/", 1)[0] != date[:8] or scope.count("/") != SCOPE.count("/") + 1:
        raise malformed(f"Invalid X-Goog-Credential {credential!r}: it must be EMAIL/{date[:8]}/{SCOPE}")
    return email, scope


def check_algorithm(name: str) -> None:
    if name != ALGORITHM:
        raise malformed(f"X-Goog-Algorithm {name!r} is not offered by the local cloud: sign with {ALGORITHM}")


def read_date(text: str) -> datetime:
    """An X-Goog-Date. Errors: 400 if it is none, 403 for one to come."""
    try:
        date = datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError as error:
        raise malformed(f"Invalid X-Goog-Date {text!r}: it must be like 20260131T235959Z") from error
    if date.timestamp() > time.time() + CLOCK_SKEW_S:
        raise GoogleError(403, f"X-Goog-Date {text} is in the future", "requestTimeTooSkewed")
    return date


def signer(request: Request, cloud: LocalCloud) -> str | None:
    """E-mail of the service account that signed a request's address; None if nobody did.

    Errors: 400 for a signature that is malformed or has expired, 403 for one of something else.
    """
    query = request.query_params
    if "X-Goog-Signature" in query:
        return _signer_4(request, query, cloud)
    return _signer_2(request, query, cloud) if "Signature" in query else None


def _required(query: Mapping[str, str], *names: str) -> list[str]:
    missing = [name for name in names if not query.get(name)]
    if missing:
        raise malformed(f"The signed address lacks {', '.join(missing)}")
    return [query[name] for name in names]


def _signer_4(request: Request, query: Mapping[str, str], cloud: LocalCloud) -> str:
    names = ("Algorithm", "Credential", "Date", "Expires", "SignedHeaders", "Signature")
    algorithm, credential, date, lifetime, signed, signature = _required(query, *(f"X-Goog-{name}" for name in names))
    check_algorithm(algorithm)
    seconds = whole_number("X-Goog-Expires", lifetime) or 0
    if not 1 <= seconds <= LONGEST_S:
        raise malformed(f"X-Goog-Expires must be 1-{LONGEST_S} seconds, not {seconds}")
    end = read_date(date).timestamp() + seconds
    email, scope = read_credential(credential, date)
    digest = hashlib.sha256(_canonical_request(request, signed.split(";")).encode()).hexdigest()
    check_signature(cloud, email, "\n".join((algorithm, date, scope, digest)), _unpacked(signature))
    if end < time.time():
        raise expired(datetime.fromtimestamp(end, UTC))
    return email


def _unpacked(signature: str) -> bytes:
    try:
        return bytes.fromhex(signature)
    except ValueError as error:
        raise malformed("X-Goog-Signature must be hexadecimal") from error


def _canonical_request(request: Request, signed: list[str]) -> str:
    """Errors: 400 if a header is signed and was not sent, or the other way round where that matters."""
    unsigned = {name for name in request.headers if name.startswith("x-goog-")} - set(signed)
    if "host" not in signed or unsigned:
        raise _header(", ".join(sorted(unsigned)) or "host", "Header was in the request, but not in signedheaders.")
    lines = list[str]()
    for name in signed:
        if name not in request.headers:
            raise _header(name, "Header was included in signedheaders, but not in the request.")
        lines.append(f"{name}:{_value(request, name)}\n")
    pairs = [(name, value) for name, value in _pairs(request) if name != "X-Goog-Signature"]
    encoded = sorted(f"{quote(name, safe='~')}={quote(value, safe='~')}" for name, value in pairs)
    payload = request.headers.get("x-goog-content-sha256", "UNSIGNED-PAYLOAD")
    path = request.scope["path"]
    return "\n".join((request.method, path, "&".join(encoded), "".join(lines), ";".join(signed), payload))


def _header(name: str, problem: str) -> GoogleError:
    return GoogleError(400, f"Your request has a malformed header: {name}: {problem}", "malformedSecurityHeader")


def _value(request: Request, name: str) -> str:
    return ",".join(" ".join(value.split()) for value in request.headers.getlist(name))


def _pairs(request: Request) -> list[tuple[str, str]]:
    return parse_qsl(request.scope["query_string"].decode("ascii", "replace"), keep_blank_values=True)


def _signer_2(request: Request, query: Mapping[str, str], cloud: LocalCloud) -> str:
    email, expires, signature = _required(query, *VERSION_2)
    end = whole_number("Expires", expires) or 0
    headers = sorted(
        name for name in set(request.headers) if name.startswith("x-goog-") and name not in UNSIGNED_HEADERS
    )
    own = {*VERSION_2, *UNSIGNED_PARAMETERS}
    signed = sorted((name.lower(), value) for name, value in _pairs(request) if name not in own)
    resource = request.scope["path"] + (f"?{urlencode(signed)}" if signed else "")
    announced = (request.headers.get("content-md5", ""), request.headers.get("content-type", ""))
    extensions = (f"{name}:{_value(request, name)}" for name in headers)
    message = "\n".join((request.method, *announced, expires, *extensions, resource))
    check_signature(cloud, email, message, _decoded(signature))
    if end < time.time():
        raise expired(datetime.fromtimestamp(end, UTC))
    return email


def _decoded(signature: str) -> bytes:
    try:
        return base64.b64decode(signature, validate=True)
    except ValueError as error:
        raise malformed("Signature must be base64") from error
