"""Tokens: access tokens anyone in this cloud can check (HS256, stateless) and Google-style identity tokens (RS256)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time
from typing import Any

from google.auth import crypt, exceptions, jwt

from localcloud.files import write_new
from localcloud.services.common import GoogleError
from localcloud.services.iam.accounts import Accounts, new_key_pair
from localcloud.settings import LocalCloud

LIFETIME_S = 3600
CLOCK_SKEW_S = 10
GRANT_TYPE = "urn:ietf:params:oauth:grant-type:jwt-bearer"
PREFIX = "localcloud."


def _secret(cloud: LocalCloud) -> bytes:
    """Made by the first of several processes to ask."""
    path = cloud.folder("iam") / "token_secret"
    if not path.exists():
        write_new(path, secrets.token_bytes(32))
    return path.read_bytes()


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _signature(cloud: LocalCloud, payload: str) -> str:
    return _encode(hmac.digest(_secret(cloud), payload.encode(), hashlib.sha256))


def issue_access_token(cloud: LocalCloud, account: dict[str, Any]) -> str:
    """An access token of an account: `localcloud.<claims>.<HMAC>`, good for LIFETIME_S."""
    claims = {"email": account["email"], "sub": account["uniqueId"], "exp": int(time.time()) + LIFETIME_S}
    payload = _encode(json.dumps(claims).encode())
    return f"{PREFIX}{payload}.{_signature(cloud, payload)}"


def read_access_token(cloud: LocalCloud, token: str) -> dict[str, Any]:
    """Claims of a token made by `issue_access_token`. Raises ValueError if forged, damaged or expired."""
    payload, _, signature = token.removeprefix(PREFIX).partition(".")
    if not hmac.compare_digest(signature.encode(), _signature(cloud, payload).encode()):
        raise ValueError("it was not issued by this local cloud")
    claims = json.loads(_decode(payload))
    if claims["exp"] < time.time():
        raise ValueError("it has expired")
    return claims


def read_signed_by_account(accounts: Accounts, token: str) -> dict[str, Any]:
    """Claims of an RS256 JWT an account signed with its own key. Raises ValueError if anything about it is wrong."""
    try:
        claims = jwt.decode(token, verify=False)
        record = accounts.records.get(str(claims.get("iss", "")))
        if record is None:
            raise ValueError(f"its issuer {claims.get('iss')!r} is not a service account of this local cloud")
        if jwt.decode_header(token).get("alg") != "RS256":
            raise ValueError("it is not signed with RS256")
        jwt.decode(token, certs=record["public_keys"], clock_skew_in_seconds=CLOCK_SKEW_S)
    except exceptions.GoogleAuthError as error:
        raise ValueError(str(error)) from error
    if claims["exp"] - claims["iat"] > LIFETIME_S + CLOCK_SKEW_S:
        raise ValueError(f"it is valid for more than {LIFETIME_S} s")
    return claims | {"email": claims["iss"], "sub": record["account"]["uniqueId"]}


def grant(cloud: LocalCloud, form: dict[str, str]) -> dict[str, Any]:
    """Answer POST /token: an access token, or an identity token when the assertion names a target_audience.

    Source: RFC 7523 and https://developers.google.com/identity/protocols/oauth2/service-account. Errors: 400 in OAuth's
    shape, raised as GoogleError with OAuth's error code as its reason.
    """
    if form.get("grant_type") != GRANT_TYPE:
        raise GoogleError(400, f"grant_type must be {GRANT_TYPE}", "unsupported_grant_type")
    accounts = Accounts(cloud)
    try:
        claims = read_signed_by_account(accounts, form.get("assertion", ""))
    except ValueError as error:
        raise GoogleError(400, f"Invalid JWT assertion: {error}", "invalid_grant") from error
    account = accounts.record(claims["email"])["account"]
    if account.get("disabled"):
        raise GoogleError(400, f"Service account {account['email']} is disabled", "invalid_grant")
    if "target_audience" in claims:
        return {"id_token": _identity_token(cloud, account, claims["target_audience"])}
    return {"access_token": issue_access_token(cloud, account), "expires_in": LIFETIME_S - 1, "token_type": "Bearer"}


def _identity_key(cloud: LocalCloud) -> tuple[str, dict[str, str]]:
    """Private key (PEM) that signs identity tokens, and {key id: public key} to check them with."""
    path = cloud.folder("iam") / "identity_key.json"
    if not path.exists():
        write_new(path, json.dumps(new_key_pair()).encode())
    private, public = json.loads(path.read_bytes())
    return private, {hashlib.sha256(public.encode()).hexdigest()[:40]: public}


def identity_certificates(cloud: LocalCloud) -> dict[str, str]:
    """{key id: public key, PEM} as google.oauth2.id_token.verify_token(certs_url=...) reads it."""
    return _identity_key(cloud)[1]


def _identity_token(cloud: LocalCloud, account: dict[str, Any], audience: str) -> str:
    private, public = _identity_key(cloud)
    now = int(time.time())
    claims = {
        "iss": "https://accounts.google.com",
        "aud": audience,
        "azp": account["uniqueId"],
        "sub": account["uniqueId"],
        "email": account["email"],
        "email_verified": True,
        "iat": now,
        "exp": now + LIFETIME_S,
    }
    return jwt.encode(crypt.RSASigner.from_string(private, next(iter(public))), claims).decode()
