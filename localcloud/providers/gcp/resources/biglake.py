"""BigLake's Iceberg catalogs, over its management API; their namespaces and tables, over Iceberg's REST protocol."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from localcloud.providers.errors import Failure
from localcloud.providers.gcp.iceberg_schema import SchemaChange, incompatibilities, to_schema, to_sort_order, to_spec
from localcloud.providers.gcp.resource_type import Call, Outputs
from localcloud.providers.gcp.rest import segment
from localcloud.providers.gcp.rest_resource import RestResource, filled, given, renamed
from localcloud.providers.gcp.rules import LAKE_NAME, Rule
from localcloud.wire.typed import has_unknown

BASE = "/iceberg/v1/restcatalog"
CATALOG_NAMES = {
    "catalogType": "catalog-type",
    "credentialMode": "credential-mode",
    "defaultLocation": "default-location",
    "description": "description",
    "primaryLocation": "primary-location",
    "biglakeServiceAccount": "biglake-service-account",
    "biglakeServiceAccountId": "biglake-service-account-id",
    "storageRegions": "storage-regions",
    "createTime": "create-time",
    "updateTime": "update-time",
}
PRIMITIVE = Rule(
    "a primitive type of Iceberg such as long, double, string or timestamptz",
    r"boolean|int|long|float|double|date|time|timestamp(tz)?(_ns)?|string|uuid|binary|"
    r"fixed\[\d+\]|decimal\(\d+,\s*\d+\)",
)
UNCHANGEABLE = "cannot change on an existing table; make a table of another name"
CATALOG_INPUTS = ("catalogType", "credentialMode", "defaultLocation", "description")


class IcebergCatalog(RestResource):
    token = "gcp:biglake/icebergCatalog:IcebergCatalog"
    id_format = "projects/{project}/catalogs/{name}"
    rules: ClassVar = {
        "catalogType": Rule(choices=("CATALOG_TYPE_GCS_BUCKET", "CATALOG_TYPE_BIGLAKE", "CATALOG_TYPE_FEDERATED")),
        "credentialMode": Rule(choices=("CREDENTIAL_MODE_END_USER", "CREDENTIAL_MODE_VENDED_CREDENTIALS")),
    }
    replaces = ("catalogType", "defaultLocation", "primaryLocation", "federatedCatalogOptions")
    service = "iceberg"
    root = f"{BASE}/extensions"

    def parameters(self, inputs: dict[str, Any]) -> dict[str, str]:
        return {"iceberg-catalog-id": inputs["name"], **renamed(inputs, {"primaryLocation": "primary_location"})}

    def body(self, inputs: dict[str, Any], labels: dict[str, str]) -> dict[str, Any]:
        return renamed(given(inputs, CATALOG_INPUTS), CATALOG_NAMES)

    def seen(self, call: Call, body: dict[str, Any]) -> Outputs:
        return {key: body[name] for key, name in CATALOG_NAMES.items() if body.get(name) is not None}

    def update(self, call: Call) -> Outputs:
        changes = {key: call.inputs.get(key, "") for key in ("credentialMode", "description") if call.changed(key)}
        if not changes:
            return {}
        body = renamed(changes, CATALOG_NAMES)
        parameters = {"updateMask": ",".join(body)}
        return self.seen(call, call.services.patch("iceberg", self.path(call), body, params=parameters))


def namespaces_path(call: Call) -> str:
    """The namespaces of a catalog, which is given by its name or its full id."""
    catalog = str(call.get("catalog")).rsplit("/", 1)[-1]
    return f"{BASE}/v1/projects/{call.get('project')}/catalogs/{segment(catalog)}/namespaces"


class IcebergNamespace(RestResource):
    token = "gcp:biglake/icebergNamespace:IcebergNamespace"
    id_format = "projects/{project}/catalogs/{catalog}/namespaces/{namespaceId}"
    rules: ClassVar = {"namespaceId": LAKE_NAME}
    name_key = "namespaceId"
    service = "iceberg"

    def path(self, call: Call) -> str:
        return f"{namespaces_path(call)}/{segment(call.get('namespaceId'))}"

    def body(self, inputs: dict[str, Any], labels: dict[str, str]) -> dict[str, Any]:
        return {"namespace": [inputs["namespaceId"]], "properties": inputs.get("properties", {})}

    def made(self, call: Call, body: dict[str, Any]) -> Outputs:
        return {}

    def seen(self, call: Call, body: dict[str, Any]) -> Outputs:
        return _known_properties(body.get("properties", {}), call)

    def update(self, call: Call) -> Outputs:
        changes = _property_changes(call)
        if changes:
            call.services.post("iceberg", f"{self.path(call)}/properties", changes)
        return {}


class IcebergTable(RestResource):
    """Only additive changes of a table's schema are made; all others are refused before anything is touched."""

    token = "gcp:biglake/icebergTable:IcebergTable"
    id_format = "projects/{project}/catalogs/{catalog}/namespaces/{namespace}/tables/{name}"
    rules: ClassVar = {
        "location": Rule('an address such as "gs://bucket/namespace/table"', r"gs://[^/]+/.+"),
        "schema.fields[*].type": PRIMITIVE,
        "sortOrder.fields[*].direction": Rule(choices=("asc", "desc")),
        "sortOrder.fields[*].nullOrder": Rule(choices=("nulls-first", "nulls-last")),
    }
    service = "iceberg"
    provider_only = ("location",)  # a replacement would delete all data, so the check refuses a change of it

    def check(self, olds: dict[str, Any], news: dict[str, Any], folder: Path | None) -> list[Failure]:
        if not olds or has_unknown(news):
            return []
        failures = incompatibilities(to_schema(olds["schema"])["fields"], news["schema"]["fields"])
        for key in ("partitionSpec", "sortOrder"):
            if olds.get(key) != news.get(key):
                failures.append(Failure(key, UNCHANGEABLE))
        # Where nothing is said, the table stays where it is.
        if news.get("location") not in (None, olds.get("location")):
            failures.append(Failure("location", UNCHANGEABLE))
        return failures

    def path(self, call: Call) -> str:
        namespace = str(call.get("namespace")).rsplit("/", 1)[-1]
        return f"{namespaces_path(call)}/{segment(namespace)}/tables/{segment(call.get('name'))}"

    def body(self, inputs: dict[str, Any], labels: dict[str, str]) -> dict[str, Any]:
        body = {
            "name": inputs["name"],
            "schema": to_schema(inputs["schema"]),
            "properties": inputs.get("properties", {}),
            **filled(inputs, ("location",)),
        }
        if inputs.get("partitionSpec"):
            body["partition-spec"] = to_spec(inputs["partitionSpec"])
        if inputs.get("sortOrder"):
            body["write-order"] = to_sort_order(inputs["sortOrder"])
        return body

    def made(self, call: Call, body: dict[str, Any]) -> Outputs:
        return {"location": body["metadata"]["location"]}

    def seen(self, call: Call, body: dict[str, Any]) -> Outputs:
        metadata = body["metadata"]
        properties = _known_properties(metadata.get("properties", {}), call)
        return {**self.made(call, body), **SchemaChange(metadata).seen(call.get("schema")), **properties}

    def update(self, call: Call) -> Outputs:
        """Commit new columns and properties against the table as it is now."""
        table = call.services.get("iceberg", self.path(call))
        metadata = table["metadata"]
        updates: list[dict[str, Any]] = SchemaChange(metadata).updates(call.inputs["schema"])
        changes = _property_changes(call)
        for key, action in (("updates", "set-properties"), ("removals", "remove-properties")):
            if changes.get(key):
                updates.append({"action": action, key: changes[key]})
        if updates:
            requirements = [
                {"type": "assert-table-uuid", "uuid": metadata["table-uuid"]},
                {"type": "assert-current-schema-id", "current-schema-id": metadata["current-schema-id"]},
            ]
            identifier = {"namespace": [call.get("namespace")], "name": call.get("name")}
            body = {"identifier": identifier, "requirements": requirements, "updates": updates}
            table = call.services.post("iceberg", self.path(call), body)
        return self.made(call, table)


def _property_changes(call: Call) -> dict[str, Any]:
    """What to set and what to remove to get from the last properties to the wanted ones."""
    old, new = call.old_inputs.get("properties") or {}, call.inputs.get("properties") or {}
    updates = {key: value for key, value in new.items() if old.get(key) != value}
    removals = sorted(old.keys() - new.keys())
    return filled({"updates": updates, "removals": removals}, ("updates", "removals"))


def _known_properties(found: dict[str, str], call: Call) -> Outputs:
    """Those of the found properties that the program set: engines and the catalog add their own."""
    wanted = call.get("properties")
    return {"properties": {key: found[key] for key in wanted if key in found}} if wanted else {}
