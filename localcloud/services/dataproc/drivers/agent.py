"""A cluster's agent: brings a job's files to this machine and its output to the bucket, as the cluster's identity."""

from __future__ import annotations

import functools
import hashlib
import io
import zipfile
from pathlib import Path

from google.cloud import storage

from localcloud.files import write_atomic
from localcloud.services.storage_client import STORAGE_ERRORS, storage_client
from localcloud.settings import LocalCloud


class AgentError(Exception):
    """A file that could not be brought or put; one line that names it and the reason."""


class Agent:
    """Files of the jobs of one identity. Takes gs:// addresses, file:// addresses and absolute paths."""

    def __init__(self, cloud: LocalCloud, identity: str) -> None:
        self.cloud = cloud
        self.identity = identity

    @functools.cached_property
    def client(self) -> storage.Client:
        if not self.cloud.credentials(self.identity).is_file():
            raise AgentError(f"service account {self.identity} has no key in this local cloud: create it first")
        return storage_client(self.cloud, self.identity)

    def read(self, uri: str) -> bytes:
        """The content at an address. Raises AgentError."""
        if uri.startswith("gs://"):
            try:
                return storage.Blob.from_uri(uri, client=self.client).download_as_bytes()
            except (*STORAGE_ERRORS, ValueError) as error:
                raise AgentError(f"{self.identity} can't read {uri}: {first_line(error)}") from error
        path = Path(uri.removeprefix("file://"))
        if not path.is_absolute():
            raise AgentError(f"{uri}: write gs://BUCKET/OBJECT or file:///PATH")
        try:
            return path.read_bytes()
        except OSError as error:
            raise AgentError(f"can't read {uri}: {error.strerror}") from error

    def bring(self, uri: str, folder: Path) -> Path:
        """Copy an address's content into a folder, under its own name."""
        path = folder / Path(uri).name
        write_atomic(path, self.read(uri))
        return path

    def bring_archive(self, uri: str, folder: Path) -> str:
        """Bring an archive; its path, with the `#NAME` of the address if it has one: what Spark calls the unpacked."""
        address, mark, name = uri.partition("#")
        return f"{self.bring(address, folder)}{mark}{name}"

    def bring_python(self, uri: str, folder: Path) -> Path:
        """Bring something to import from: a .zip or .egg as it is, a .py module (whose name counts) inside a zip.

        The name carries the content's digest, so that two jobs' archives of one name never stand for each other.
        """
        content, given = self.read(uri), Path(uri)
        digest = hashlib.sha256(content).hexdigest()[:16]
        path = folder / f"{given.stem}-{digest}{'.zip' if given.suffix == '.py' else given.suffix}"
        write_atomic(path, _zipped(given.name, content) if given.suffix == ".py" else content)
        return path

    def put(self, path: Path, uri: str) -> None:
        """Copy a file to a gs:// address. Raises AgentError."""
        try:
            storage.Blob.from_uri(uri, client=self.client).upload_from_filename(path, content_type="text/plain")
        except (*STORAGE_ERRORS, ValueError) as error:
            raise AgentError(f"{self.identity} can't write {uri}: {first_line(error)}") from error


def _zipped(name: str, content: bytes) -> bytes:
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as archive:
        archive.writestr(name, content)
    return memory.getvalue()


def first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
