"""Decompresses chunks: one or several frames of zstd or lz4, in every form of them, never to more than a chunk says."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import lz4.frame
import zstandard

BLOCK_BYTES = 1024 * 1024
WINDOW_BYTES = 512 * 1024 * 1024
"""Largest window of a zstd frame, which is what its decompression takes of memory beside the content."""


def decompress(compression: str, data: bytes, size: int) -> bytes:
    """The content, which has to be of that size.

    ValueError if it is not, or for a compression that MCAP has not; ZstdError or RuntimeError for damaged frames.
    """
    if compression not in COMPRESSIONS:
        raise ValueError(f"compression {compression!r} is none of MCAP's")
    content = COMPRESSIONS[compression](data, size)
    if len(content) != size:
        raise ValueError(f"its content has {len(content)} bytes, not {size}")
    return content


def _zstd(data: bytes, size: int) -> bytes:
    try:
        if zstandard.frame_content_size(data) == size:
            return zstandard.ZstdDecompressor().decompress(data, allow_extra_data=False)
    except zstandard.ZstdError:
        pass  # not one plain frame: what it is instead is seen block by block
    frames = zstandard.ZstdDecompressor(max_window_size=WINDOW_BYTES).stream_reader(data, read_across_frames=True)
    return _joined(iter(lambda: frames.read(BLOCK_BYTES), b""), size)


def _lz4(data: bytes, size: int) -> bytes:
    return _joined(_lz4_frames(data, size), size)


def _lz4_frames(data: bytes, size: int) -> Iterator[bytes]:
    context, left = lz4.frame.create_decompression_context(), memoryview(data)
    while left:
        # One byte more than fits, or the frame's end would not be looked for.
        content, taken, is_end = lz4.frame.decompress_chunk(context, left, max_length=size + 1)
        yield content
        if not is_end:
            raise ValueError("it holds more than it says, or is cut off")
        left = left[taken:]


def _joined(blocks: Iterator[bytes], size: int) -> bytes:
    """The blocks, as soon as they are too many no more of them."""
    content = bytearray()
    for block in blocks:
        content += block
        if len(content) > size:
            break
    return bytes(content)


def _stored(data: bytes, size: int) -> bytes:
    return data


COMPRESSIONS: dict[str, Callable[[bytes, int], bytes]] = {"": _stored, "zstd": _zstd, "lz4": _lz4}
"""By MCAP's name (specification, well-known compression formats)."""
