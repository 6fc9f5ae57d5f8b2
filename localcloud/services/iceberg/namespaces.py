"""Namespaces: one level, as in BigLake."""

from __future__ import annotations

from pydantic import BaseModel, Field

from localcloud.services.iceberg.catalog_store import CatalogStore
from localcloud.services.iceberg.errors import IcebergError, bad_request
from localcloud.services.iceberg.names import check_name

SEPARATOR = "\x1f"


class CreateNamespace(BaseModel):
    namespace: list[str]
    properties: dict[str, str] = Field(default_factory=dict)


class UpdateProperties(BaseModel):
    removals: list[str] = Field(default_factory=list)
    updates: dict[str, str] = Field(default_factory=dict)


def single(levels: list[str]) -> str:
    """The name of a namespace given as a list of levels; a 400 if it isn't exactly one."""
    if len(levels) != 1 or not levels[0]:
        raise bad_request(f"Namespaces have one level here, not {'.'.join(levels)!r}")
    return levels[0]


def create(store: CatalogStore, catalog: str, request: CreateNamespace) -> dict[str, object]:
    name = single(request.namespace)
    check_name("namespace", name)
    store.create_namespace(catalog, name, request.properties)
    return {"namespace": [name], "properties": request.properties}


def listing(store: CatalogStore, catalog: str, parent: str | None) -> dict[str, object]:
    """All namespaces of a catalog; none below a parent, because they have one level."""
    if parent:
        store.namespace(catalog, parent)
        return {"namespaces": []}
    return {"namespaces": [[name] for name in store.namespaces(catalog)]}


def update(store: CatalogStore, catalog: str, name: str, request: UpdateProperties) -> dict[str, object]:
    both = sorted(set(request.removals) & set(request.updates))
    if both:
        raise IcebergError(422, "UnprocessableEntityException", f"Keys both removed and updated: {', '.join(both)}")
    removed, missing = store.update_namespace(catalog, name, request.removals, request.updates)
    return {"removed": removed, "missing": missing, "updated": list(request.updates)}
