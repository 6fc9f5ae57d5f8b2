"""Chunks' compressions, in every form that encoders write and other readers take; never more than a chunk says."""

from __future__ import annotations

from collections.abc import Callable

import lz4.frame
import pytest
import zstandard

from pipelines.sources.compression import decompress
from pipelines.sources.mcap_records import UNREADABLE

CONTENT = bytes(range(256)) * 3000
HALF = len(CONTENT) // 2
SKIPPABLE = b"\x50\x2a\x4d\x18\x03\x00\x00\x00abc"


def zstd(data: bytes, *, sized: bool = True, level: int = 3, checksum: bool = False) -> bytes:
    if sized:
        return zstandard.ZstdCompressor(level=level, write_checksum=checksum).compress(data)
    frame = zstandard.ZstdCompressor(level=level, write_content_size=False).compressobj()
    return frame.compress(data) + frame.flush()


def halves(compress: Callable[[bytes], bytes]) -> bytes:
    return compress(CONTENT[:HALF]) + compress(CONTENT[HALF:])


FORMS = {
    "zstd: one frame": ("zstd", zstd(CONTENT)),
    "zstd: with checksum": ("zstd", zstd(CONTENT, checksum=True)),
    "zstd: without content size": ("zstd", zstd(CONTENT, sized=False)),
    "zstd: widest window": ("zstd", zstd(CONTENT, sized=False, level=22)),
    "zstd: several frames": ("zstd", halves(zstd)),
    "zstd: several without content size": ("zstd", halves(lambda data: zstd(data, sized=False))),
    "zstd: with skippable frames": ("zstd", SKIPPABLE + halves(zstd) + SKIPPABLE),
    "zstd: an empty frame after the content": ("zstd", zstd(CONTENT) + zstd(b"")),
    "lz4: one frame": ("lz4", lz4.frame.compress(CONTENT)),
    "lz4: without content size": ("lz4", lz4.frame.compress(CONTENT, store_size=False)),
    "lz4: linked blocks": (
        "lz4",
        lz4.frame.compress(CONTENT, block_linked=True, block_size=lz4.frame.BLOCKSIZE_MAX64KB),
    ),
    "lz4: independent blocks": ("lz4", lz4.frame.compress(CONTENT, block_linked=False)),
    "lz4: with checksums": ("lz4", lz4.frame.compress(CONTENT, content_checksum=True, block_checksum=True)),
    "lz4: several frames": ("lz4", halves(lz4.frame.compress)),
    "lz4: with a skippable frame": ("lz4", SKIPPABLE + halves(lz4.frame.compress)),
    "none": ("", CONTENT),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_gives_the_content(form: str) -> None:
    compression, data = FORMS[form]
    assert decompress(compression, data, len(CONTENT)) == CONTENT


@pytest.mark.parametrize("form", FORMS)
def test_a_content_longer_or_shorter_than_said_is_refused(form: str) -> None:
    compression, data = FORMS[form]
    for size in (0, len(CONTENT) - 1, len(CONTENT) + 1):
        with pytest.raises(UNREADABLE):
            decompress(compression, data, size)


@pytest.mark.parametrize("form", FORMS)
def test_a_cut_off_form_is_refused(form: str) -> None:
    compression, data = FORMS[form]
    with pytest.raises(UNREADABLE):
        decompress(compression, data[: len(data) // 2], len(CONTENT))


def test_no_content_needs_no_frame() -> None:
    for compression in ("", "zstd", "lz4"):
        assert decompress(compression, b"", 0) == b""


def test_a_compression_that_mcap_has_not_is_refused() -> None:
    with pytest.raises(ValueError, match="'gzip' is none of MCAP's"):
        decompress("gzip", b"", 0)


def test_a_bomb_is_not_unpacked() -> None:
    """A gigabyte of zeros that says it is a kilobyte."""
    bomb = zstd(bytes(1 << 26)) * 16
    with pytest.raises(ValueError, match="its content has 1048576 bytes, not 1024"):
        decompress("zstd", bomb, 1024)


def test_very_many_frames_take_no_longer_than_their_bytes() -> None:
    """Each is looked at where it stands: copies of what is left would be 100 GB of them."""
    empty = lz4.frame.compress(b"")
    assert decompress("lz4", empty * 100_000 + lz4.frame.compress(CONTENT), len(CONTENT)) == CONTENT
