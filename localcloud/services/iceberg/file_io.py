"""Metadata files in the object store, read and written with the service's own identity (the cloud's owner)."""

from __future__ import annotations

import base64
import gzip
import json
import threading
import time
from collections import OrderedDict
from collections.abc import Iterable

from google.auth import jwt
from pyiceberg.catalog import delete_data_files, delete_files
from pyiceberg.io import GCS_SERVICE_HOST, GCS_TOKEN, GCS_TOKEN_EXPIRES_AT_MS, PY_IO_IMPL, FileIO, load_file_io
from pyiceberg.manifest import ManifestFile
from pyiceberg.table.metadata import TableMetadata

from localcloud.services.iam.accounts import ensure_owner
from localcloud.services.iceberg.errors import IcebergError, bad_request
from localcloud.settings import OWNER, LocalCloud

FILE_IO = {PY_IO_IMPL: "pyiceberg.io.pyarrow.PyArrowFileIO"}  # one for both schemes, gs and file
CACHED_FILES = 256
REFRESH_AHEAD_SECONDS = 600


def token_expiry(token: str) -> int:
    """Seconds since 1970 at which a token of this cloud (an access token or a signed JWT) ends; read, not verified."""
    claims = token.split(".")[1]
    return int(json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))["exp"])


def storage_properties(cloud: LocalCloud, token: str | None) -> dict[str, str]:
    """What a FileIO (pyiceberg's names) needs to reach the object store as the bearer of `token`; None: anonymous."""
    properties = {GCS_SERVICE_HOST: cloud.url("storage")}
    if token is not None:
        properties |= {GCS_TOKEN: token, GCS_TOKEN_EXPIRES_AT_MS: str(token_expiry(token) * 1000)}
    return properties


class OwnerToken:
    """A token of the cloud's owner, signed here with the owner's key and renewed before it expires."""

    def __init__(self, cloud: LocalCloud) -> None:
        ensure_owner(cloud)
        self._credentials = jwt.Credentials.from_service_account_file(
            str(cloud.credentials(OWNER)), audience=cloud.url("storage") + "/"
        )
        self._token = ""
        self._lock = threading.Lock()

    def get(self) -> str:
        with self._lock:
            if not self._token or token_expiry(self._token) - time.time() < REFRESH_AHEAD_SECONDS:
                self._credentials.refresh(None)
                token = self._credentials.token
                self._token = token.decode() if isinstance(token, bytes) else str(token)
            return self._token


class ObjectStore:
    """Whole metadata files by location (gs:// or file://). Safe for threads.

    Metadata files never change once written, so their bytes are cached by location.
    """

    def __init__(self, cloud: LocalCloud) -> None:
        self.cloud = cloud
        self.owner = OwnerToken(cloud)
        self._io: FileIO | None = None
        self._io_token = ""
        self._cache: OrderedDict[str, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def _file_io(self) -> FileIO:
        token = self.owner.get()
        with self._lock:
            if self._io is None or token != self._io_token:
                self._io = load_file_io(storage_properties(self.cloud, token) | FILE_IO)
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
        except OSError as error:
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
        except OSError as error:
            raise _storage_error("write", location, error) from error
        self._remember(location, data)

    def _remember(self, location: str, data: bytes) -> None:
        with self._lock:
            self._cache[location] = data
            while len(self._cache) > CACHED_FILES:
                self._cache.popitem(last=False)

    def delete(self, locations: Iterable[str]) -> None:
        """Delete metadata files that nothing points to. One that can't be deleted is logged and left behind."""
        for location in set(locations):
            delete_files(self._file_io(), {location}, "metadata")
            with self._lock:
                self._cache.pop(location, None)

    def purge(self, metadata: TableMetadata, metadata_location: str) -> None:
        """Delete every data and metadata file of a dropped table."""
        io = self._file_io()
        manifests: list[ManifestFile] = [manifest for snap in metadata.snapshots for manifest in snap.manifests(io)]
        delete_data_files(io, manifests)
        delete_files(io, {manifest.manifest_path for manifest in manifests}, "manifest")
        delete_files(io, {snapshot.manifest_list for snapshot in metadata.snapshots}, "manifest list")
        self.delete([metadata_location, *(entry.metadata_file for entry in metadata.metadata_log)])


def _storage_error(verb: str, location: str, error: OSError) -> IcebergError:
    if isinstance(error, FileNotFoundError):
        return bad_request(f"Cannot {verb} {location}: there is no such object or bucket")
    if isinstance(error, PermissionError):
        return IcebergError(403, "ForbiddenException", f"Cannot {verb} {location}: the object store refused: {error}")
    return IcebergError(503, "ServiceUnavailableException", f"Cannot {verb} {location}: {error}")
