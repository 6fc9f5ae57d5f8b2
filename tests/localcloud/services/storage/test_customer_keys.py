"""Objects under a customer's key: read with it alone, by either API, copied and joined with it."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable

import pytest
from google.api_core import exceptions
from google.cloud import storage

from localcloud.services.common import GoogleError
from localcloud.services.storage.customer_keys import given
from tests.localcloud.services.storage.clients import Http

KEY, OTHER = b"k" * 32, b"o" * 32
SHA256 = base64.b64encode(hashlib.sha256(KEY).digest()).decode()
HEADERS = {
    "x-goog-encryption-algorithm": "AES256",
    "x-goog-encryption-key": base64.b64encode(KEY).decode(),
    "x-goog-encryption-key-sha256": SHA256,
}


@pytest.fixture
def secret(bucket: storage.Bucket) -> storage.Blob:
    blob = bucket.blob("secret", encryption_key=KEY)
    blob.upload_from_string(b"secret")
    return blob


def with_key(bucket: storage.Bucket, name: str, key: bytes | None) -> storage.Blob:
    return bucket.blob(name, encryption_key=key)


def test_only_its_key_reads_it(bucket: storage.Bucket, secret: storage.Blob) -> None:
    assert secret.download_as_bytes() == b"secret"
    for key, message in ((None, "is encrypted by a customer-supplied"), (OTHER, "encryption key is incorrect")):
        with pytest.raises(exceptions.BadRequest, match=message):
            with_key(bucket, "secret", key).download_as_bytes()
    bucket.blob("open").upload_from_string(b"open")
    with pytest.raises(exceptions.BadRequest, match="is not encrypted by a customer-supplied"):
        with_key(bucket, "open", KEY).download_as_bytes()


def test_it_tells_its_key_and_keeps_its_hashes(bucket: storage.Bucket, secret: storage.Blob) -> None:
    (listed,) = bucket.list_blobs()
    for blob in (listed, bucket.get_blob("secret")):
        assert blob is not None
        assert blob._properties["customerEncryption"] == {"encryptionAlgorithm": "AES256", "keySha256": SHA256}
        assert (blob.md5_hash, blob.crc32c) == (None, None)
    known = bucket.get_blob("secret", encryption_key=KEY)
    assert known is not None
    assert known.md5_hash == base64.b64encode(hashlib.md5(b"secret").digest()).decode()


def test_copies_and_rewrites_change_keys(bucket: storage.Bucket, secret: storage.Blob) -> None:
    turned = with_key(bucket, "turned", OTHER)
    turned.rewrite(secret)
    assert turned.download_as_bytes() == b"secret"
    opened = bucket.blob("opened")
    opened.rewrite(turned)
    assert bucket.blob("opened").download_as_bytes() == b"secret"
    with pytest.raises(exceptions.BadRequest, match="is encrypted by a customer-supplied"):
        bucket.blob("none").rewrite(bucket.blob("secret"))


def test_what_is_joined_has_the_key_of_its_sources(bucket: storage.Bucket, secret: storage.Blob, http: Http) -> None:
    """By plain requests: the client sends no keys with compose."""
    path, sources = f"/storage/v1/b/{bucket.name}/o/joined/compose", {"sourceObjects": [{"name": "secret"}] * 2}
    assert http("POST", path, json=sources, headers=HEADERS).status_code == 200
    assert with_key(bucket, "joined", KEY).download_as_bytes() == b"secretsecret"
    refused = http("POST", path, json=sources)
    assert (refused.status_code, "is encrypted by a customer-supplied" in refused.text) == (400, True)


@pytest.mark.parametrize("size", [10, 300_000])
def test_every_way_of_uploading_heeds_it(bucket: storage.Bucket, http: Http, size: int) -> None:
    data = bytes(size)
    resumable = with_key(bucket, "resumable", KEY)
    resumable.chunk_size = 256 * 1024
    resumable.upload_from_string(data)
    begun = http("POST", f"/{bucket.name}/parts?uploads", headers=HEADERS).text
    upload = begun.partition("<UploadId>")[2].partition("<")[0]
    etag = http("PUT", f"/{bucket.name}/parts?uploadId={upload}&partNumber=1", data=data, headers=HEADERS).headers[
        "etag"
    ]
    done = f"<C><Part><PartNumber>1</PartNumber><ETag>{etag}</ETag></Part></C>"
    assert http("POST", f"/{bucket.name}/parts?uploadId={upload}", data=done).status_code == 200
    assert http("PUT", f"/{bucket.name}/put", data=data, headers=HEADERS).status_code == 200
    for name in ("resumable", "parts", "put"):
        assert http("GET", f"/{bucket.name}/{name}").status_code == 400, name
        assert http("GET", f"/{bucket.name}/{name}", headers=HEADERS).content == data


def test_a_move_takes_the_key_along(bucket: storage.Bucket, secret: storage.Blob) -> None:
    bucket.move_blob(secret, new_name="moved")
    assert with_key(bucket, "moved", KEY).download_as_bytes() == b"secret"
    with pytest.raises(exceptions.BadRequest):
        bucket.blob("moved").download_as_bytes()


def without(name: str) -> Callable[[dict[str, str]], dict[str, str]]:
    return lambda headers: {key: value for key, value in headers.items() if not key.endswith(name)}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (without("algorithm"), "customerEncryptionAlgorithmIsInvalid"),
        (without("encryption-key"), "customerEncryptionKeyFormatIsInvalid"),
        (lambda headers: headers | {"x-goog-encryption-key": "short"}, "customerEncryptionKeyFormatIsInvalid"),
        (without("sha256"), "customerEncryptionKeySha256IsInvalid"),
        (lambda headers: headers | {"x-goog-encryption-key-sha256": "eA=="}, "customerEncryptionKeySha256IsInvalid"),
    ],
)
def test_what_is_no_key_is_refused(change: Callable[[dict[str, str]], dict[str, str]], reason: str) -> None:
    with pytest.raises(GoogleError) as refused:
        given(change(HEADERS))
    assert (refused.value.code, refused.value.reason) == (400, reason)
    assert given({}) is None


def test_two_kinds_of_keys_at_once_are_refused(bucket: storage.Bucket, http: Http) -> None:
    path = f"/upload/storage/v1/b/{bucket.name}/o?uploadType=media&name=x"
    key = "projects/p/locations/l/keyRings/r/cryptoKeys/k"
    refused = http("POST", f"{path}&kmsKeyName={key}", data=b"x", headers=HEADERS)
    assert (refused.status_code, "or a Cloud KMS key, not both" in refused.text) == (400, True)
