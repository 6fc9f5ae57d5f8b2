"""IAM policies as every Google service keeps them: bindings of roles to members, guarded by an etag."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ValidationError

from localcloud.services.common import GoogleError

Policy = dict[str, Any]

PUBLIC_MEMBERS = ("allUsers", "allAuthenticatedUsers")


def _known_role(role: str) -> str:
    if not role.startswith(("roles/", "projects/")):
        raise ValueError(f"Invalid role {role!r}: write it as roles/viewer")
    return role


def _known_member(member: str) -> str:
    if member not in PUBLIC_MEMBERS and ":" not in member:
        raise ValueError(f"Invalid member {member!r}: write it as serviceAccount:EMAIL")
    return member


def _unconditional(condition: Any) -> None:
    """Nothing here evaluates conditions: one that is not evaluated would grant either too much or too little."""
    if condition:
        raise ValueError("conditions are not supported by localcloud")


class Binding(BaseModel, strict=True):
    """A role and who has it."""

    role: Annotated[str, AfterValidator(_known_role)]
    members: list[Annotated[str, AfterValidator(_known_member)]] | None = None
    condition: Annotated[Any, AfterValidator(_unconditional)] = None


class Requested(BaseModel, strict=True):
    """A policy as a caller sets it."""

    bindings: list[Binding] | None = None
    etag: str | None = None


def stamped(bindings: list[dict[str, Any]]) -> Policy:
    """A policy of these bindings with the etag that identifies them."""
    digest = hashlib.sha256(json.dumps(bindings, sort_keys=True).encode()).digest()
    return {"version": 1, "etag": base64.b64encode(digest[:8]).decode(), "bindings": bindings}


def replaced(current: Policy, requested: object) -> Policy:
    """The policy after a set: checked, equal roles merged, stamped anew.

    Errors: 400 that names the place for what is not of a policy's form, and for conditions; 412 when `requested`
    carries an etag of another state than `current`.
    """
    try:
        wanted = Requested.model_validate(requested)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in ("policy", *first["loc"]))
        said = "it must be an object" if first["type"] == "model_type" else first["msg"].removeprefix("Value error, ")
        message = f"Invalid value at {place}: {said}"
        raise GoogleError(400, message, "invalid") from error
    if wanted.etag and wanted.etag != current["etag"]:
        raise GoogleError(412, "The policy was changed by someone else: read it again and repeat", "conditionNotMet")
    members_of: dict[str, dict[str, None]] = {}
    for binding in wanted.bindings or []:
        members_of.setdefault(binding.role, {}).update(dict.fromkeys(binding.members or []))
    return stamped([{"role": role, "members": list(members)} for role, members in members_of.items() if members])
