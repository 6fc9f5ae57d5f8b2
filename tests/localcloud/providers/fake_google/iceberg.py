"""Catalogs, namespaces and tables."""

from __future__ import annotations

from typing import Any

from tests.localcloud.providers.fake_google.server import NOW, Asked, FakeGoogle, Route

NAMESPACES = r"/iceberg/v1/restcatalog/v1/projects/[^/]+/catalogs/[^/]+/namespaces"


def create_catalog(google: FakeGoogle, request: Asked, project: str) -> Any:
    name = f"projects/{project}/catalogs/{request.query['iceberg-catalog-id']}"
    extra = {"name": name, "create-time": NOW, "default-location": "gs://curated", "storage-regions": ["us"]}
    return google.put_new(f"/iceberg/v1/restcatalog/extensions/{name}", {**request.body, **extra})


def create_namespace(google: FakeGoogle, request: Asked, parent: str) -> Any:
    return google.put_new(f"{request.path}/{request.body['namespace'][0]}", request.body)


def change_namespace(google: FakeGoogle, request: Asked, path: str) -> Any:
    properties = google.need(path)["properties"]
    for key in request.body.get("removals", []):
        properties.pop(key, None)
    properties.update(request.body.get("updates", {}))
    return {}


def create_table(google: FakeGoogle, request: Asked, parent: str) -> Any:
    schema = request.body["schema"]
    metadata = {
        "table-uuid": "11111111-2222-3333-4444-555555555555",
        "location": request.body.get("location", "gs://curated/made/up"),
        "schemas": [schema],
        "current-schema-id": schema["schema-id"],
        "last-column-id": max(item["id"] for item in schema["fields"]),
        "properties": request.body["properties"],
    }
    return google.put_new(f"{request.path}/{request.body['name']}", {"metadata": metadata})


def commit_table(google: FakeGoogle, request: Asked, *_: str) -> Any:
    table = google.need(request.path)
    metadata = table["metadata"]
    for update in request.body["updates"]:
        if update["action"] == "add-schema":
            metadata["schemas"].append(update["schema"])
        if update["action"] == "set-current-schema":
            metadata["current-schema-id"] = metadata["schemas"][-1]["schema-id"]
        if update["action"] == "set-properties":
            metadata["properties"].update(update["updates"])
    return table


ROUTES: list[Route] = [
    (r"POST /iceberg/v1/restcatalog/extensions/projects/([^/]+)/catalogs", create_catalog),
    (rf"POST ({NAMESPACES})", create_namespace),
    (rf"POST ({NAMESPACES}/[^/]+)/properties", change_namespace),
    (rf"POST ({NAMESPACES})/[^/]+/tables", create_table),
    (rf"POST {NAMESPACES}/[^/]+/tables/[^/]+", commit_table),
]
