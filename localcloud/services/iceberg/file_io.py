"""Metadata files in the object store, read and written with the service's own identity (the cloud's owner)."""

from __future__ import annotations

import gzip
import threading
from collections import OrderedDict
from collections.abc import Iterable
from datetime import timedelta
from urllib.parse import urlsplit

from pyarrow import ArrowInvalid
from pyarrow.fs import FileSystem, GcsFileSystem
from pyiceberg.catalog import delete_files
from pyiceberg.io import GCS_SERVICE_HOST, GCS_TOKEN, GCS_TOKEN_EXPIRES_AT_MS, FileIO
from pyiceberg.io.pyarrow import PyArrowFileIO
from pyiceberg.table.metadata import TableMetadata
from pyiceberg.utils.datetime import millis_to_datetime

from localcloud.services.iceberg.errors import IcebergError, bad_request
from localcloud.services.lake_access import OwnerToken, storage_properties
from localcloud.settings import LocalCloud

CACHED_BYTES = 64 << 20
RETRY_TIME_LIMIT = timedelta(seconds=20)  # Google's library repeats a failed request for 15 minutes


class OwnFileIO(PyArrowFileIO):
    """The service's own way to its files: it gives up on a failing object store before a client of it does."""

    def _initialize_gcs_fs(self) -> FileSystem:
        endpoint = urlsplit(self.properties[GCS_SERVICE_HOST])
        return GcsFileSystem(
            access_token=self.properties[GCS_TOKEN],
            credential_token_expiration=millis_to_datetime(int(self.properties[GCS_TOKEN_EXPIRES_AT_MS])),
            scheme=endpoint.scheme,
            endpoint_override=endpoint.netloc,
            retry_time_limit=RETRY_TIME_LIMIT,
        )


class ObjectStore:
    """Whole metadata files by location (gs:// or file://). Safe for threads.

    Metadata files never change once written, so their bytes are cached by location, those used last.
    """

    def __init__(self, cloud: LocalCloud) -> None:
        self.cloud = cloud
        self.owner = OwnerToken(cloud)
        self._io: FileIO | None = None
        self._io_token = ""
        self._cache: OrderedDict[str, bytes] = OrderedDict()
        self._cached_bytes = 0
        self._lock = threading.Lock()

    def _file_io(self) -> FileIO:
        token = self.owner.get()
        with self._lock:
            if self._io is None or token != self._io_token:
                self._io = OwnFileIO(storage_properties(self.cloud, token))
                self._io_token = token
            return self._io

    def read(self, location: str) -> bytes:
        """A metadata file's JSON. Errors: IcebergError if the object store refuses or has no such object."""
        with self._lock:
            if location in self._cache:
                self._cache.move_to_end(location)
                return self._cache[location]
        try:
            with self._file_io().new_input(location).open() as stream:
                data = stream.read()
        except (OSError, ArrowInvalid) as error:
            raise _storage_error("read", location, error) from error
        if location.endswith(".gz.metadata.json"):
            data = gzip.decompress(data)
        self._remember(location, data)
        return data

    def write(self, location: str, data: bytes) -> None:
        """Write a new metadata file; its location holds a fresh UUID, so it never replaces one."""
        try:
            with self._file_io().new_output(location).create(overwrite=True) as stream:
                stream.write(data)
        except (OSError, ArrowInvalid) as error:
            raise _storage_error("write", location, error) from error
        self._remember(location, data)

    def _remember(self, location: str, data: bytes) -> None:
        with self._lock:
            self._forget(location)
            self._cache[location] = data
            self._cached_bytes += len(data)
            while self._cached_bytes > CACHED_BYTES:
                self._forget(next(iter(self._cache)))

    def _forget(self, location: str) -> None:
        self._cached_bytes -= len(self._cache.pop(location, b""))

    def delete(self, locations: Iterable[str]) -> None:
        """Delete metadata files that nothing points to. One that can't be deleted is logged and left behind."""
        for location in set(locations):
            delete_files(self._file_io(), {location}, "metadata")
            with self._lock:
                self._forget(location)

    def files_of(self, metadata: TableMetadata) -> set[str]:
        """Every data file, manifest and manifest list of a table. Errors: IcebergError for one that can't be read."""
        io, files = self._file_io(), set[str]()
        try:
            for snapshot in metadata.snapshots:
                files.add(snapshot.manifest_list)
                for manifest in snapshot.manifests(io):
                    files.add(manifest.manifest_path)
                    entries = manifest.fetch_manifest_entry(io, discard_deleted=False)
                    files.update(entry.data_file.file_path for entry in entries)
        except OSError as error:
            raise _storage_error("read", f"the files of {metadata.location}", error) from error
        except (ValueError, LookupError, TypeError, EOFError, AssertionError) as error:  # pyiceberg, of what is no Avro
            raise bad_request(f"Cannot purge {metadata.location}: its manifests can't be read: {error!r}") from error
        return files

    def purge(self, files: set[str], metadata: TableMetadata, metadata_location: str) -> None:
        """Delete every file of a dropped table."""
        delete_files(self._file_io(), files, "table")
        self.delete([metadata_location, *(entry.metadata_file for entry in metadata.metadata_log)])


def _storage_error(verb: str, location: str, error: Exception) -> IcebergError:
    if isinstance(error, FileNotFoundError):
        return bad_request(f"Cannot {verb} {location}: there is no such object or bucket")
    if isinstance(error, PermissionError):
        return IcebergError(403, "ForbiddenException", f"Cannot {verb} {location}: the object store refused: {error}")
    if "No space left" in str(error):
        return IcebergError(413, "InsufficientStorageException", f"Cannot {verb} {location}: {error}")
    return IcebergError(503, "ServiceUnavailableException", f"Cannot {verb} {location}: {error}")
