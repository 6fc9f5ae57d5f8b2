"""Answers as bytes."""

from __future__ import annotations

from email.utils import formatdate
from http import HTTPStatus

from pipelines.serving.http.messages import Answer

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


def tail(answer: Answer, closes: bool) -> bytes:
    """An answer after its Date: headers and body."""
    extra = b"".join([b"%b: %b\r\n" % header for header in answer.headers])
    if closes:
        extra += b"connection: close\r\n"
    length = b"" if answer.status == HTTPStatus.NOT_MODIFIED else b"content-length: %d\r\n" % len(answer.body)
    return b"content-type: %b\r\n%b%b\r\n%b" % (answer.content_type, length, extra, answer.body)


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
