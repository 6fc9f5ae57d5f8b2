"""Multipart uploads of the XML API, by hand and by google-cloud-storage's transfer manager."""

from __future__ import annotations

import os
from xml.etree import ElementTree

import pytest
from google.cloud import storage
from google.cloud.storage import transfer_manager

from tests.localcloud.services.storage.clients import Http, texts


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


def test_parallel_upload_and_download(bucket: storage.Bucket, tmp_path_factory: pytest.TempPathFactory) -> None:
    """google-cloud-storage's transfer manager: multipart uploads of the XML API, ranged downloads."""
    folder = tmp_path_factory.mktemp("parallel")
    source, target = folder / "source", folder / "target"
    source.write_bytes(os.urandom(11 * 1024 * 1024 + 3))
    blob = bucket.blob("folder/parallel ü")
    threads = {"worker_type": transfer_manager.THREAD, "max_workers": 4}
    transfer_manager.upload_chunks_concurrently(str(source), blob, chunk_size=5 * 1024 * 1024, **threads)
    transfer_manager.download_chunks_concurrently(blob, str(target), chunk_size=4 * 1024 * 1024, **threads)
    assert target.read_bytes() == source.read_bytes()


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ({"X-Goog-Hash": "crc32c=20tD7w=="}, "CrcMismatch"),
        ({"X-Goog-Hash": "md5=XUFAKrxLKna5cZ2REBfFkg=="}, "BadDigest"),
        ({"Content-MD5": "XUFAKrxLKna5cZ2REBfFkg=="}, "BadDigest"),
    ],
)
def test_a_part_that_is_not_what_its_sender_announced(
    http: Http, bucket: storage.Bucket, header: dict[str, str], code: str
) -> None:
    """In the form by which Google's client knows corrupted data from any other refusal."""
    path = f"/{bucket.name}/corrupt"
    (upload,) = texts(http("POST", path + "?uploads").content, "UploadId")
    refused = http("PUT", path, params={"partNumber": 1, "uploadId": upload}, data=b"x", headers=header)
    assert refused.status_code == 400
    error = ElementTree.fromstring(refused.content)
    assert error.findtext("Code") == code
    assert "doesn't match calculated" in error.findtext("Details", "")
    assert texts(http("GET", path, params={"uploadId": upload}).content, "PartNumber") == []
