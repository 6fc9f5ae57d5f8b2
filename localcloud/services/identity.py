"""Who is calling: the service account behind a request's bearer token."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass

from starlette.requests import Request

from localcloud.services.common import GoogleError
from localcloud.services.iam.accounts import Accounts
from localcloud.services.iam.tokens import PREFIX, read_access_token, read_signed_by_account
from localcloud.settings import LocalCloud

CACHE_SIZE = 4096


@dataclass(frozen=True)
class _Verified:
    email: str
    expires: float
    account_version: int


_cache: dict[tuple[LocalCloud, str], _Verified] = {}
_cache_lock = threading.Lock()


def caller(request: Request, cloud: LocalCloud) -> str | None:
    """E-mail of the service account that sent a request, or None if it carries no bearer token.

    Takes access tokens issued by the IAM service's /token and RS256 JWTs signed with an account's own key.
    Errors: GoogleError 401 for a token that is forged, expired, or of an account that is deleted or disabled.
    """
    token = bearer_token(request.headers)
    if token is None:
        return None
    known = _cache.get((cloud, token))
    if known is not None and known.expires > time.time() and known.account_version == _version(cloud, known.email):
        return known.email
    verified = _verify(cloud, token)
    with _cache_lock:
        if len(_cache) >= CACHE_SIZE:
            _cache.clear()
        _cache[cloud, token] = verified
    return verified.email


def bearer_token(headers: Mapping[str, str]) -> str | None:
    """The token in a request's headers, not verified."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token if scheme.lower() == "bearer" else None


def _version(cloud: LocalCloud, email: str) -> int | None:
    """Changes whenever an account's record does; None if there is no such account."""
    try:
        return Accounts.record_path(cloud, email).stat().st_mtime_ns
    except FileNotFoundError:
        return None


def _verify(cloud: LocalCloud, token: str) -> _Verified:
    accounts = Accounts(cloud)
    try:
        issued_here = token.startswith(PREFIX)
        claims = read_access_token(cloud, token) if issued_here else read_signed_by_account(accounts, token)
        email = claims["email"]
        version = _version(cloud, email)
        record = accounts.records.get(email)
        if version is None or record is None or record["account"]["uniqueId"] != claims["sub"]:
            raise ValueError(f"its service account {email} was deleted")
        if record["account"].get("disabled"):
            raise ValueError(f"its service account {email} is disabled")
    except ValueError as error:
        raise GoogleError(401, f"Invalid credentials: the access token is refused: {error}", "authError") from error
    return _Verified(email, float(claims["exp"]), version)
