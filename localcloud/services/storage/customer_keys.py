"""Customer-supplied encryption keys: an object that was written with one is read with that one alone.

Its bytes lie on this machine's disk as they came; what is kept of the key is its hash, as in Google's.
Source: https://cloud.google.com/storage/docs/encryption/customer-supplied-keys
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from typing import Any

from localcloud.services.common import GoogleError
from localcloud.services.storage.objects import ObjectVersion

HEADERS = "x-goog-encryption-"
SOURCE_HEADERS = "x-goog-copy-source-encryption-"
KEY_BYTES = 32
FIELD = "customerEncryption"
HASHES = ("crc32c", "md5Hash")


def given(headers: Mapping[str, str], prefix: str = HEADERS) -> dict[str, str] | None:
    """What a resource says of the key in these headers; None if there is none. Errors: 400 for no such key."""
    key, digest = headers.get(prefix + "key"), headers.get(prefix + "key-sha256")
    if key is None and digest is None:
        return None
    algorithm = headers.get(prefix + "algorithm")
    if algorithm != "AES256":
        raise _error(
            f"Invalid encryption algorithm {algorithm!r}: it must be AES256", "customerEncryptionAlgorithmIsInvalid"
        )
    try:
        raw = base64.b64decode(key or "", validate=True)
    except ValueError:
        raw = b""
    if len(raw) != KEY_BYTES:
        raise _error(
            "Missing an encryption key, or it is not 256 bits in base64", "customerEncryptionKeyFormatIsInvalid"
        )
    own = base64.b64encode(hashlib.sha256(raw).digest()).decode()
    if digest != own:
        raise _error(
            "Missing a SHA256 hash of the encryption key, or it is not that of the key",
            "customerEncryptionKeySha256IsInvalid",
        )
    return {"encryptionAlgorithm": algorithm, "keySha256": own}


def check(version: ObjectVersion, key: dict[str, str] | None) -> None:
    """Errors: 400, unless the content may be read with this key, or without one."""
    own = version.resource.get(FIELD)
    if own == key:
        return
    if own is None:
        message = "The target object is not encrypted by a customer-supplied encryption key."
        raise _error(message, "resourceNotEncryptedWithCustomerEncryptionKey")
    if key is None:
        message = "The target object is encrypted by a customer-supplied encryption key."
        raise _error(message, "resourceIsEncryptedWithCustomerEncryptionKey")
    raise _error("The provided encryption key is incorrect.", "customerEncryptionKeyIsIncorrect")


def _error(message: str, reason: str) -> GoogleError:
    return GoogleError(400, message, reason)


def described(version: ObjectVersion, headers: Mapping[str, str]) -> dict[str, Any]:
    """An object's resource: its hashes are told to whoever has its key. Errors: 400 for another key."""
    if FIELD not in version.resource:
        return version.resource
    key = given(headers)
    if key is not None:
        check(version, key)
        return version.resource
    return {name: value for name, value in version.resource.items() if name not in HASHES}
