"""Tar headers to the byte as Go's archive/tar writes them: Pulumi hashes archives by them.

Python's tarfile cuts long names elsewhere, and writes as they are the names for which Go turns to the PAX format.
"""

from __future__ import annotations

import posixpath
import struct

_NAME_BYTES, _PREFIX_BYTES = 100, 155
_BLOCK = struct.Struct(f"{_NAME_BYTES}s 8s 8s 8s 12s 12s 8s 1s 100s 8s 32s 32s 8s 8s {_PREFIX_BYTES}s 12x")
_ZERO = b"0000000\0"
_FILE, _EXTENSION = b"0", b"x"


def header(name: str, size: int) -> bytes:
    """The header of a file of so many bytes that only its owner may read and write, of the beginning of time."""
    if not name.isascii():
        return _extended(name, size)
    if len(name) <= _NAME_BYTES:
        return _block(name.encode(), size, 0o600)
    cut = name.rfind("/", 0, _PREFIX_BYTES + 1)
    if cut <= 0 or len(name) - cut - 1 > _NAME_BYTES:
        return _extended(name, size)
    return _block(name[cut + 1 :].encode(), size, 0o600, prefix=name[:cut].encode())


def padded(data: bytes) -> bytes:
    """The data, filled up to whole blocks."""
    return data + bytes(-len(data) % _BLOCK.size)


END = bytes(2 * _BLOCK.size)


def _extended(name: str, size: int) -> bytes:
    """A header after one that says the name; in the header itself it is cut off, and without what is not ASCII."""
    folder, file = posixpath.split(name)
    record = _record(f" path={name}\n".encode())
    about = _ascii(posixpath.join(folder, "PaxHeaders.0", file))[:_NAME_BYTES].rstrip(b"/")
    short = _ascii(name)
    if len(short) > _NAME_BYTES and short[_NAME_BYTES - 1 : _NAME_BYTES] == b"/":
        end = len(short[: _NAME_BYTES - 1].rstrip(b"/"))
        short = short[:end] + b"\0" + short[end + 1 :]
    return _block(about, len(record), 0, kind=_EXTENSION, device=b"") + padded(record) + _block(short, size, 0o600)


def _record(text: bytes) -> bytes:
    """A record begins with its own length in bytes."""
    length = len(text) + len(str(len(text)))
    return str(len(text) + len(str(length))).encode() + text


def _ascii(name: str) -> bytes:
    return name.encode("ascii", "ignore")


def _block(
    name: bytes, size: int, mode: int, *, kind: bytes = _FILE, device: bytes = _ZERO, prefix: bytes = b""
) -> bytes:
    def packed(checksum: bytes) -> bytes:
        numbers = (b"%07o\0" % mode, _ZERO, _ZERO, b"%011o\0" % size, b"%011o\0" % 0, checksum)
        return _BLOCK.pack(name, *numbers, kind, b"", b"ustar\00000", b"", b"", device, device, prefix)

    return packed(b"%06o\0 " % sum(packed(b" " * 8)))
