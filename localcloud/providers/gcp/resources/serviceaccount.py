"""Service accounts, over the IAM API."""

from __future__ import annotations

from typing import Any, ClassVar

from localcloud.providers.gcp.resource_type import Call, Outputs
from localcloud.providers.gcp.rest import ServiceError
from localcloud.providers.gcp.rest_resource import RestResource, filled
from localcloud.providers.gcp.rules import Rule

CHANGEABLE = ("displayName", "description")
ACCOUNT_ID = Rule(
    "6 to 30 lowercase letters, digits or '-', with a letter in front and no '-' at the end",
    r"[a-z][a-z0-9-]{4,28}[a-z0-9]",
)


class Account(RestResource):
    token = "gcp:serviceaccount/account:Account"
    id_format = "projects/{project}/serviceAccounts/{accountId}@{project}.iam.gserviceaccount.com"
    rules: ClassVar = {"accountId": ACCOUNT_ID}
    name_key = "accountId"
    name_length = 30
    defaults: ClassVar = {"disabled": False}
    provider_only = ("createIgnoreAlreadyExists",)
    service = "iam"

    def repeatable(self, call: Call) -> bool:
        return bool(call.inputs.get("createIgnoreAlreadyExists"))

    def body(self, inputs: dict[str, Any], labels: dict[str, str]) -> dict[str, Any]:
        return {"accountId": inputs["accountId"], "serviceAccount": filled(inputs, CHANGEABLE)}

    def seen(self, call: Call, body: dict[str, Any]) -> Outputs:
        return {
            "email": body["email"],
            "member": f"serviceAccount:{body['email']}",
            "name": body["name"],
            "uniqueId": str(body.get("uniqueId", "")),
            "displayName": body.get("displayName"),
            "description": body.get("description"),
            "disabled": bool(body.get("disabled", False)),
            "accountId": body["email"].split("@")[0],
        }

    def create(self, call: Call) -> Outputs:
        try:
            made = super().create(call)
        except ServiceError as error:
            found = self.read(call) if error.clashes and self.repeatable(call) else None
            if found is None:
                raise
            made = found
        return self._disabled_as_wanted(call, made)

    def _disabled_as_wanted(self, call: Call, made: Outputs) -> Outputs:
        if call.inputs.get("disabled") and not made["disabled"]:
            call.services.post("iam", f"{self.path(call)}:disable")
            return {**made, "disabled": True}
        return made

    def adopt(self, call: Call) -> Outputs | None:
        made = self.read(call)
        return self._disabled_as_wanted(call, made) if made else None

    def update(self, call: Call) -> Outputs:
        if call.changed(*CHANGEABLE):
            fields = {key: call.inputs.get(key, "") for key in CHANGEABLE}
            body = {"serviceAccount": fields, "updateMask": ",".join(CHANGEABLE)}
            call.services.patch("iam", self.path(call), body)
        if call.changed("disabled"):
            verb = "disable" if call.inputs.get("disabled") else "enable"
            call.services.post("iam", f"{self.path(call)}:{verb}")
        return self.seen(call, call.services.get("iam", self.path(call)))
