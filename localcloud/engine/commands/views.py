"""What can be read of a stack without running its program: its outputs and its state."""

from __future__ import annotations

import json
from typing import Any

from localcloud.engine.checkpoint.backend import CHECKPOINT_VERSION
from localcloud.engine.checkpoint.state import seal, unseal
from localcloud.engine.commands.session import Options, Session
from localcloud.errors import LocalCloudError
from localcloud.wire.urns import STACK_TYPE


def outputs(options: Options, *, as_json: bool) -> int:
    """Print the stack's outputs; secrets as [secret] unless they are to be shown."""
    from localcloud.engine.display.display import render_outputs

    session, deployment = _load(options)
    raw = next((item for item in deployment.get("resources", []) if item["type"] == STACK_TYPE), {})
    sealed = raw.get("outputs") or {}
    opened = unseal(sealed, session.crypter.decrypt) if options.show_secrets else sealed
    shown = render_outputs(opened, show_secrets=options.show_secrets)
    if as_json:
        print(json.dumps(shown, indent=2))
    else:
        width = max(map(len, shown), default=0)
        for name, value in shown.items():
            print(f"{name:<{width}}  {value if isinstance(value, str) else json.dumps(value)}")
    return 0


def export(options: Options) -> int:
    """Print the deployment as `pulumi stack export` does."""
    session, deployment = _load(options)
    if options.show_secrets:
        deployment = _in_plain_text(session, deployment)
    print(json.dumps({"version": CHECKPOINT_VERSION, "deployment": deployment}, indent=4))
    return 0


def _load(options: Options) -> tuple[Session, dict[str, Any]]:
    session = Session(options)
    deployment = session.files.load()
    if deployment is None:
        raise LocalCloudError(f"there is no stack {options.stack!r} of project {session.project.name!r} yet")
    if options.show_secrets:
        session.verify()
    return session, deployment


def _in_plain_text(session: Session, deployment: dict[str, Any]) -> dict[str, Any]:
    def reveal(resource: dict[str, Any]) -> dict[str, Any]:
        opened = {
            key: seal(unseal(resource[key], session.crypter.decrypt), None)
            for key in ("inputs", "outputs")
            if key in resource
        }
        return {**resource, **opened}

    revealed = {**deployment, "resources": [reveal(item) for item in deployment.get("resources", [])]}
    if "pending_operations" in deployment:
        revealed["pending_operations"] = [
            {**item, "resource": reveal(item["resource"])} for item in deployment["pending_operations"]
        ]
    return revealed
