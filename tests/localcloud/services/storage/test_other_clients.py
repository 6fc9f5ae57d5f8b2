"""Other clients as they are: pyarrow's GcsFileSystem (google-cloud-cpp), Beam's gcsio, and the XML API."""

from __future__ import annotations

import os
from collections.abc import Callable
from xml.etree import ElementTree

import pyarrow as pa
import pyarrow.fs
import pyarrow.parquet as pq
import pytest
from apache_beam.io.gcp.gcsio import GcsIO
from google.cloud import storage

from localcloud.settings import OWNER, LocalCloud
from tests.localcloud.services.storage.clients import Http


@pytest.fixture
def arrow(local_cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> pyarrow.fs.GcsFileSystem:
    """With default credentials: it signs its tokens itself, with the key file's key."""
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(local_cloud.credentials(OWNER)))
    endpoint = local_cloud.url("storage").removeprefix("http://")
    return pyarrow.fs.GcsFileSystem(endpoint_override=endpoint, scheme="http", project_id="a-project")


def test_pyarrow_tables(arrow: pyarrow.fs.GcsFileSystem, bucket: storage.Bucket) -> None:
    table = pa.table({"x": list(range(10_000))})
    pq.write_to_dataset(table, f"{bucket.name}/table", filesystem=arrow)
    assert pq.read_table(f"{bucket.name}/table", filesystem=arrow).sort_by("x").equals(table)


def test_pyarrow_files(arrow: pyarrow.fs.GcsFileSystem, bucket: storage.Bucket) -> None:
    data = os.urandom(9_000_000)
    root = bucket.name
    arrow.create_dir(f"{root}/dir")
    with arrow.open_output_stream(f"{root}/dir/large") as stream:
        for start in range(0, len(data), 1_000_000):
            stream.write(data[start : start + 1_000_000])
    with arrow.open_input_file(f"{root}/dir/large") as file:
        assert file.size() == len(data)
        file.seek(4_000_000)
        assert file.read(1000) == data[4_000_000:4_001_000]
        file.seek(0)
        assert file.read() == data
    arrow.copy_file(f"{root}/dir/large", f"{root}/dir/copy")
    arrow.move(f"{root}/dir/copy", f"{root}/other/moved")
    arrow.create_dir(f"{root}/empty/inner")
    found = arrow.get_file_info(pyarrow.fs.FileSelector(root, recursive=True))
    files = {info.path.removeprefix(root + "/") for info in found if info.is_file}
    assert files == {"dir/large", "other/moved"}
    arrow.delete_dir(f"{root}/dir")
    assert arrow.get_file_info(f"{root}/dir/large").type == pyarrow.fs.FileType.NotFound
    with pytest.raises(FileNotFoundError):
        arrow.open_input_file(f"{root}/absent")


def test_beam(owner_client: storage.Client, bucket: storage.Bucket) -> None:
    gcs = GcsIO(storage_client=owner_client)
    root = f"gs://{bucket.name}"
    data = os.urandom(3_000_000)
    with gcs.open(f"{root}/in/a", "w") as file:
        file.write(data)
    with gcs.open(f"{root}/in/a") as file:
        file.seek(1_000_000)
        assert file.read(10) == data[1_000_000:1_000_010]
    assert gcs.size(f"{root}/in/a") == len(data)
    copied = gcs.copy_batch([(f"{root}/in/a", f"{root}/out/a"), (f"{root}/absent", f"{root}/out/b")])
    assert [status for _, _, status in copied] == [None, 404]
    gcs.rename(f"{root}/out/a", f"{root}/out/c")
    assert dict(gcs.list_files(f"{root}/")) == {f"{root}/in/a": len(data), f"{root}/out/c": len(data)}
    deleted = gcs.delete_batch([f"{root}/in/a", f"{root}/absent"])
    assert [status for _, status in deleted] == [None, None]
    assert not gcs.exists(f"{root}/in/a")
    assert gcs.checksum(f"{root}/out/c") == bucket.get_blob("out/c").crc32c
    assert not gcs.is_soft_delete_enabled(f"{root}/x")


def texts(body: bytes, tag: str) -> list[str]:
    return [element.text or "" for element in ElementTree.fromstring(body).iter() if element.tag.endswith("}" + tag)]


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


def test_xml_multipart(http: Http, bucket: storage.Bucket) -> None:
    path = f"/{bucket.name}/parts"
    (upload,) = texts(http("POST", path + "?uploads").content, "UploadId")
    etags = {}
    for number, data in ((2, b"world"), (1, b"replaced"), (1, b"hello ")):
        etags[number] = http("PUT", path, params={"partNumber": number, "uploadId": upload}, data=data).headers["etag"]
    assert texts(http("GET", path, params={"uploadId": upload}).content, "PartNumber") == ["1", "2"]

    def complete(parts: list[tuple[int, str]]) -> int:
        inner = "".join(f"<Part><PartNumber>{n}</PartNumber><ETag>{etag}</ETag></Part>" for n, etag in parts)
        body = f"<CompleteMultipartUpload>{inner}</CompleteMultipartUpload>"
        return http("POST", path, params={"uploadId": upload}, data=body).status_code

    assert complete([(1, etags[2]), (2, etags[2])]) == 400
    assert complete([(2, etags[2]), (1, etags[1])]) == 400
    assert complete([]) == 400
    assert bucket.get_blob("parts") is None
    assert complete([(1, etags[1]), (2, etags[2])]) == 200
    assert bucket.blob("parts").download_as_bytes() == b"hello world"
    assert complete([(1, etags[1])]) == 404
    (upload,) = texts(http("POST", path + "?uploads").content, "UploadId")
    assert http("DELETE", path, params={"uploadId": upload}).status_code == 204
    late = http("PUT", path, params={"partNumber": 1, "uploadId": upload}, data=b"x")
    assert late.status_code == 404


def test_xml_refusals(local_cloud: LocalCloud, bucket: storage.Bucket, new_account: Callable[[], str]) -> None:
    response = Http(local_cloud.url("storage"), None)("GET", f"/{bucket.name}/x")
    assert response.status_code == 401
    assert b"<Code>AuthenticationRequired</Code>" in response.content
