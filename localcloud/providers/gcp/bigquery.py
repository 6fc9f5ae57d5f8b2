"""Datasets, tables and views, over BigQuery's REST API."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, ClassVar

from localcloud.providers.errors import Failure, ProviderError
from localcloud.providers.gcp.rest import ServiceError
from localcloud.providers.resource_type import Call, Outputs, ResourceType

DATASET_SAME = (
    "friendlyName",
    "description",
    "location",
    "defaultCollation",
    "isCaseInsensitive",
    "maxTimeTravelHours",
    "storageBillingModel",
)
DATASET_MILLISECONDS = ("defaultTableExpirationMs", "defaultPartitionExpirationMs")
TABLE_SAME = ("friendlyName", "description", "requirePartitionFilter", "maxStaleness")
TABLE_REPLACES = (
    "clusterings",
    "timePartitioning",
    "rangePartitioning",
    "materializedView",
    "externalDataConfiguration",
    "biglakeConfiguration",
    "encryptionConfiguration",
)


def _numbers(body: dict[str, Any], *keys: str) -> dict[str, int]:
    """int64 fields: JSON carries them as strings."""
    return {key: int(body[key]) for key in keys if body.get(key) is not None}


def dataset_body(inputs: dict[str, Any], labels: dict[str, str]) -> dict[str, Any]:
    body: dict[str, Any] = {
        "datasetReference": {"projectId": inputs["project"], "datasetId": inputs["datasetId"]},
        "labels": labels,
    }
    body |= {key: inputs[key] for key in DATASET_SAME if inputs.get(key) is not None}
    body |= {key: str(inputs[key]) for key in DATASET_MILLISECONDS if inputs.get(key) is not None}
    if inputs.get("accesses"):
        body["access"] = inputs["accesses"]
    if inputs.get("defaultEncryptionConfiguration"):
        body["defaultEncryptionConfiguration"] = inputs["defaultEncryptionConfiguration"]
    return body


class Dataset(ResourceType):
    token = "gcp:bigquery/dataset:Dataset"
    id_format = "projects/{project}/datasets/{datasetId}"
    name_key = "datasetId"
    provider_only = ("deleteContentsOnDestroy",)
    defaults: ClassVar = {"deleteContentsOnDestroy": False, "location": "US"}

    def create(self, call: Call) -> tuple[str, Outputs]:
        path = f"/bigquery/v2/projects/{call.inputs['project']}/datasets"
        body = {"location": "US", **dataset_body(call.inputs, call.labels)}
        return self.identify(call), self._outputs(call.services.post("bigquery", path, body))

    def read(self, call: Call) -> Outputs | None:
        body = call.services.find("bigquery", f"/bigquery/v2/{call.identifier}")
        return self._outputs(body) if body else None

    def update(self, call: Call) -> Outputs:
        body = patch_of(
            dataset_body(call.old_inputs, call.state.get("effectiveLabels", {})),
            dataset_body(call.inputs, call.labels),
        )
        return self._outputs(call.services.patch("bigquery", f"/bigquery/v2/{call.identifier}", body))

    def delete(self, call: Call) -> None:
        contents = "true" if call.get("deleteContentsOnDestroy") else "false"
        try:
            call.services.delete("bigquery", f"/bigquery/v2/{call.identifier}", params={"deleteContents": contents})
        except ServiceError as error:
            if error.status != 400 or contents == "true":
                raise
            advice = "delete them, or set deleteContentsOnDestroy and deploy that first"
            raise ProviderError(f"dataset {call.identifier!r} cannot be deleted: {error.message}; {advice}") from error

    @staticmethod
    def _outputs(body: dict[str, Any]) -> Outputs:
        same = {key: body[key] for key in ("etag", "selfLink", "location") if body.get(key)}
        return {**same, **_numbers(body, "creationTime", "lastModifiedTime")}


def patch_of(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """The changed fields; null for those that are gone, labels included."""
    body = {key: new.get(key) for key in old.keys() | new.keys() if old.get(key) != new.get(key)}
    labels = body.get("labels")
    if isinstance(labels, dict):
        body["labels"] = {**dict.fromkeys(old.get("labels") or {}, None), **labels}
    return body


def table_body(inputs: dict[str, Any], labels: dict[str, str]) -> dict[str, Any]:
    reference = {key: inputs[name] for key, name in (("projectId", "project"), ("datasetId", "datasetId"))}
    body: dict[str, Any] = {"tableReference": {**reference, "tableId": inputs["tableId"]}, "labels": labels}
    body |= {key: inputs[key] for key in TABLE_SAME if inputs.get(key) is not None}
    if inputs.get("expirationTime") is not None:
        body["expirationTime"] = str(inputs["expirationTime"])
    if inputs.get("schema"):
        body["schema"] = {"fields": json.loads(inputs["schema"])}
    if inputs.get("view"):
        view = inputs["view"]
        body["view"] = {"query": view["query"], "useLegacySql": view.get("useLegacySql", True)}
    if inputs.get("clusterings"):
        body["clustering"] = {"fields": inputs["clusterings"]}
    for key in (
        "timePartitioning",
        "rangePartitioning",
        "materializedView",
        "externalDataConfiguration",
        "biglakeConfiguration",
    ):
        if inputs.get(key):
            body[key] = inputs[key]
    return body


class Table(ResourceType):
    token = "gcp:bigquery/table:Table"
    id_format = "projects/{project}/datasets/{datasetId}/tables/{tableId}"
    name_key = "tableId"
    replaces = TABLE_REPLACES
    provider_only = ("deletionProtection", "ignoreSchemaChanges", "ignoreAutoGeneratedSchema", "tableMetadataView")
    defaults: ClassVar = {"deletionProtection": True}

    def check(self, olds: dict[str, Any], news: dict[str, Any], folder: Path | None) -> list[Failure]:
        schema = news.get("schema")
        try:
            fields = json.loads(schema) if isinstance(schema, str) else []
        except ValueError as error:
            return [Failure("schema", f"expected a JSON list of columns: {error}")]
        return [] if isinstance(fields, list) else [Failure("schema", "expected a JSON list of columns")]

    def create(self, call: Call) -> tuple[str, Outputs]:
        path = f"/bigquery/v2/projects/{call.inputs['project']}/datasets/{call.inputs['datasetId']}/tables"
        return self.identify(call), self._outputs(
            call.services.post("bigquery", path, table_body(call.inputs, call.labels))
        )

    def read(self, call: Call) -> Outputs | None:
        body = call.services.find("bigquery", f"/bigquery/v2/{call.identifier}")
        if body is None:
            return None
        outputs = self._outputs(body)
        if body.get("view") and call.get("view"):
            outputs["view"] = dict(call.get("view"), query=body["view"]["query"])
        return outputs

    def update(self, call: Call) -> Outputs:
        old = table_body(call.old_inputs, call.state.get("effectiveLabels", {}))
        body = patch_of(old, table_body(call.inputs, call.labels))
        return self._outputs(call.services.patch("bigquery", f"/bigquery/v2/{call.identifier}", body))

    def delete(self, call: Call) -> None:
        refuse_if_protected(call, "table")
        call.services.delete("bigquery", f"/bigquery/v2/{call.identifier}")

    @staticmethod
    def _outputs(body: dict[str, Any]) -> Outputs:
        same = {key: body[key] for key in ("etag", "selfLink", "location", "type") if body.get(key)}
        numbers = _numbers(body, "creationTime", "lastModifiedTime", "numBytes", "numLongTermBytes", "numRows")
        fields = body.get("schema", {}).get("fields")
        return {**same, **numbers, **({"schema": json.dumps(fields)} if fields and not body.get("view") else {})}


def refuse_if_protected(call: Call, what: str) -> None:
    """The real provider's guard, on by default. Errors: ProviderError."""
    if call.get("deletionProtection", True):
        advice = "set deletionProtection to false (deletion_protection=False) and deploy that first"
        raise ProviderError(f"{what} {call.identifier!r} is protected from deletion: {advice}")
