"""Answers as bytes."""

from __future__ import annotations

from collections.abc import Iterable
from email.utils import formatdate
from http import HTTPStatus

from pipelines.serving.http.messages import Answer

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


def tail(answer: Answer, closes: bool) -> bytes:
    """An answer after its Date: headers and body."""
    body = answer.body
    head = answer.head or rendered_head(answer.content_type, answer.headers)
    if closes:
        head += b"connection: close\r\n"
    if answer.status == HTTPStatus.NOT_MODIFIED:
        return head + b"\r\n"
    return b"%bcontent-length: %d\r\n\r\n%b" % (head, len(body), body)


def rendered_head(content_type: bytes, headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Headers as they are sent, but for content-length."""
    return b"".join([b"%b: %b\r\n" % header for header in ((b"content-type", content_type), *headers)])


class Heads(dict[int, bytes]):
    """Status line and Date by status. Whoever looks after the connections renews them every second."""

    def __init__(self) -> None:
        super().__init__()
        self._date = formatdate(usegmt=True)

    def __missing__(self, status: int) -> bytes:
        text = f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\ndate: {self._date}\r\n"
        head = self[status] = text.encode()
        return head

    def renew(self) -> None:
        """Take the time of now."""
        self._date = formatdate(usegmt=True)
        self.clear()
