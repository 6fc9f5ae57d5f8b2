"""Catalogs: BigLake's management API over them, and the configuration a client gets of one.

Source: Google's reference of iceberg.v1.restcatalog.extensions.projects.catalogs. Field names are in kebab case there
(`catalog-type`); requests may also spell them in camel or snake case, as Google's JSON parser allows.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlsplit

import requests

from localcloud.services.common import GoogleError
from localcloud.services.iceberg.catalog_store import CatalogStore
from localcloud.services.iceberg.errors import IcebergError
from localcloud.services.lake_access import OwnerToken
from localcloud.settings import LocalCloud

Record = dict[str, Any]

BUCKET_CATALOG = "CATALOG_TYPE_GCS_BUCKET"
LOCATED_CATALOG = "CATALOG_TYPE_BIGLAKE"
CATALOG_TYPES = (BUCKET_CATALOG, LOCATED_CATALOG)
CREDENTIAL_MODES = ("CREDENTIAL_MODE_END_USER", "CREDENTIAL_MODE_VENDED_CREDENTIALS")
INPUTS = ("name", "catalog-type", "credential-mode", "default-location", "description", "restricted-locations-config")
OUTPUTS = (
    "biglake-service-account",
    "biglake-service-account-id",
    "storage-regions",
    "create-time",
    "update-time",
    "replicas",
)
MUTABLE = ("credential-mode", "description", "restricted-locations-config")

LookUpBucket = Callable[[str], Record]


def resource_name(project: str, catalog: str) -> str:
    return f"projects/{project}/catalogs/{catalog}"


def bucket_of_storage(cloud: LocalCloud, owner: OwnerToken) -> LookUpBucket:
    """A look-up of a bucket's metadata in the object store; a 404 in Google's shape if there is no such bucket."""

    def look_up(bucket: str) -> Record:
        address = f"{cloud.url('storage')}/storage/v1/b/{quote(bucket, safe='')}"
        try:
            answer = requests.get(address, headers={"Authorization": f"Bearer {owner.get()}"}, timeout=30)
        except requests.ConnectionError as error:
            raise GoogleError(
                503, f"The object store does not answer at {cloud.url('storage')}", "backendError"
            ) from error
        if answer.status_code == 404:
            raise GoogleError(404, f"Bucket {bucket} does not exist; make it before its catalog", "notFound")
        if answer.status_code != 200:
            raise GoogleError(answer.status_code, f"Bucket {bucket} can't be looked up: {answer.text}")
        return answer.json()

    return look_up


class Catalogs:
    """The catalogs of all projects. A record is the API's IcebergCatalog."""

    def __init__(self, store: CatalogStore, look_up_bucket: LookUpBucket) -> None:
        self.store = store
        self.look_up_bucket = look_up_bucket

    def create(self, project: str, catalog: str, body: Record) -> Record:
        """Make a catalog. Errors: 400 for a bad field, 404 if its bucket does not exist, 409 if there is one."""
        fields = _normalized(body)
        kind = fields.get("catalog-type")
        if kind not in CATALOG_TYPES:
            raise GoogleError(400, f"catalog-type must be one of {', '.join(CATALOG_TYPES)}, not {kind!r}")
        if not catalog:
            raise GoogleError(400, "the query parameter iceberg-catalog-id is missing")
        location = f"gs://{catalog}" if kind == BUCKET_CATALOG else str(fields.get("default-location", "")).rstrip("/")
        if kind == LOCATED_CATALOG and urlsplit(location).scheme not in ("gs", "file"):
            raise GoogleError(400, f"default-location of a {LOCATED_CATALOG} must begin with gs://, not {location!r}")
        now = _now()
        record = {
            "credential-mode": CREDENTIAL_MODES[0],
            **fields,
            "name": resource_name(project, catalog),
            "default-location": location,
            "storage-regions": self._regions(location),
            "create-time": now,
            "update-time": now,
        }
        _check_credential_mode(record)
        if not self.store.create_catalog(record["name"], record):
            raise GoogleError(409, f"Catalog {record['name']} already exists", "alreadyExists")
        return record

    def _regions(self, location: str) -> list[str]:
        parts = urlsplit(location)
        if parts.scheme == "file":
            return ["local"]
        return [str(self.look_up_bucket(parts.netloc).get("location", "us-central1")).lower()]

    def get(self, name: str) -> Record:
        record = self.store.catalog(name)
        if record is None:
            raise GoogleError(404, f"Catalog {name} was not found", "notFound")
        return record

    def list(self, project: str) -> list[Record]:
        prefix = resource_name(project, "")
        return [record for name, record in self.store.catalogs() if name.startswith(prefix)]

    def patch(self, name: str, body: Record, update_mask: str | None) -> Record:
        """Change the fields of `update_mask` (comma-separated; None: those in the body)."""
        record, fields = self.get(name), _normalized(body)
        mask = [_kebab(field) for field in update_mask.split(",")] if update_mask else list(fields)
        for field in mask:
            if field not in MUTABLE and fields.get(field) != record.get(field):
                raise GoogleError(400, f"{field} of catalog {name} can't be changed")
        changed = record | {field: fields.get(field) for field in mask} | {"update-time": _now()}
        record = {key: value for key, value in changed.items() if value is not None}
        _check_credential_mode(record)
        self.store.update_catalog(name, record)
        return record

    def delete(self, name: str) -> None:
        self.get(name)
        if not self.store.delete_catalog(name):
            raise GoogleError(400, f"Catalog {name} still has namespaces; drop them first", "failedPrecondition")

    def of_warehouse(self, warehouse: str) -> Record:
        """The catalog a client means by `warehouse`: bl://projects/P/catalogs/C or its location (gs://bucket)."""
        wanted = warehouse.rstrip("/")
        for name, record in self.store.catalogs():
            if wanted in (f"bl://{name}", record["default-location"]):
                return record
        raise IcebergError(404, "NoSuchWarehouseException", f"There is no catalog for the warehouse {warehouse!r}")

    def location(self, name: str) -> str:
        """Where the catalog's tables are; a 404 in Iceberg's shape if there is no such catalog."""
        record = self.store.catalog(name)
        if record is None:
            raise IcebergError(404, "NoSuchCatalogException", f"Catalog does not exist: {name}")
        return record["default-location"]


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _kebab(name: str) -> str:
    return re.sub(r"(?<!^)([A-Z])", r"-\1", name).lower().replace("_", "-")


def _normalized(body: Record) -> Record:
    """The body with field names in kebab case, without fields that are output only."""
    fields = {_kebab(key): value for key, value in body.items()}
    unknown = set(fields) - set(INPUTS) - set(OUTPUTS)
    if unknown:
        raise GoogleError(400, f"unknown field of a catalog: {', '.join(sorted(unknown))}")
    return {key: value for key, value in fields.items() if key in INPUTS}


def _check_credential_mode(record: Record) -> None:
    if record.get("credential-mode") not in CREDENTIAL_MODES:
        raise GoogleError(400, f"credential-mode must be one of {', '.join(CREDENTIAL_MODES)}")
