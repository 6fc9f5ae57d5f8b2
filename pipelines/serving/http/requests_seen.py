"""What requests look like after their target: clients send the same headers again and again."""

from __future__ import annotations

VERSION = b" HTTP/1.1\r\n"
END = b"\r\n\r\n"
REMEMBERED = 1024
LONGEST = 2048


class RequestsSeen(dict[bytes, dict[bytes, bytes]]):
    """Version and headers of requests without a body, as bytes, with what the parser made of them.

    A request that ends in the same bytes needs no parser: what is before them is its target.
    """

    def remember(self, data: bytes, target: bytes, headers: dict[bytes, bytes]) -> None:
        """Keep how a request that was parsed ends, if `data` is just that request and one like it may be cut so."""
        rest = data[4 + len(target) :]
        alone = data.startswith(b"GET " + target + VERSION) and rest.find(END) == len(rest) - len(END)
        if alone and len(rest) <= LONGEST:
            if len(self) >= REMEMBERED:
                self.clear()
            self[rest] = headers


def cut(data: bytes) -> tuple[bytes, bytes]:
    """The target of a request like those, and the rest. The target is empty if it can't be one."""
    end = data.find(VERSION, 0, LONGEST)
    target = data[4:end]
    return (target, data[end:]) if target.isascii() and len(target.split()) == 1 else (b"", b"")
