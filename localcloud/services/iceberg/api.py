"""The endpoints of Iceberg's REST specification and of BigLake's catalog management, between HTTP and the domain."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from pydantic import BaseModel
from pyiceberg.table import CommitTableRequest
from starlette.responses import Response

from localcloud.services.dispatch import Call, decoded
from localcloud.services.iceberg import errors, namespaces
from localcloud.services.iceberg.catalog_store import CatalogStore, TableName
from localcloud.services.iceberg.catalogs import Catalogs, bucket_of_storage, resource_name
from localcloud.services.iceberg.commits import Change, commit
from localcloud.services.iceberg.errors import no_such_namespace, no_such_table
from localcloud.services.iceberg.file_io import ObjectStore
from localcloud.services.iceberg.names import check_name
from localcloud.services.iceberg.tables import Identifier, Loaded, RegisterTable, RenameTable, Tables, create_request
from localcloud.services.identity import bearer_token
from localcloud.services.lake_access import storage_properties
from localcloud.settings import LocalCloud

Answer = dict[str, Any]


class TransactionRequest(BaseModel):
    """Body of transactions/commit; the model's field is named as in JSON."""

    changes: list[CommitTableRequest]


@dataclass(frozen=True)
class CatalogCall(Call):
    """A call of the catalogue's API."""

    @property
    def path(self) -> Mapping[str, str]:
        """Iceberg's Java client writes a space as `+` (RESTUtil.encodeString, java.net.URLEncoder)."""
        return {name: decoded(value.replace("+", " ")) for name, value in self.request.path_params.items()}

    @property
    def token(self) -> str | None:
        """The caller's token; None for an anonymous caller."""
        return bearer_token(self.headers) if self.caller else None

    @property
    def catalog(self) -> str:
        return resource_name(self.path["project"], self.path["catalog"])

    @property
    def namespace(self) -> str:
        levels = self.path["namespace"].split(namespaces.SEPARATOR)
        if len(levels) > 1:
            raise no_such_namespace(".".join(levels))
        return namespaces.single(levels)

    @property
    def table(self) -> TableName:
        """The table of the path. Clients try `<namespace>.<table>.snapshots` as a table first."""
        levels = self.path["namespace"].split(namespaces.SEPARATOR)
        if len(levels) > 1:
            raise no_such_table(".".join([*levels, self.path["table"]]))
        return TableName(self.catalog, self.namespace, self.path["table"])

    def table_of(self, identifier: Identifier) -> TableName:
        return TableName(self.catalog, namespaces.single(identifier.namespace), identifier.name)


class Api:
    """The endpoints. Each takes a Call and answers in the form of the REST specification."""

    def __init__(self, cloud: LocalCloud) -> None:
        self.cloud = cloud
        self.endpoints: list[str] = []
        self.store = CatalogStore(cloud.folder("iceberg") / "catalogs.sqlite")
        self.objects = ObjectStore(cloud)
        self.catalogs = Catalogs(self.store, bucket_of_storage(cloud, self.objects.owner))
        self.tables = Tables(self.store, self.objects)

    # Management of catalogs

    def list_catalogs(self, call: CatalogCall) -> Answer:
        return {"iceberg-catalogs": self.catalogs.list(call.path["project"])}

    def create_catalog(self, call: CatalogCall) -> Answer:
        return self.catalogs.create(call.path["project"], call.query.get("iceberg-catalog-id", ""), call.body)

    def get_catalog(self, call: CatalogCall) -> Answer:
        return self.catalogs.get(call.catalog)

    def patch_catalog(self, call: CatalogCall) -> Answer:
        return self.catalogs.patch(call.catalog, call.body, call.query.get("updateMask"))

    def delete_catalog(self, call: CatalogCall) -> Answer:
        self.catalogs.delete(call.catalog)
        return {}

    # Configuration and namespaces

    def config(self, call: CatalogCall) -> Answer:
        warehouse = call.query.get("warehouse")
        if not warehouse:
            raise errors.bad_request(
                "The query parameter warehouse is missing: gs://BUCKET or bl://projects/P/catalogs/C"
            )
        record = self.catalogs.of_warehouse(warehouse)
        defaults = storage_properties(self.cloud, call.token)
        return {"defaults": defaults, "overrides": {"prefix": record["name"]}, "endpoints": self.endpoints}

    def list_namespaces(self, call: CatalogCall) -> Answer:
        self.catalogs.location(call.catalog)
        return namespaces.listing(self.store, call.catalog, call.query.get("parent"))

    def create_namespace(self, call: CatalogCall) -> Answer:
        self.catalogs.location(call.catalog)
        wanted = errors.read(namespaces.CreateNamespace, call.body)
        return namespaces.create(self.store, call.catalog, wanted)

    def get_namespace(self, call: CatalogCall) -> Answer:
        properties = self.store.namespace(call.catalog, call.namespace)
        return {"namespace": [call.namespace], "properties": properties}

    def head_namespace(self, call: CatalogCall) -> None:
        self.store.namespace(call.catalog, call.namespace)

    def drop_namespace(self, call: CatalogCall) -> None:
        self.store.drop_namespace(call.catalog, call.namespace)

    def update_properties(self, call: CatalogCall) -> Answer:
        wanted = errors.read(namespaces.UpdateProperties, call.body)
        return namespaces.update(self.store, call.catalog, call.namespace, wanted)

    # Tables

    def _answer(self, call: CatalogCall, loaded: Loaded) -> Response:
        """A LoadTableResult; the metadata goes out as it is stored, nothing parsed and printed again."""
        head = {} if loaded.location is None else {"metadata-location": loaded.location}
        rest = json.dumps(head | {"config": storage_properties(self.cloud, call.token)}).encode()
        tag = {} if loaded.location is None else {"ETag": _etag(loaded.location)}
        return Response(b'{"metadata":' + loaded.metadata + b"," + rest[1:], media_type="application/json", headers=tag)

    def list_tables(self, call: CatalogCall) -> Answer:
        names = self.store.tables(call.catalog, call.namespace)
        return {"identifiers": [{"namespace": [call.namespace], "name": name} for name in names]}

    def create_table(self, call: CatalogCall) -> Response:
        root = self.catalogs.location(call.catalog)
        wanted = create_request(call.body)
        return self._answer(call, self.tables.create(call.catalog, root, call.namespace, wanted))

    def load_table(self, call: CatalogCall) -> Response:
        only_refs = call.query.get("snapshots") == "refs"
        loaded = self.tables.load(call.table, only_refs)
        tag = _etag(f"{loaded.location}{' refs' if only_refs else ''}")
        if call.headers.get("if-none-match") == tag:
            return Response(status_code=304)
        answer = self._answer(call, loaded)
        answer.headers["ETag"] = tag
        return answer

    def head_table(self, call: CatalogCall) -> None:
        self.tables.location(call.table)

    def commit_table(self, call: CatalogCall) -> Response:
        identifier = {"namespace": [call.namespace], "name": call.path["table"]}
        wanted = errors.read(CommitTableRequest, call.body | {"identifier": identifier})
        (staged,) = commit(self.store, self.objects, [self._change(call, wanted)])
        location = json.dumps({"metadata-location": staged.new_location}).encode()
        body = b'{"metadata":' + staged.data + b"," + location[1:]
        return Response(body, media_type="application/json", headers={"ETag": _etag(staged.new_location)})

    def _change(self, call: CatalogCall, wanted: CommitTableRequest) -> Change:
        identifier = Identifier(namespace=wanted.identifier.namespace.root, name=wanted.identifier.name)
        root = self.catalogs.location(call.catalog)
        return Change(call.table_of(identifier), root, wanted.requirements, wanted.updates)

    def commit_transaction(self, call: CatalogCall) -> None:
        wanted = errors.read(TransactionRequest, {"changes": call.body.get("table-changes")})
        commit(self.store, self.objects, [self._change(call, change) for change in wanted.changes])

    def drop_table(self, call: CatalogCall) -> None:
        self.tables.drop(call.table, call.flag("purgeRequested"))

    def register_table(self, call: CatalogCall) -> Response:
        root = self.catalogs.location(call.catalog)
        wanted = errors.read(RegisterTable, call.body)
        return self._answer(call, self.tables.register(call.catalog, root, call.namespace, wanted))

    def rename_table(self, call: CatalogCall) -> None:
        wanted = errors.read(RenameTable, call.body)
        check_name("table", wanted.destination.name)
        self.store.rename_table(call.table_of(wanted.source), call.table_of(wanted.destination))

    def report_metrics(self, call: CatalogCall) -> None:
        """Taken and dropped; Spark also reports on tables it has only staged."""

    # Views: there are none

    def list_views(self, call: CatalogCall) -> Answer:
        self.store.namespace(call.catalog, call.namespace)
        return {"identifiers": []}

    def no_view(self, call: CatalogCall) -> NoReturn:
        name = f"{call.namespace}.{call.path['view']}"
        raise errors.IcebergError(404, "NoSuchViewException", f"View does not exist: {name}")


def _etag(content: str) -> str:
    """The tag of what a metadata file's location, and what was left out of the file, stand for."""
    return f'"{hashlib.sha256(content.encode()).hexdigest()[:32]}"'
