"""IAM policies as every Google service keeps them: bindings of roles to members, guarded by an etag."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, Field, ValidationError

from localcloud.services.common import GoogleError
from localcloud.services.iam.conditions import ConditionError

Policy = dict[str, Any]

CONDITIONAL_VERSION = 3
"""The version of policies with conditions, which who reads or writes one must say that he knows."""
PUBLIC_MEMBERS = ("allUsers", "allAuthenticatedUsers")


def _known_role(role: str) -> str:
    if not role.startswith(("roles/", "projects/")):
        raise ValueError(f"Invalid role {role!r}: write it as roles/viewer")
    return role


def _known_member(member: str) -> str:
    if member not in PUBLIC_MEMBERS and ":" not in member:
        raise ValueError(f"Invalid member {member!r}: write it as serviceAccount:EMAIL")
    return member


class Condition(BaseModel, strict=True):
    """What a binding depends on; whether the expression can be evaluated is for who evaluates it to say."""

    expression: Annotated[str, Field(min_length=1)]
    title: Annotated[str, Field(min_length=1, max_length=100)]
    description: str | None = None
    location: str | None = None


class Binding(BaseModel, strict=True):
    """A role and who has it."""

    role: Annotated[str, AfterValidator(_known_role)]
    members: list[Annotated[str, AfterValidator(_known_member)]] | None = None
    condition: Condition | None = None


class Requested(BaseModel, strict=True):
    """A policy as a caller sets it."""

    bindings: list[Binding] | None = None
    etag: str | None = None
    version: int | None = None


def stamped(bindings: list[dict[str, Any]]) -> Policy:
    """A policy of these bindings with the etag that identifies them."""
    digest = hashlib.sha256(json.dumps(bindings, sort_keys=True).encode()).digest()
    version = CONDITIONAL_VERSION if any("condition" in binding for binding in bindings) else 1
    return {"version": version, "etag": base64.b64encode(digest[:8]).decode(), "bindings": bindings}


def replaced(current: Policy, requested: object, check_condition: Callable[[str], None] | None = None) -> Policy:
    """The policy after a set: checked, equal roles merged, stamped anew.

    Errors: 400 that names the place for what is not of a policy's form, and for an expression of which
    `check_condition` raises ConditionError, or for any if nobody evaluates them; 412 when `requested` carries an etag
    of another state than `current`.
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
    _check_conditions(wanted, check_condition)
    found: dict[str, dict[str, Any]] = {}
    members: dict[str, dict[str, None]] = {}
    for binding in wanted.bindings or []:
        one = binding.model_dump(include={"role", "condition"}, exclude_none=True)
        key = json.dumps(one, sort_keys=True)
        found[key] = one
        members.setdefault(key, {}).update(dict.fromkeys(binding.members or []))
    return stamped([one | {"members": list(members[key])} for key, one in found.items() if members[key]])


def _check_conditions(wanted: Requested, check_condition: Callable[[str], None] | None) -> None:
    conditional = [binding for binding in wanted.bindings or [] if binding.condition]
    if conditional and check_condition is None:
        raise GoogleError(400, "Conditions are not offered by the local cloud but in policies of buckets", "invalid")
    if conditional and wanted.version != CONDITIONAL_VERSION:
        message = (
            f"A policy with conditions must have a version of at least {CONDITIONAL_VERSION}, not {wanted.version}"
        )
        raise GoogleError(400, message, "invalid")
    for binding in conditional:
        if not set(PUBLIC_MEMBERS).isdisjoint(binding.members or []):
            raise GoogleError(400, "A grant to all users can't have a condition", "invalid")
        try:
            if binding.condition and check_condition:
                check_condition(binding.condition.expression)
        except ConditionError as error:
            raise GoogleError(400, f"Invalid condition of {binding.role}: {error}", "invalid") from error
