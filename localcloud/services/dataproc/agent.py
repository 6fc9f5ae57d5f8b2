"""A cluster's agent: brings a job's files to this machine and its output to the bucket, as the cluster's identity."""

from __future__ import annotations

import functools
import hashlib
import zipfile
from pathlib import Path

from google.api_core.exceptions import GoogleAPICallError
from google.auth.exceptions import GoogleAuthError
from google.cloud import storage
from google.oauth2.service_account import Credentials
from requests.exceptions import RequestException

from localcloud.services.common import write_atomic
from localcloud.settings import LocalCloud

SCOPES = ("https://www.googleapis.com/auth/cloud-platform",)


class AgentError(Exception):
    """A file that could not be brought or put; one line that names it and the reason."""


class Agent:
    """Files of the jobs of one identity. Takes gs:// addresses, file:// addresses and absolute paths."""

    def __init__(self, cloud: LocalCloud, identity: str) -> None:
        self.cloud = cloud
        self.identity = identity

    @functools.cached_property
    def client(self) -> storage.Client:
        key = self.cloud.credentials(self.identity)
        if not key.is_file():
            raise AgentError(f"service account {self.identity} has no key in this local cloud: create it first")
        return storage.Client(
            project=self.cloud.project,
            credentials=Credentials.from_service_account_file(key, scopes=SCOPES),
            client_options={"api_endpoint": self.cloud.url("storage")},
        )

    def read(self, uri: str) -> bytes:
        """The content at an address. Raises AgentError."""
        if uri.startswith("gs://"):
            try:
                return storage.Blob.from_uri(uri, client=self.client).download_as_bytes()
            except (GoogleAPICallError, GoogleAuthError, RequestException, ValueError) as error:
                raise AgentError(f"{self.identity} can't read {uri}: {_first_line(error)}") from error
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

    def bring_python(self, uri: str, folder: Path) -> Path:
        """Bring something to import from: a .zip or .egg as it is, a .py module (whose name counts) inside a zip.

        The name carries the content's digest, so that two jobs' archives of one name never stand for each other.
        """
        content, given = self.read(uri), Path(uri)
        digest = hashlib.sha256(content).hexdigest()[:16]
        path = folder / f"{given.stem}-{digest}{'.zip' if given.suffix == '.py' else given.suffix}"
        write_atomic(path, content)
        if given.suffix == ".py":
            with zipfile.ZipFile(path, "w") as archive:
                archive.writestr(given.name, content)
        return path

    def put(self, path: Path, uri: str) -> None:
        """Copy a file to a gs:// address. Raises AgentError."""
        try:
            storage.Blob.from_uri(uri, client=self.client).upload_from_filename(path, content_type="text/plain")
        except (GoogleAPICallError, GoogleAuthError, RequestException, ValueError) as error:
            raise AgentError(f"{self.identity} can't write {uri}: {_first_line(error)}") from error


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
