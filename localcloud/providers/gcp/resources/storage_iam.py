"""Grants on a bucket: one member in one role of the bucket's policy, changed by read, modify, write with its etag."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable
from typing import Any, ClassVar

from localcloud.providers.errors import ProviderError
from localcloud.providers.gcp.resource_type import Call, Outputs, ResourceType
from localcloud.providers.gcp.resources.storage import bucket_path
from localcloud.providers.gcp.rest import ServiceError
from localcloud.providers.gcp.rules import IAM_MEMBER
from localcloud.providers.waiting import pause

ATTEMPTS = 10
WAIT_S = 0.05
WITH_CONDITIONS = {"optionsRequestedPolicyVersion": "3"}
_LOCKS: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)

Bindings = list[dict[str, Any]]


def change_policy(call: Call, path: str, change: Callable[[Bindings], Bindings]) -> dict[str, Any]:
    """Apply a change to a policy's bindings; again with the new policy when someone else changed it meanwhile."""
    with _LOCKS[path]:
        for attempt in range(ATTEMPTS):
            policy = call.services.get("storage", path, params=WITH_CONDITIONS)
            bindings = change([dict(binding) for binding in policy.get("bindings", [])])
            wanted = {**policy, "bindings": bindings}
            if any(binding.get("condition") for binding in bindings):
                wanted["version"] = 3
            try:
                return call.services.put("storage", path, wanted)
            except ServiceError as error:
                if error.status not in (409, 412):
                    raise
                pause(call.ended, WAIT_S * 2**attempt)
    raise ProviderError(f"the policy at {path} was changed by others {ATTEMPTS} times in a row; try again")


def find_binding(bindings: Bindings, role: str, condition: dict[str, Any] | None) -> dict[str, Any] | None:
    """The binding of a role under exactly this condition."""
    same = (
        item for item in bindings if item["role"] == role and (item.get("condition") or None) == (condition or None)
    )
    return next(same, None)


def _bucket(call: Call) -> str:
    return str(call.get("bucket")).removeprefix("b/")


def _path(call: Call) -> str:
    """The bucket's policy."""
    return f"{bucket_path(_bucket(call))}/iam"


class BucketIAMMember(ResourceType):
    token = "gcp:storage/bucketIAMMember:BucketIAMMember"
    id_format = "b/{bucket}/{role}/{member}"
    rules: ClassVar = IAM_MEMBER
    immutable = True
    tracked = False

    def identify(self, call: Call) -> str:
        title = (call.get("condition") or {}).get("title")
        identifier = f"b/{_bucket(call)}/{call.get('role')}/{call.get('member')}"
        return f"{identifier}/{title}" if title else identifier

    def create(self, call: Call) -> Outputs:
        role, member, condition = call.inputs["role"], call.inputs["member"], call.inputs.get("condition")

        def add(bindings: Bindings) -> Bindings:
            found = find_binding(bindings, role, condition)
            if found is None:
                return [
                    *bindings,
                    {"role": role, "members": [member], **({"condition": condition} if condition else {})},
                ]
            found["members"] = sorted({*found["members"], member})
            return bindings

        return {"etag": change_policy(call, _path(call), add).get("etag", "")}

    def read(self, call: Call) -> Outputs | None:
        policy = call.services.find("storage", _path(call), params=WITH_CONDITIONS)
        found = find_binding((policy or {}).get("bindings", []), call.get("role"), call.get("condition"))
        if policy is None or found is None or call.get("member") not in found["members"]:
            return None
        return {"etag": policy.get("etag", "")}

    def delete(self, call: Call) -> None:
        role, member = call.get("role"), call.get("member")

        def remove(bindings: Bindings) -> Bindings:
            found = find_binding(bindings, role, call.get("condition"))
            if found is not None:
                found["members"] = [other for other in found["members"] if other != member]
            return [binding for binding in bindings if binding["members"]]

        try:
            change_policy(call, _path(call), remove)
        except ServiceError as error:
            if error.status != 404:
                raise

    def describe(self, call: Call) -> str:
        return self.identify(call)
