"""Policy documents of form uploads: what a form may say, signed by who made the form.

Source: https://cloud.google.com/storage/docs/authentication/signatures#policy-document
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from localcloud.services.common import GoogleError, whole_number
from localcloud.services.storage.signed_urls import (
    check_algorithm,
    check_signature,
    expired,
    malformed,
    read_credential,
    read_date,
)
from localcloud.settings import LocalCloud

FREE = frozenset({"bucket", "file", "googleaccessid", "policy", "signature", "x-goog-signature"})
"""Fields that a policy need not name."""
IGNORED = "x-ignore-"


def _unmet(problem: str) -> GoogleError:
    message = f"The content of the form does not meet the conditions specified in the policy document: {problem}"
    return GoogleError(400, message, "invalidPolicyDocument")


@dataclass(frozen=True)
class Policy:
    """Who made it, and how large a file it allows."""

    signer: str
    least_bytes: int
    most_bytes: int | None

    def check_size(self, size: int) -> None:
        """Errors: 400 for a file that is smaller or larger than allowed."""
        if size < self.least_bytes:
            raise GoogleError(400, f"The file has {size} bytes, not {self.least_bytes} at least", "entityTooSmall")
        if self.most_bytes is not None and size > self.most_bytes:
            raise GoogleError(413, f"The file has {size} bytes, not {self.most_bytes} at most", "entityTooLarge")


def admitted(cloud: LocalCloud, bucket: str, fields: Mapping[str, str]) -> Policy | None:
    """The policy in a form's fields, whose names are in lower case; None for a form without one.

    Errors: 400 for a malformed or expired policy and for fields that it does not allow, 403 for a wrong signature.
    """
    text = fields.get("policy")
    if text is None:
        return None
    email = _signer(cloud, fields, text)
    policy = _document(text)
    _check_expiration(policy.get("expiration"))
    given = {"bucket": bucket, **fields}
    named, sizes = set[str](), (0, None)
    for condition in policy["conditions"]:
        kind, name, value = _condition(condition)
        if kind == "content-length-range":
            sizes = (whole_number(kind, name) or 0, whole_number(kind, value))
            continue
        named.add(name)
        actual = given.get(name, "")
        if not (actual.startswith(value) if kind == "starts-with" else actual == value):
            raise _unmet(f"{name} is {actual!r}, and must be {value!r}" + (" at its beginning" * (kind != "eq")))
    more = {name for name in fields if not name.startswith(IGNORED)} - named - FREE
    if more:
        raise _unmet(f"it says nothing of {', '.join(sorted(more))}")
    return Policy(email, *sizes)


def _signer(cloud: LocalCloud, fields: Mapping[str, str], text: str) -> str:
    try:
        if "x-goog-signature" not in fields:  # version 2
            email = fields.get("googleaccessid", "")
            signature = base64.b64decode(fields.get("signature", ""), validate=True)
        else:
            check_algorithm(fields.get("x-goog-algorithm", ""))
            date = fields.get("x-goog-date", "")
            read_date(date)
            email, _ = read_credential(fields.get("x-goog-credential", ""), date)
            signature = bytes.fromhex(fields["x-goog-signature"])
    except (ValueError, binascii.Error) as error:
        raise malformed(f"The form's signature is malformed: {error}") from error
    check_signature(cloud, email, text, signature)
    return email


def _document(text: str) -> dict[str, Any]:
    try:
        policy = json.loads(base64.b64decode(text, validate=True))
    except ValueError as error:
        raise _unmet(f"it is not JSON in base64: {error}") from error
    if not isinstance(policy, dict) or not isinstance(policy.get("conditions"), list):
        raise _unmet("it has no list of conditions")
    return policy


def _check_expiration(text: object) -> None:
    try:
        end = datetime.fromisoformat(str(text))
    except ValueError as error:
        raise _unmet(f"its expiration {text!r} is no time as in RFC 3339") from error
    end = end if end.tzinfo else end.replace(tzinfo=UTC)
    if end < datetime.now(UTC):
        raise expired(end)


def _condition(condition: object) -> tuple[str, str, str]:
    """(eq, starts-with or content-length-range, name or least, value or most)."""
    if isinstance(condition, dict) and len(condition) == 1:
        ((name, value),) = condition.items()
        return "eq", str(name).lower(), str(value)
    if isinstance(condition, list) and len(condition) == 3:
        kind, name, value = (str(part) for part in condition)
        if kind == "content-length-range":
            return kind, name, value
        if kind in ("eq", "starts-with") and name.startswith("$"):
            return kind, name[1:].lower(), value
    raise _unmet(f"it has no condition {condition!r}")
