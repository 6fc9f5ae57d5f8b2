"""What a stack reference reads: the outputs of another stack of the same backend."""

from __future__ import annotations

from dataclasses import replace

from localcloud.engine.checkpoint.backend import StackFiles
from localcloud.engine.checkpoint.passphrase import Crypter
from localcloud.engine.checkpoint.state import ResourceState
from localcloud.engine.project.configuration import ORGANIZATION
from localcloud.errors import LocalCloudError
from localcloud.wire.urns import STACK_TYPE
from localcloud.wire.values import Properties


def outputs_of(name: str, own: StackFiles, passphrase: str) -> Properties:
    """The outputs of the stack that `own` knows by a name: `stack`, `organization/stack` (both of its own project) or
    `organization/project/stack`.

    Secrets stay secret; they need the same passphrase. Errors: LocalCloudError if there is no such stack.
    """
    deployment = _named(name, own).load()
    if deployment is None:
        raise LocalCloudError(f"unknown stack {name!r}: deploy it first, to the same backend")
    salt = ((deployment.get("secrets_providers") or {}).get("state") or {}).get("salt", "")
    decrypt = Crypter(passphrase, salt).decrypt
    for raw in deployment.get("resources") or []:
        if raw["type"] == STACK_TYPE:
            return ResourceState.from_checkpoint(raw, decrypt).outputs
    return {}


def _named(name: str, own: StackFiles) -> StackFiles:
    parts = name.split("/")
    if len(parts) == 1:
        parts.insert(0, ORGANIZATION)
    if len(parts) == 2:
        parts.insert(1, own.project)
    if len(parts) > 3 or parts[0] != ORGANIZATION or "" in parts:
        raise LocalCloudError(f"{name!r} is not a stack: it must be {ORGANIZATION}/<project>/<stack>")
    return replace(own, project=parts[1], stack=parts[2])
