"""The XML API: objects and listings."""

from __future__ import annotations

from google.cloud import storage

from tests.localcloud.services.storage.clients import Http, texts


def test_xml_objects(http: Http, bucket: storage.Bucket) -> None:
    path = f"/{bucket.name}/dir/x%20y"
    put = http("PUT", path, data=b"0123456789", headers={"Content-Type": "text/x", "x-goog-meta-k": "v"})
    assert put.status_code == 200
    blob = bucket.get_blob("dir/x y")
    assert blob is not None
    assert (blob.content_type, blob.metadata) == ("text/x", {"k": "v"})
    head = http("HEAD", path)
    assert (head.headers["content-length"], head.headers["etag"]) == ("10", put.headers["etag"])
    part = http("GET", path, headers={"Range": "bytes=2-4"})
    assert (part.status_code, part.content) == (206, b"234")
    assert http("PUT", path, data=b"x", headers={"x-goog-if-generation-match": "0"}).status_code == 412
    assert http("PUT", path, data=b"x", headers={"If-None-Match": "*"}).status_code == 412
    copied = http("PUT", f"/{bucket.name}/copy", headers={"x-goog-copy-source": f"{bucket.name}/dir/x%20y"})
    assert copied.status_code == 200
    assert http("GET", f"/{bucket.name}/copy").content == b"0123456789"
    assert http("DELETE", path).status_code == 204
    missing = http("GET", path)
    assert missing.status_code == 404
    assert b"<Code>NoSuchKey</Code>" in missing.content
    assert b"<Code>NoSuchBucket</Code>" in http("GET", "/no-such-bucket/x").content


def test_xml_listing(http: Http, bucket: storage.Bucket) -> None:
    for name in ("a", "b/1", "b/2", "c", "d"):
        bucket.blob(name).upload_from_string(b"x")
    keys, prefixes, token = [], [], ""
    while True:
        query = {"list-type": "2", "delimiter": "/", "max-keys": "2"} | ({"continuation-token": token} if token else {})
        page = http("GET", f"/{bucket.name}", params=query).content
        keys += texts(page, "Key")
        prefixes += [text for text in texts(page, "Prefix") if text]
        if texts(page, "IsTruncated") == ["false"]:
            break
        (token,) = texts(page, "NextContinuationToken")
    assert (keys, prefixes) == (["a", "c", "d"], ["b/"])
    after = http("GET", f"/{bucket.name}", params={"list-type": "2", "start-after": "b/2"}).content
    assert texts(after, "Key") == ["c", "d"]


def test_xml_listing_goes_on_behind_a_prefix(http: Http, bucket: storage.Bucket) -> None:
    for name in ("d1/a", "d1/b", "d2/a", "e"):
        bucket.blob(name).upload_from_string(b"x")
    found, marker = [], ""
    for _ in range(3):
        query = {"delimiter": "/", "max-keys": "1", "marker": marker}
        page = http("GET", f"/{bucket.name}", params=query).content
        found += [text for text in (*texts(page, "Prefix"), *texts(page, "Key")) if text]
        marker = "".join(texts(page, "NextMarker"))
    assert (found, marker) == (["d1/", "d2/", "e"], "")
