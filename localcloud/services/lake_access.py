"""How services reach the lake and its files: as the cloud's owner, or with the token of whoever calls them."""

from __future__ import annotations

import base64
import json
import threading
import time

from google.auth import jwt
from pyiceberg.io import GCS_SERVICE_HOST, GCS_TOKEN, GCS_TOKEN_EXPIRES_AT_MS

from localcloud.services.iam.accounts import ensure_owner
from localcloud.settings import OWNER, LocalCloud

REFRESH_AHEAD_SECONDS = 600


def token_expiry(token: str) -> int:
    """Seconds since 1970 at which a token of this cloud (an access token or a signed JWT) ends; read, not verified."""
    claims = token.split(".")[1]
    return int(json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))["exp"])


def storage_properties(cloud: LocalCloud, token: str | None) -> dict[str, str]:
    """What a FileIO (pyiceberg's names) needs to reach the object store as the bearer of `token`; None: anonymous."""
    properties = {GCS_SERVICE_HOST: cloud.url("storage")}
    if token is not None:
        properties |= {GCS_TOKEN: token, GCS_TOKEN_EXPIRES_AT_MS: str(token_expiry(token) * 1000)}
    return properties


class OwnerToken:
    """A token of the cloud's owner, signed here with the owner's key and renewed before it expires."""

    def __init__(self, cloud: LocalCloud) -> None:
        ensure_owner(cloud)
        self._credentials = jwt.Credentials.from_service_account_file(
            str(cloud.credentials(OWNER)), audience=cloud.url("storage") + "/"
        )
        self._token = ""
        self._lock = threading.Lock()

    def get(self) -> str:
        with self._lock:
            if not self._token or token_expiry(self._token) - time.time() < REFRESH_AHEAD_SECONDS:
                self._credentials.refresh(None)
                token = self._credentials.token
                self._token = token.decode() if isinstance(token, bytes) else str(token)
            return self._token
