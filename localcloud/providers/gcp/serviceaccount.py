"""Service accounts, over the IAM API."""

from __future__ import annotations

from typing import Any, ClassVar

from localcloud.providers.gcp.rest import ServiceError
from localcloud.providers.resource_type import Call, Outputs, ResourceType


def _outputs(body: dict[str, Any]) -> Outputs:
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


class Account(ResourceType):
    token = "gcp:serviceaccount/account:Account"
    id_format = "projects/{project}/serviceAccounts/{accountId}@{project}.iam.gserviceaccount.com"
    name_key = "accountId"
    name_length = 30
    defaults: ClassVar = {"disabled": False}
    provider_only = ("createIgnoreAlreadyExists",)

    def repeatable(self, call: Call) -> bool:
        return bool(call.inputs.get("createIgnoreAlreadyExists"))

    def create(self, call: Call) -> tuple[str, Outputs]:
        fields = {key: call.inputs[key] for key in ("displayName", "description") if call.inputs.get(key)}
        body = {"accountId": call.inputs["accountId"], "serviceAccount": fields}
        try:
            made = call.services.post("iam", f"/v1/projects/{call.inputs['project']}/serviceAccounts", body)
        except ServiceError as error:
            if error.status != 409 or not call.inputs.get("createIgnoreAlreadyExists"):
                raise
            made = call.services.get("iam", f"/v1/{self.identify(call)}")
        return made["name"], self._disabled_as_wanted(call, made)

    @staticmethod
    def _disabled_as_wanted(call: Call, made: dict[str, Any]) -> Outputs:
        if call.inputs.get("disabled") and not made.get("disabled"):
            call.services.post("iam", f"/v1/{made['name']}:disable")
            made = call.services.get("iam", f"/v1/{made['name']}")
        return _outputs(made)

    def adopt(self, call: Call) -> Outputs | None:
        made = call.services.find("iam", f"/v1/{call.identifier}")
        return self._disabled_as_wanted(call, made) if made else None

    def read(self, call: Call) -> Outputs | None:
        body = call.services.find("iam", f"/v1/{call.identifier}")
        return _outputs(body) if body else None

    def update(self, call: Call) -> Outputs:
        if call.changed("displayName", "description"):
            fields = {key: call.inputs.get(key, "") for key in ("displayName", "description")}
            body = {"serviceAccount": fields, "updateMask": "displayName,description"}
            call.services.patch("iam", f"/v1/{call.identifier}", body)
        if call.changed("disabled"):
            verb = "disable" if call.inputs.get("disabled") else "enable"
            call.services.post("iam", f"/v1/{call.identifier}:{verb}")
        return _outputs(call.services.get("iam", f"/v1/{call.identifier}"))

    def delete(self, call: Call) -> None:
        call.services.delete("iam", f"/v1/{call.identifier}")
