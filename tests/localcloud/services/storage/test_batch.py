"""Batches: as google-cloud-storage sends them (no Content-ID) and as the Hadoop connector does."""

from __future__ import annotations

from google.cloud import storage

from tests.localcloud.services.storage.clients import Http


def batch_body(parts: list[tuple[str | None, str]]) -> str:
    lines = []
    for content_id, request in parts:
        lines += ["--B", "Content-Type: application/http"]
        lines += [f"Content-ID: {content_id}"] if content_id else []
        lines += ["", request]
    return "\r\n".join([*lines, "--B--", ""])


def test_parts_are_answered_in_order_each_with_its_status(http: Http, bucket: storage.Bucket) -> None:
    bucket.blob("dir/a b").upload_from_string(b"x")
    root = f"/storage/v1/b/{bucket.name}/o"
    body = '{"metadata":{"k":"v"}}'
    patch = (
        f"PATCH {root}/dir%2Fa%20b HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    parts = [
        ("<one>", patch + body),
        (None, f"GET {root}/dir%2Fa%20b HTTP/1.1\r\n\r\n"),
        ("<three>", f"DELETE {http.root}{root}/absent\r\n\r\n"),
        (None, f"DELETE {root}/dir%2Fa%20b HTTP/1.1\r\nAuthorization: Bearer wrong\r\n\r\n"),
        (None, f"DELETE {root}/dir%2Fa%20b HTTP/1.1\r\n\r\n"),
    ]
    headers = {"Content-Type": "multipart/mixed; boundary=B"}
    response = http("POST", "/batch/storage/v1", data=batch_body(parts), headers=headers)
    assert response.status_code == 200
    boundary = response.headers["content-type"].partition("boundary=")[2]
    answers = response.text.split(f"--{boundary}")[1:-1]
    assert [answer.partition("HTTP/1.1 ")[2][:3] for answer in answers] == ["200", "200", "404", "401", "204"]
    assert "Content-ID: <response-one>" in answers[0]
    assert "Content-ID" not in answers[1]
    assert '"metadata":{"k":"v"}' in answers[1]
    assert "Content-ID: <response-three>" in answers[2]
    assert bucket.get_blob("dir/a b") is None


def test_client_library_batch(owner_client: storage.Client, bucket: storage.Bucket) -> None:
    for number in range(3):
        bucket.blob(f"n{number}").upload_from_string(b"x")
    with owner_client.batch(raise_exception=False) as batch:
        for number in range(4):
            bucket.delete_blob(f"n{number}")
    assert [response.status_code for response in batch._responses] == [204, 204, 204, 404]
    assert list(bucket.list_blobs()) == []


def test_malformed_batches_are_refused(http: Http, bucket: storage.Bucket) -> None:
    headers = {"Content-Type": "multipart/mixed; boundary=B"}
    for body in ("", "--B\r\n\r\n", batch_body([(None, "nonsense")])):
        response = http("POST", "/batch/storage/v1", data=body, headers=headers)
        assert response.status_code == 400
        assert "Malformed batch" in response.json()["error"]["message"]
    media = batch_body([(None, f"GET /storage/v1/b/{bucket.name}/o/x?alt=media HTTP/1.1\r\n\r\n")])
    response = http("POST", "/batch/storage/v1", data=media, headers=headers)
    assert "can't be part of a batch" in response.json()["error"]["message"]
