"""Unpacking gzip as it comes in or goes out: several members in sequence are one content, as gzip itself says."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator

FORMAT = 16 + zlib.MAX_WBITS
LARGEST_PIECE = 1 << 20


async def unpacked(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The content of a gzip stream in pieces. Raises zlib.error if the stream is damaged or ends too early."""
    member = zlib.decompressobj(FORMAT)
    async for chunk in chunks:
        while chunk:
            if member.eof:  # behind a member there is another one, or zeros that fill up a block
                chunk = chunk.lstrip(b"\0")
                if not chunk:
                    break
                member = zlib.decompressobj(FORMAT)
            piece = member.decompress(chunk, LARGEST_PIECE)
            if piece:
                yield piece
            chunk = member.unused_data if member.eof else member.unconsumed_tail
    if not member.eof:
        raise zlib.error("it ends too early")
