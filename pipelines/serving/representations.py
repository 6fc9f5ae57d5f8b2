"""What form an answer has: JSON or Arrow, packed or not, and what it is called in ETags (RFC 9110, 8 and 12)."""

from __future__ import annotations

import zlib
from functools import lru_cache

from pipelines.serving.http.messages import JSON, Answer

ARROW_TYPE = b"application/vnd.apache.arrow.stream"
INTERFACE = b"1"
"""Part of every ETag: raise it when the same rows are sent in another form."""
PACKED_FROM = 1024
"""Bytes. Less fits into one packet with its head, packed or not."""
GZIP_LEVEL = 1
GZIP_ENCODING = (b"content-encoding", b"gzip")
VARY = (b"vary", b"accept, accept-encoding")
GZIP_WINDOW = 31
"""15 bits of window, and 16 for gzip's frame: https://www.zlib.net/manual.html#Advanced"""


PLAIN, PACKED, ARROW = FORMS = (b"json", b"json-gzip", b"arrow")
"""Forms of rows, by their names in ETags. (To ask an Enum for a member costs as much as a lookup's whole way here.)"""


@lru_cache(maxsize=256)
def form(accept: bytes | None, accept_encoding: bytes | None) -> bytes | None:
    """The form that a client prefers, JSON if it has no preference; None if it takes none that there is.

    Arrow is not packed: who asks for it wants to be spared the work.
    """
    json, arrow = (_quality(accept, kind) for kind in (JSON, ARROW_TYPE)) if accept else ((1.0, 0), (0.0, 0))
    if arrow > json and arrow[0] > 0:
        return ARROW
    if json[0] <= 0:
        return None
    return PACKED if accept_encoding and _takes_gzip(accept_encoding) else PLAIN


def packed(body: bytes) -> bytes:
    """The body with gzip."""
    packer = zlib.compressobj(GZIP_LEVEL, wbits=GZIP_WINDOW)
    return packer.compress(body) + packer.flush()


def etag(version: bytes, form: bytes) -> bytes:
    """A strong entity tag: with the address, what tables hold and how it is written decide all of an answer."""
    return b'"%b-%b-%b"' % (INTERFACE, version, form)


def tagged(tag: bytes) -> tuple[tuple[bytes, bytes], ...]:
    """The headers of an answer that has a tag."""
    return ((b"etag", tag), VARY)


def names(if_none_match: bytes | None, tag: bytes) -> bool:
    """Whether a client has what the tag is of."""
    if not if_none_match:
        return False
    return any(one.strip().removeprefix(b"W/") == tag for one in if_none_match.split(b","))


def unless_known(answer: Answer, if_none_match: bytes | None) -> Answer:
    """An answer with a tag, or that it was not modified."""
    if if_none_match is None:
        return answer
    tag = dict(answer.headers)[b"etag"]
    return not_modified(tag) if if_none_match.strip() == b"*" or names(if_none_match, tag) else answer


def not_modified(tag: bytes) -> Answer:
    """The answer to a client that has it already."""
    return Answer(304, b"", headers=tagged(tag))


def _quality(accept: bytes, kind: bytes) -> tuple[float, int]:
    """How much a client wants a media type, and how precisely it named it; the most precise range counts."""
    ranges = (kind, kind.partition(b"/")[0] + b"/*", b"*/*")
    wanted = _qualities(accept)
    return next(((wanted[one], -place) for place, one in enumerate(ranges) if one in wanted), (0.0, -len(ranges)))


def _takes_gzip(accept_encoding: bytes) -> bool:
    wanted = _qualities(accept_encoding)
    return wanted.get(b"gzip", wanted.get(b"*", 0.0)) > 0


def _qualities(header: bytes) -> dict[bytes, float]:
    """The items of a list with their weights; what has no weight that is one has none (0)."""
    found: dict[bytes, float] = {}
    for item in header.lower().split(b","):
        name, *parameters = (part.strip() for part in item.split(b";"))
        weight = next((one[2:] for one in parameters if one.startswith(b"q=")), b"1")
        try:
            found[name] = float(weight)
        except ValueError:
            found[name] = 0.0
    return found
