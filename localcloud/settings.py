"""Where everything of one local cloud is: its ports, addresses and folders."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from localcloud.errors import LocalCloudError
from localcloud.proxies import direct_environment
from localcloud.registry import port_count, port_offsets, services

DEFAULT_PORT = 8480
DEFAULT_HOME = ".localcloud"
DEFAULT_PROJECT = "localcloud"

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
        """Read LOCALCLOUD_HOME, LOCALCLOUD_PORT and LOCALCLOUD_PROJECT; each has a default.

        Raises LocalCloudError if the port is none.
        """
        return cls(
            home=Path(os.environ.get("LOCALCLOUD_HOME", DEFAULT_HOME)).absolute(),
            port=read_port(os.environ.get("LOCALCLOUD_PORT", str(DEFAULT_PORT))),
            project=os.environ.get("LOCALCLOUD_PROJECT", DEFAULT_PROJECT),
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


def read_port(text: str) -> int:
    """The first of a cloud's ports; there must be room for all of them behind it."""
    highest = 2**16 - port_count()
    if not text.isdecimal() or not 1 <= int(text) <= highest:
        raise LocalCloudError(f"LOCALCLOUD_PORT {text!r}: set it to a port from 1 to {highest}")
    return int(text)
