"""Simple uploads: checksums, kinds, and what a query says of the object."""

from __future__ import annotations

from google.cloud import storage

from tests.localcloud.services.storage.clients import Http, begin, put


def test_announced_checksums_are_verified(http: Http, bucket: storage.Bucket) -> None:
    path = f"/upload/storage/v1/b/{bucket.name}/o"
    query = {"uploadType": "media", "name": "checked"}
    response = http("POST", path, params=query, data=b"x", headers={"X-Goog-Hash": "crc32c=AAAAAA=="})
    assert response.status_code == 400
    assert "doesn't match calculated CRC32C" in response.json()["error"]["message"]
    assert put(http, begin(http, bucket, "checked", crc32c="AAAAAA=="), "bytes 0-0/1", b"x").status_code == 400
    assert bucket.get_blob("checked") is None


def test_a_query_says_what_the_metadata_does_not(http: Http, bucket: storage.Bucket) -> None:
    path = f"/upload/storage/v1/b/{bucket.name}/o"
    query = {"uploadType": "media", "name": "from/query", "contentEncoding": "x-own"}
    made = http("POST", path, params=query, data=b"x", headers={"Content-Type": "text/x"}).json()
    assert (made["name"], made["contentType"], made["contentEncoding"]) == ("from/query", "text/x", "x-own")


def test_an_unknown_kind_of_upload_is_refused(http: Http, bucket: storage.Bucket) -> None:
    refused = http("POST", f"/upload/storage/v1/b/{bucket.name}/o?uploadType=fast", data=b"x")
    assert refused.status_code == 400
    assert "Invalid uploadType 'fast'" in refused.json()["error"]["message"]
