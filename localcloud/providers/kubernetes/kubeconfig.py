"""A kubeconfig: which server, which certificate authority, which credentials."""

from __future__ import annotations

import base64
import binascii
import ipaddress
import json
import os
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

import localcloud
from localcloud.providers.errors import ProviderError

EXEC_TIMEOUT_S = 30
EARLY = timedelta(seconds=60)


@dataclass
class Cluster:
    """Where a cluster is and how to be let in."""

    server: str
    authority: str | None
    user: dict[str, Any]
    environment: dict[str, str]
    """What a credential plugin finds in its environment: the local cloud's identity, never the user's own."""
    _token: str = ""
    _expires: datetime | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def token(self) -> str | None:
        """A bearer token, from the user's entry or its exec plugin. Errors: ProviderError."""
        if self.user.get("token"):
            return self.user["token"]
        if self.user.get("tokenFile"):
            return _read(self.user["tokenFile"]).strip()
        if not self.user.get("exec"):
            return None
        with self._lock:
            if not self._token or (self._expires and datetime.now(UTC) > self._expires - EARLY):
                self._token, self._expires = run_plugin(self.user["exec"], self.environment)
            return self._token


def read_kubeconfig(text: str, context: str | None = None, environment: dict[str, str] | None = None) -> Cluster:
    """The current (or given) context of a kubeconfig: its contents, or the path of its file. Errors: ProviderError."""
    try:
        document = yaml.safe_load(text if "\n" in text or text.lstrip().startswith("{") else _read(text))
        names = {
            kind: {item["name"]: item[kind[:-1]] for item in document[kind]}
            for kind in ("clusters", "contexts", "users")
        }
        chosen = names["contexts"][context or document["current-context"]]
        cluster, user = names["clusters"][chosen["cluster"]], names["users"].get(chosen.get("user", ""), {})
        server = str(cluster["server"])
    except (yaml.YAMLError, KeyError, TypeError) as error:
        reason = " ".join(str(error).split())
        raise ProviderError(
            f"kubeconfig: not a kubeconfig's contents or path ({type(error).__name__}: {reason})"
        ) from error
    _refuse_remote(server)
    return Cluster(server.rstrip("/"), _authority(cluster), user or {}, environment or {})


def _read(path: str) -> str:
    try:
        return Path(path).expanduser().read_text(encoding="utf-8")
    except OSError as error:
        raise ProviderError(f"kubeconfig: cannot read {path!r}: {error.strerror}") from error


def _refuse_remote(server: str) -> None:
    """The local cloud must never change a real cluster, whatever a kubeconfig names."""
    host = urlsplit(server).hostname or ""
    try:
        local = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        local = False
    if not local:
        raise ProviderError(f"kubeconfig: {server} is not on this machine; the local cloud serves local clusters only")


def _authority(cluster: dict[str, Any]) -> str | None:
    data = cluster.get("certificate-authority-data")
    if data:
        try:
            return base64.b64decode(data, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError) as error:
            raise ProviderError(
                f"kubeconfig: certificate-authority-data is not base64 of a certificate: {error}"
            ) from error
    path = cluster.get("certificate-authority")
    return _read(path) if path else None


def run_plugin(plugin: dict[str, Any], own_environment: dict[str, str]) -> tuple[str, datetime | None]:
    """Ask a credential plugin for a token (client.authentication.k8s.io). Errors: ProviderError."""
    version = plugin.get("apiVersion", "client.authentication.k8s.io/v1beta1")
    request = {"apiVersion": version, "kind": "ExecCredential", "spec": {"interactive": False}}
    own = Path(next(iter(localcloud.__path__))) / "bin"
    folders = (str(own), str(Path(sys.executable).parent), os.environ.get("PATH", ""))
    environment = {**os.environ, **own_environment, "PATH": os.pathsep.join(folders)}
    environment |= {item["name"]: item["value"] for item in plugin.get("env") or []}
    environment["KUBERNETES_EXEC_INFO"] = json.dumps(request)
    command = [plugin["command"], *(plugin.get("args") or [])]
    # The command is looked up on this process's PATH, so the local cloud's own folder is searched by hand.
    if "/" not in command[0] and (own / command[0]).is_file():
        command[0] = str(own / command[0])
    try:
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=EXEC_TIMEOUT_S, check=True
        )
        status = json.loads(done.stdout)["status"]
        expires = status.get("expirationTimestamp")
        return status["token"], datetime.fromisoformat(expires) if expires else None
    except FileNotFoundError as error:
        raise ProviderError(f"kubeconfig: credential plugin {plugin['command']!r} is not on the PATH") from error
    except subprocess.TimeoutExpired as error:
        raise ProviderError(
            f"kubeconfig: credential plugin {plugin['command']!r} did not answer in {EXEC_TIMEOUT_S} s"
        ) from error
    except subprocess.CalledProcessError as error:
        reason = " ".join((error.stderr or error.stdout or "").split()) or f"exit code {error.returncode}"
        raise ProviderError(f"kubeconfig: credential plugin {plugin['command']!r} failed: {reason}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise ProviderError(f"kubeconfig: credential plugin {plugin['command']!r} gave no ExecCredential") from error
