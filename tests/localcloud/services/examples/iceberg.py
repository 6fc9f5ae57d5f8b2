"""Requests to the catalogue, as its clients send them."""

from __future__ import annotations

from tests.localcloud.services.any_request import Example

RESTCATALOG = "/iceberg/v1/restcatalog"
LAKE = f"{RESTCATALOG}/v1/projects/p/catalogs/lake"
TABLE = f"{LAKE}/namespaces/ns/tables/t"
SCHEMA = {
    "type": "struct",
    "schema-id": 0,
    "identifier-field-ids": [1],
    "fields": [
        {"id": 1, "name": "id", "required": True, "type": "long", "doc": "x"},
        {"id": 2, "name": "at", "required": False, "type": "timestamptz"},
        {"id": 3, "name": "price", "required": False, "type": "decimal(9, 2)", "write-default": "1.25"},
        {
            "id": 4,
            "name": "tags",
            "required": False,
            "type": {"type": "list", "element-id": 5, "element": "string", "element-required": False},
        },
        {
            "id": 6,
            "name": "counts",
            "required": False,
            "type": {
                "type": "map",
                "key-id": 7,
                "key": "string",
                "value-id": 8,
                "value": {"type": "struct", "fields": [{"id": 9, "name": "n", "required": False, "type": "int"}]},
                "value-required": False,
            },
        },
    ],
}
SPEC = {"spec-id": 0, "fields": [{"source-id": 1, "field-id": 1000, "name": "b", "transform": "bucket[4]"}]}
ORDER = {
    "order-id": 1,
    "fields": [{"source-id": 1, "transform": "identity", "direction": "asc", "null-order": "nulls-first"}],
}
SNAPSHOT = {
    "snapshot-id": 7,
    "sequence-number": 1,
    "timestamp-ms": 1_900_000_000_000,
    "manifest-list": "file:///nowhere/m.avro",
    "summary": {"operation": "append", "added-records": "1"},
    "schema-id": 0,
    "first-row-id": 0,
    "added-rows": 3,
}
REQUIREMENTS = [
    {"type": "assert-table-uuid", "uuid": "8d8ac6a8-5b5c-4b5c-9b5c-2b5c8d8ac6a8"},
    {"type": "assert-ref-snapshot-id", "ref": "main", "snapshot-id": 7},
    {"type": "assert-last-assigned-field-id", "last-assigned-field-id": 3},
    {"type": "assert-current-schema-id", "current-schema-id": 0},
    {"type": "assert-last-assigned-partition-id", "last-assigned-partition-id": 1000},
    {"type": "assert-default-spec-id", "default-spec-id": 0},
    {"type": "assert-default-sort-order-id", "default-sort-order-id": 0},
    {"type": "assert-create"},
]
UPDATES = [
    {"action": "assign-uuid", "uuid": "8d8ac6a8-5b5c-4b5c-9b5c-2b5c8d8ac6a8"},
    {"action": "upgrade-format-version", "format-version": 3},
    {"action": "add-schema", "schema": SCHEMA, "last-column-id": 9},
    {"action": "set-current-schema", "schema-id": -1},
    {"action": "add-spec", "spec": SPEC},
    {"action": "set-default-spec", "spec-id": -1},
    {"action": "add-sort-order", "sort-order": ORDER},
    {"action": "set-default-sort-order", "sort-order-id": -1},
    {"action": "add-snapshot", "snapshot": SNAPSHOT},
    {"action": "set-snapshot-ref", "ref-name": "main", "type": "branch", "snapshot-id": 7, "max-ref-age-ms": 1},
    {"action": "remove-snapshots", "snapshot-ids": [7]},
    {"action": "remove-snapshot-ref", "ref-name": "main"},
    {"action": "set-location", "location": "file:///tmp/x"},
    {"action": "set-properties", "updates": {"write.metadata.previous-versions-max": "3", "owner": "me"}},
    {"action": "remove-properties", "removals": ["owner"]},
    {
        "action": "set-statistics",
        "snapshot-id": 7,
        "statistics": {
            "snapshot-id": 7,
            "statistics-path": "gs://b/s.puffin",
            "file-size-in-bytes": 1,
            "file-footer-size-in-bytes": 1,
            "blob-metadata": [{"type": "x", "snapshot-id": 7, "sequence-number": 1, "fields": [1]}],
        },
    },
    {"action": "remove-statistics", "snapshot-id": 7},
    {"action": "remove-partition-specs", "spec-ids": [0]},
    {"action": "remove-schemas", "schema-ids": [0]},
]
IDENTIFIER = {"namespace": ["ns"], "name": "t"}
COMMITS = [{"requirements": [], "updates": UPDATES[2:8]}, {"requirements": [], "updates": UPDATES[8:10]}]
COMMITS += [{"requirements": [one], "updates": UPDATES[13:15]} for one in REQUIREMENTS]
COMMITS += [{"requirements": [], "updates": [one]} for one in UPDATES]


def requests(folder: str) -> list[Example]:
    catalog = {"catalog-type": "CATALOG_TYPE_BIGLAKE", "default-location": f"file://{folder}", "description": "x"}
    table = {"name": "t", "schema": SCHEMA, "partition-spec": SPEC, "write-order": ORDER, "properties": {"a": "b"}}
    catalogs = f"{RESTCATALOG}/extensions/projects/p/catalogs"
    return [
        Example("POST", f"{catalogs}?iceberg-catalog-id=lake", catalog),
        Example("GET", catalogs),
        Example("PATCH", f"{catalogs}/lake?updateMask=description", {"description": "y"}),
        Example("GET", f"{RESTCATALOG}/v1/config?warehouse=bl://projects/p/catalogs/lake"),
        Example("POST", f"{LAKE}/namespaces", {"namespace": ["ns"], "properties": {"a": "b"}}),
        Example("GET", f"{LAKE}/namespaces?parent=ns&pageToken=&pageSize=2"),
        Example("POST", f"{LAKE}/namespaces/ns/properties", {"removals": ["a"], "updates": {"c": "d"}}),
        Example("POST", f"{LAKE}/namespaces/ns/tables", table),
        Example("POST", f"{LAKE}/namespaces/ns/tables", table | {"name": "v3", "properties": {"format-version": "3"}}),
        Example(
            "POST", f"{LAKE}/namespaces/ns/tables", table | {"name": "s", "stage-create": True, "location": folder}
        ),
        Example("GET", f"{TABLE}?snapshots=refs"),
        *(Example("POST", TABLE, commit) for commit in COMMITS),
        Example("POST", f"{TABLE}/metrics", {"report-type": "scan-report"}),
        Example("POST", f"{LAKE}/tables/rename", {"source": IDENTIFIER, "destination": IDENTIFIER | {"name": "u"}}),
        Example("POST", f"{LAKE}/tables/rename", {"source": IDENTIFIER | {"name": "u"}, "destination": IDENTIFIER}),
        Example(
            "POST", f"{LAKE}/namespaces/ns/register", {"name": "r", "metadata-location": f"file://{folder}/x.json"}
        ),
        Example("POST", f"{LAKE}/transactions/commit", {"table-changes": [COMMITS[0] | {"identifier": IDENTIFIER}]}),
        Example("DELETE", f"{LAKE}/namespaces/ns/tables/u?purgeRequested=true"),
    ]
