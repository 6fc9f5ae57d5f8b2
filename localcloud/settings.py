"""Where everything of one local cloud is: its ports, addresses and folders."""

from __future__ import annotations

import hashlib
import json
import os
import re
from dataclasses import dataclass
from pathlib import Path

from localcloud.errors import LocalCloudError
from localcloud.files import write_atomic
from localcloud.proxies import direct_environment
from localcloud.registry import port_count, port_offsets, services

DEFAULT_PORT = 8480
DEFAULT_HOME = ".localcloud"
DEFAULT_PROJECT = "localcloud"
PROJECT_ID = re.compile(r"[a-z][a-z0-9-]{4,28}[a-z0-9]")

ACCOUNT_DOMAIN = ".iam.gserviceaccount.com"
OWNER = f"owner@localcloud{ACCOUNT_DOMAIN}"


@dataclass(frozen=True)
class LocalCloud:
    """One local cloud: `home` holds all of its state, `port` is the first of its consecutive loopback ports.

    `project` is the owner's: where a client works that names none.
    """

    home: Path
    port: int = DEFAULT_PORT
    project: str = DEFAULT_PROJECT

    @classmethod
    def from_environment(cls) -> LocalCloud:
        """Read LOCALCLOUD_HOME, LOCALCLOUD_PORT and LOCALCLOUD_PROJECT; each has a default, the latter two what the
        home was last started with.

        Raises LocalCloudError for what is no home, port or project.
        """
        home = home_from_environment()
        given = {**cls(home).environment(), **_remembered(home), **os.environ}
        return cls(home, read_port(given["LOCALCLOUD_PORT"]), read_project(given["LOCALCLOUD_PROJECT"]))

    def remember(self) -> None:
        """Keep port and project in the home, for whoever is told no other."""
        kept = {"LOCALCLOUD_PORT": str(self.port), "LOCALCLOUD_PROJECT": self.project}
        write_atomic(_memory_of(self.home), json.dumps(kept).encode())

    def require_remembered_port(self) -> None:
        """LocalCloudError if the home was last started with another port."""
        port = _remembered(self.home).get("LOCALCLOUD_PORT", str(self.port))
        if port != str(self.port):
            raise LocalCloudError(
                f"the local cloud in {self.home} runs at port {port}, not {self.port}: stop it first, or unset "
                "LOCALCLOUD_PORT"
            )

    @staticmethod
    def project_number(project: str) -> str:
        """The number of a project: twelve digits that stay the same for its id."""
        return str(10**11 + int.from_bytes(hashlib.sha256(project.encode()).digest()[:4], "big"))

    def port_of(self, name: str) -> int:
        """The port of a service or provider."""
        return self.port + port_offsets()[name]

    def url(self, service: str) -> str:
        """Root address of a service or the gateway, without a slash at its end."""
        return f"http://127.0.0.1:{self.port_of(service)}"

    def client_variables(self, service: str) -> dict[str, str]:
        """The variables by which clients find a service; none if they know none."""
        address = f"127.0.0.1:{self.port_of(service)}"
        declared = (variable.partition("=") for variable in services()[service].client_variables)
        return {name: value.format(address=address) or address for name, _, value in declared}

    def folder(self, name: str) -> Path:
        """A folder below home for one service's state; made if missing."""
        path = self.home / name
        path.mkdir(parents=True, exist_ok=True)
        return path

    def credentials(self, email: str) -> Path:
        """The service-account key file of an identity. The IAM service writes it when the account is created."""
        return self.home / "credentials" / f"{email}.json"

    @property
    def grpc_roots(self) -> Path:
        """The authorities that gRPC's clients trust, the gateway's among them; written when it starts."""
        return self.home / "gateway" / "roots.pem"

    def project_of(self, email: str) -> str:
        """The project of an identity, which stands in its e-mail: account@PROJECT.iam.gserviceaccount.com."""
        return self.project if email == OWNER else email.partition("@")[2].removesuffix(ACCOUNT_DOMAIN)

    def environment(self) -> dict[str, str]:
        """What every process that talks to this cloud needs to find it."""
        return {
            "LOCALCLOUD_HOME": str(self.home),
            "LOCALCLOUD_PORT": str(self.port),
            "LOCALCLOUD_PROJECT": self.project,
        }

    def job_environment(self, email: str) -> dict[str, str]:
        """What a job's process sees of the cloud: its identity, the object store, and where gRPC finds Google."""
        return {
            **direct_environment(),
            "GOOGLE_APPLICATION_CREDENTIALS": str(self.credentials(email)),
            "GOOGLE_CLOUD_PROJECT": self.project_of(email),
            **self.client_variables("storage"),
            "grpc_proxy": self.url("gateway"),
            "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH": str(self.grpc_roots),
            "GCE_METADATA_MTLS_MODE": "none",
            "NO_GCE_CHECK": "true",
        }


def _memory_of(home: Path) -> Path:
    return home / "settings.json"


def _remembered(home: Path) -> dict[str, str]:
    try:
        return json.loads(_memory_of(home).read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return {}


def home_from_environment() -> Path:
    """LOCALCLOUD_HOME, or its default. Errors: LocalCloudError if it is empty, which would be the current folder."""
    given = os.environ.get("LOCALCLOUD_HOME", DEFAULT_HOME)
    if not given:
        raise LocalCloudError("LOCALCLOUD_HOME is empty: set it to a folder, or unset it")
    return Path(given).absolute()


def read_project(text: str) -> str:
    """The id of a project. Source: https://cloud.google.com/resource-manager/docs/creating-managing-projects."""
    if not PROJECT_ID.fullmatch(text):
        raise LocalCloudError(
            f"LOCALCLOUD_PROJECT {text!r}: set it to 6 to 30 lower-case letters, digits and hyphens, a letter first"
        )
    return text


def read_port(text: str) -> int:
    """The first of a cloud's ports; there must be room for all of them behind it."""
    highest = 2**16 - port_count()
    if not text.isdecimal() or not 1 <= int(text) <= highest:
        raise LocalCloudError(f"LOCALCLOUD_PORT {text!r}: set it to a port from 1 to {highest}")
    return int(text)
