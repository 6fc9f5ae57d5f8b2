"""IAM policies as every Google service keeps them: bindings of roles to members, guarded by an etag."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

from localcloud.services.common import GoogleError

Policy = dict[str, Any]

PUBLIC_MEMBERS = ("allUsers", "allAuthenticatedUsers")


def stamped(bindings: list[dict[str, Any]]) -> Policy:
    """A policy of these bindings with the etag that identifies them."""
    digest = hashlib.sha256(json.dumps(bindings, sort_keys=True).encode()).digest()
    return {"version": 1, "etag": base64.b64encode(digest[:8]).decode(), "bindings": bindings}


def replaced(current: Policy, requested: Any) -> Policy:
    """The policy after a set: checked, equal roles merged, stamped anew.

    Errors: 400 for bindings that are not well formed or carry a condition (nothing here evaluates conditions, and a
    condition that is not evaluated would either grant too much or too little); 412 when `requested` carries an etag
    of another state than `current`.
    """
    if not isinstance(requested, dict):
        raise GoogleError(400, "The policy must be a JSON object with `bindings`", "invalid")
    if requested.get("etag") and requested["etag"] != current["etag"]:
        raise GoogleError(412, "The policy was changed by someone else: read it again and repeat", "conditionNotMet")
    members_of: dict[str, list[str]] = {}
    bindings = requested.get("bindings") or []
    if not isinstance(bindings, list):
        raise GoogleError(400, f"`bindings` of a policy must be a list, not {bindings!r}", "invalid")
    for binding in bindings:
        if not isinstance(binding, dict) or not str(binding.get("role", "")).startswith(("roles/", "projects/")):
            raise GoogleError(400, f"Invalid binding {binding!r}: `role` must be such as roles/viewer", "invalid")
        if binding.get("condition"):
            raise GoogleError(400, f"{binding['role']}: conditions are not supported by localcloud", "invalid")
        members = members_of.setdefault(binding["role"], [])
        members_asked = binding.get("members") or []
        if not isinstance(members_asked, list):
            raise GoogleError(400, f"{binding['role']}: `members` must be a list, not {members_asked!r}", "invalid")
        for member in members_asked:
            named = isinstance(member, str) and (member in PUBLIC_MEMBERS or ":" in member)
            if not named:
                raise GoogleError(400, f"Invalid member {member!r}: write it as serviceAccount:EMAIL", "invalid")
            if member not in members:
                members.append(member)
    return stamped([{"role": role, "members": members} for role, members in members_of.items() if members])
