"""Objects by address: `gs://bucket/name` through Google's client, `file:///folder/name` for a folder of logs."""

from __future__ import annotations

import os
import shutil
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from gzip import BadGzipFile, GzipFile
from io import BufferedIOBase, BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol, cast
from urllib.parse import unquote_to_bytes, urlsplit

if TYPE_CHECKING:
    from google.cloud.storage import Blob, Client

WHOLE_BYTES = 32 * 1024 * 1024
"""Objects up to this size are read in one request."""

SCOPES = ("https://www.googleapis.com/auth/devstorage.read_write",)

GZIP_EXPANSION = 100
"""What is stored with Content-Encoding gzip may be so many times as long as it is stored, and 32 MiB."""


class UnreadableObjectError(Exception):
    """The object is there, but its content can't be read, whoever asks: one line that says why."""


class MissingObjectError(Exception):
    """The object, in this generation, is not there (any more)."""


@dataclass(frozen=True, order=True)
class StoredObject:
    """One object: its address, generation (which content of that name), stored size in bytes and Content-Encoding."""

    uri: str
    generation: int
    size: int
    encoding: str = ""


class ObjectReader(Protocol):
    """What a program needs that only reads objects that it knows the names of."""

    def stat(self, uri: str) -> StoredObject | None:
        """The newest generation of an object; None if there is none."""
        ...

    def read(self, uri: str) -> bytes:
        """The newest content, as `open` gives it. MissingObjectError if there is none."""
        ...


class ObjectStore(ObjectReader, Protocol):
    """What the ingest job needs of a place for objects."""

    def list(self, prefix: str) -> Iterator[StoredObject]:
        """The objects whose address begins with prefix, without the placeholders of folders."""
        ...

    def open(self, stored: StoredObject) -> BinaryIO:
        """The content of that very generation, as it was before its Content-Encoding.

        MissingObjectError, also while it is read, if it was replaced; UnreadableObjectError if it can't be read.
        """
        ...

    def copy(self, stored: StoredObject, target: str, metadata: Mapping[str, str]) -> None:
        """Copy to another address with metadata on the copy; a copy that is there is replaced.

        MissingObjectError if that generation was replaced or removed.
        """
        ...


def client() -> Client:
    """A Cloud Storage client with this process's own identity.

    The library honours STORAGE_EMULATOR_HOST, but then goes without credentials unless they are passed.
    """
    import google.auth
    from google.cloud import storage

    credentials, project = google.auth.default(scopes=SCOPES)
    return storage.Client(project=os.environ.get("GOOGLE_CLOUD_PROJECT") or project, credentials=credentials)


def open_store(uri: str) -> CloudStorage | FolderStorage:
    """The store of an address, by its scheme. ValueError for one that is neither gs:// with a bucket nor file://."""
    address = urlsplit(uri)
    if address.scheme == "gs" and address.netloc:
        return CloudStorage()
    if address.scheme == "file":
        return FolderStorage()
    raise ValueError(f"{uri}: give an address that begins with gs:// (or file://)")


class CloudStorage:
    """Cloud Storage. Safe to pickle: the client is made where it is used."""

    @cached_property
    def _client(self) -> Client:
        return client()

    def connect(self) -> None:
        """Look for this process's identity now instead of at the first request. GoogleAuthError if there is none."""
        _ = self._client

    def __getstate__(self) -> dict[str, object]:
        return {}

    def _blob(self, uri: str, generation: int | None = None) -> Blob:
        parts = urlsplit(uri, allow_fragments=False)
        name = uri.removeprefix(f"gs://{parts.netloc}/")
        return self._client.bucket(parts.netloc).blob(name, generation=generation)

    def list(self, prefix: str) -> Iterator[StoredObject]:
        parts = urlsplit(prefix, allow_fragments=False)
        begin = prefix.removeprefix(f"gs://{parts.netloc}").removeprefix("/")
        for blob in self._client.list_blobs(parts.netloc, prefix=begin):
            if not blob.name.endswith("/"):
                yield self._stored(f"gs://{parts.netloc}/{blob.name}", blob)

    @staticmethod
    def _stored(uri: str, blob: Any) -> StoredObject:
        return StoredObject(uri, int(blob.generation), int(blob.size), blob.content_encoding or "")

    def open(self, stored: StoredObject) -> BinaryIO:
        from google.api_core.exceptions import NotFound

        blob = self._blob(stored.uri, stored.generation)
        try:
            if stored.size <= WHOLE_BYTES:
                # Raw: what the client library makes of a Content-Encoding depends on its urllib3.
                content = cast("BinaryIO", BytesIO(blob.download_as_bytes(raw_download=True)))
                return decoded(content, stored)
            blob.reload()
        except NotFound as error:
            raise MissingObjectError(stored.uri) from error
        parts = cast("BinaryIO", blob.open("rb", chunk_size=WHOLE_BYTES, raw_download=True))
        return decoded(cast("BinaryIO", StreamedObject(stored.uri, parts)), stored)

    def stat(self, uri: str) -> StoredObject | None:
        address = self._blob(uri)
        blob = address.bucket.get_blob(address.name)
        return None if blob is None else self._stored(uri, blob)

    def read(self, uri: str) -> bytes:
        from google.api_core.exceptions import NotFound

        blob = self._blob(uri)
        try:
            content = blob.download_as_bytes(raw_download=True)
        except NotFound as error:
            raise MissingObjectError(uri) from error
        stored = StoredObject(uri, 0, len(content), blob.content_encoding or "")
        return decoded(cast("BinaryIO", BytesIO(content)), stored).read()

    def copy(self, stored: StoredObject, target: str, metadata: Mapping[str, str]) -> None:
        from google.api_core.exceptions import NotFound

        blob = self._blob(target)
        blob.metadata = dict(metadata)
        blob.content_type = "application/octet-stream"
        blob.content_encoding = stored.encoding or None
        source, token = self._blob(stored.uri, stored.generation), None
        try:
            while True:
                token, _, _ = blob.rewrite(source, token=token)
                if token is None:
                    return
        except NotFound as error:
            # Else it is the target's bucket that is missing.
            if source.exists():
                raise
            raise MissingObjectError(stored.uri) from error


class StreamedObject(BufferedIOBase):
    """A large object, fetched in parts as it is read: each part can find the object gone."""

    def __init__(self, uri: str, parts: BinaryIO) -> None:
        self._uri, self._parts = uri, parts

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1) -> bytes:
        from google.api_core.exceptions import NotFound

        try:
            return self._parts.read(-1 if size is None else size)
        except NotFound as error:
            raise MissingObjectError(self._uri) from error

    def close(self) -> None:
        self._parts.close()
        super().close()


def decoded(content: BinaryIO, stored: StoredObject) -> BinaryIO:
    """The content before its Content-Encoding. UnreadableObjectError for one that is neither gzip nor none."""
    encoding = stored.encoding.strip().lower()
    if encoding in ("", "identity"):
        return content
    if encoding != "gzip":
        raise UnreadableObjectError(
            f"its Content-Encoding is {stored.encoding[:80]!r}; store it with gzip, or as it is"
        )
    limit = GZIP_EXPANSION * stored.size + WHOLE_BYTES
    return cast("BinaryIO", UnzippedObject(content, limit))


class UnzippedObject(BufferedIOBase):
    """An object that is stored with gzip, unzipped as it is read, up to so many bytes."""

    def __init__(self, content: BinaryIO, limit: int) -> None:
        self._content, self._left = content, limit
        self._unzipped = GzipFile(fileobj=content, mode="rb")

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1) -> bytes:
        try:
            part = self._unzipped.read(-1 if size is None else size)
        except (BadGzipFile, EOFError, zlib.error) as error:
            raise UnreadableObjectError(f"its Content-Encoding is gzip, but it is not: {error}") from error
        self._left -= len(part)
        if self._left < 0:
            raise UnreadableObjectError(f"unzipped it is more than {GZIP_EXPANSION} times as long as it is stored")
        return part

    def close(self) -> None:
        self._content.close()
        super().close()


class FolderStorage:
    """A folder as a store: a file's generation is its time of change; metadata goes beside a copy (`.metadata`)."""

    def connect(self) -> None:
        """A folder asks for no identity."""

    @staticmethod
    def _path(uri: str) -> Path:
        # A file's name is bytes, not all of which are text.
        return Path(os.fsdecode(unquote_to_bytes(urlsplit(uri, allow_fragments=False).path)))

    def list(self, prefix: str) -> Iterator[StoredObject]:
        begin = self._path(prefix)
        for path in [begin] if begin.is_file() else sorted(begin.rglob("*")):
            if path.is_file():
                status = path.stat()
                yield StoredObject(path.as_uri(), status.st_mtime_ns, status.st_size)

    def open(self, stored: StoredObject) -> BinaryIO:
        path = self._path(stored.uri)
        try:
            if path.stat().st_mtime_ns == stored.generation:
                return path.open("rb")
        except FileNotFoundError:
            pass
        raise MissingObjectError(stored.uri)

    def stat(self, uri: str) -> StoredObject | None:
        try:
            status = self._path(uri).stat()
        except FileNotFoundError:
            return None
        return StoredObject(uri, status.st_mtime_ns, status.st_size)

    def read(self, uri: str) -> bytes:
        try:
            return self._path(uri).read_bytes()
        except FileNotFoundError as error:
            raise MissingObjectError(uri) from error

    def copy(self, stored: StoredObject, target: str, metadata: Mapping[str, str]) -> None:
        path = self._path(target)
        path.parent.mkdir(parents=True, exist_ok=True)
        with self.open(stored) as source, path.open("wb") as copied:
            shutil.copyfileobj(source, copied)
        lines = "".join(f"{key}: {value}\n" for key, value in metadata.items())
        path.with_name(path.name + ".metadata").write_text(lines, encoding="utf-8")
