"""BigLake's Iceberg catalogs, over its management API; their namespaces and tables, over Iceberg's REST protocol."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from localcloud.providers.errors import Failure
from localcloud.providers.gcp.iceberg_schema import SchemaChange, incompatibilities, to_schema, to_sort_order, to_spec
from localcloud.providers.gcp.rest import segment
from localcloud.providers.resource_type import Call, Outputs, ResourceType
from localcloud.wire.typed import has_unknown

BASE = "/iceberg/v1/restcatalog"
MANAGEMENT = f"{BASE}/extensions"
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
UNCHANGEABLE = "cannot change on an existing table; make a table of another name"
CATALOG_INPUTS = ("catalogType", "credentialMode", "defaultLocation", "description")


class IcebergCatalog(ResourceType):
    token = "gcp:biglake/icebergCatalog:IcebergCatalog"
    id_format = "projects/{project}/catalogs/{name}"
    replaces = ("catalogType", "defaultLocation", "primaryLocation", "federatedCatalogOptions")

    def create(self, call: Call) -> tuple[str, Outputs]:
        body = {CATALOG_NAMES[key]: call.inputs[key] for key in CATALOG_INPUTS if call.inputs.get(key) is not None}
        parameters = {"iceberg-catalog-id": call.inputs["name"]}
        if call.inputs.get("primaryLocation"):
            parameters["primary_location"] = call.inputs["primaryLocation"]
        path = f"{MANAGEMENT}/projects/{call.inputs['project']}/catalogs"
        return self.identify(call), self._outputs(call.services.post("iceberg", path, body, params=parameters))

    def read(self, call: Call) -> Outputs | None:
        body = call.services.find("iceberg", f"{MANAGEMENT}/{call.identifier}")
        return self._outputs(body) if body else None

    def update(self, call: Call) -> Outputs:
        changes = {key: call.inputs.get(key, "") for key in ("credentialMode", "description") if call.changed(key)}
        if not changes:
            return {}
        body = {CATALOG_NAMES[key]: value for key, value in changes.items()}
        parameters = {"updateMask": ",".join(body)}
        return self._outputs(call.services.patch("iceberg", f"{MANAGEMENT}/{call.identifier}", body, params=parameters))

    def delete(self, call: Call) -> None:
        call.services.delete("iceberg", f"{MANAGEMENT}/{call.identifier}")

    @staticmethod
    def _outputs(body: dict[str, Any]) -> Outputs:
        return {key: body[name] for key, name in CATALOG_NAMES.items() if body.get(name) is not None}


def namespaces_path(call: Call) -> str:
    """The namespaces of a catalog, which is given by its name or its full id."""
    catalog = str(call.get("catalog")).rsplit("/", 1)[-1]
    return f"{BASE}/v1/projects/{call.get('project')}/catalogs/{segment(catalog)}/namespaces"


class IcebergNamespace(ResourceType):
    token = "gcp:biglake/icebergNamespace:IcebergNamespace"
    id_format = "projects/{project}/catalogs/{catalog}/namespaces/{namespaceId}"
    name_key = "namespaceId"

    def create(self, call: Call) -> tuple[str, Outputs]:
        body = {"namespace": [call.inputs["namespaceId"]], "properties": call.inputs.get("properties", {})}
        call.services.post("iceberg", namespaces_path(call), body)
        return self.identify(call), {}

    def read(self, call: Call) -> Outputs | None:
        body = call.services.find("iceberg", self._path(call))
        return None if body is None else _known_properties(body.get("properties", {}), call)

    def update(self, call: Call) -> Outputs:
        changes = _property_changes(call)
        if changes:
            call.services.post("iceberg", f"{self._path(call)}/properties", changes)
        return {}

    def delete(self, call: Call) -> None:
        call.services.delete("iceberg", self._path(call))

    @staticmethod
    def _path(call: Call) -> str:
        return f"{namespaces_path(call)}/{segment(call.get('namespaceId'))}"


class IcebergTable(ResourceType):
    """Only additive changes of a table's schema are made; all others are refused before anything is touched."""

    token = "gcp:biglake/icebergTable:IcebergTable"
    id_format = "projects/{project}/catalogs/{catalog}/namespaces/{namespace}/tables/{name}"
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

    def create(self, call: Call) -> tuple[str, Outputs]:
        inputs = call.inputs
        body = {
            "name": inputs["name"],
            "schema": to_schema(inputs["schema"]),
            "properties": inputs.get("properties", {}),
        }
        if inputs.get("location"):
            body["location"] = inputs["location"]
        if inputs.get("partitionSpec"):
            body["partition-spec"] = to_spec(inputs["partitionSpec"])
        if inputs.get("sortOrder"):
            body["write-order"] = to_sort_order(inputs["sortOrder"])
        made = call.services.post("iceberg", self._tables(call), body)
        return self.identify(call), {"location": made["metadata"]["location"]}

    def read(self, call: Call) -> Outputs | None:
        body = call.services.find("iceberg", self._path(call))
        if body is None:
            return None
        metadata = body["metadata"]
        properties = _known_properties(metadata.get("properties", {}), call)
        return {"location": metadata["location"], **SchemaChange(metadata).seen(call.get("schema")), **properties}

    def update(self, call: Call) -> Outputs:
        """Commit new columns and properties against the table as it is now."""
        metadata = call.services.get("iceberg", self._path(call))["metadata"]
        updates: list[dict[str, Any]] = SchemaChange(metadata).updates(call.inputs["schema"])
        changes = _property_changes(call)
        if changes.get("updates"):
            updates.append({"action": "set-properties", "updates": changes["updates"]})
        if changes.get("removals"):
            updates.append({"action": "remove-properties", "removals": changes["removals"]})
        if not updates:
            return {"location": metadata["location"]}
        requirements = [
            {"type": "assert-table-uuid", "uuid": metadata["table-uuid"]},
            {"type": "assert-current-schema-id", "current-schema-id": metadata["current-schema-id"]},
        ]
        identifier = {"namespace": [call.get("namespace")], "name": call.get("name")}
        body = {"identifier": identifier, "requirements": requirements, "updates": updates}
        made = call.services.post("iceberg", self._path(call), body)
        return {"location": made["metadata"]["location"]}

    def delete(self, call: Call) -> None:
        call.services.delete("iceberg", self._path(call))

    @staticmethod
    def _tables(call: Call) -> str:
        return f"{namespaces_path(call)}/{segment(str(call.get('namespace')).rsplit('/', 1)[-1])}/tables"

    def _path(self, call: Call) -> str:
        return f"{self._tables(call)}/{segment(call.get('name'))}"


def _property_changes(call: Call) -> dict[str, Any]:
    """What to set and what to remove to get from the last properties to the wanted ones."""
    old, new = call.old_inputs.get("properties") or {}, call.inputs.get("properties") or {}
    updates = {key: value for key, value in new.items() if old.get(key) != value}
    removals = sorted(old.keys() - new.keys())
    return {key: value for key, value in (("updates", updates), ("removals", removals)) if value}


def _known_properties(found: dict[str, str], call: Call) -> Outputs:
    """Those of the found properties that the program set: engines and the catalog add their own."""
    wanted = call.get("properties")
    return {"properties": {key: found[key] for key in wanted if key in found}} if wanted else {}
