"""How the service reads published objects: from a bucket, by the identity that the replica runs as."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol
from urllib.parse import urlsplit


class Objects(Protocol):
    """Objects below one prefix; names are relative to it."""

    def generation(self, name: str) -> int | None:
        """The object's generation, None if there is no such object."""
        ...

    def read(self, name: str) -> bytes:
        """The object's bytes; an error of the store's client if there is no such object."""
        ...


class BucketObjects:
    """Objects below `gs://<bucket>/<prefix>`, through the Cloud Storage client that `connect` gives.

    Raises ValueError if the address is not of that form.
    """

    def __init__(self, uri: str, connect: Callable[[], Any]) -> None:
        address = urlsplit(uri)
        if address.scheme != "gs" or not address.netloc:
            raise ValueError(f"--snapshots {uri!r} is not an address like gs://bucket/prefix")
        self._prefix = address.path.strip("/") + "/"
        self._bucket = connect().bucket(address.netloc)

    def generation(self, name: str) -> int | None:
        blob = self._bucket.get_blob(self._prefix + name)
        return None if blob is None else blob.generation

    def read(self, name: str) -> bytes:
        return self._bucket.blob(self._prefix + name).download_as_bytes()
