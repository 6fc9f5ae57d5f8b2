"""Names of namespaces and tables: either refused when they are given, or everything works with them."""

from __future__ import annotations

import pytest
import requests
from pyiceberg.catalog.rest import RestCatalog
from pyiceberg.exceptions import BadRequestError
from pyiceberg.table import Table

from localcloud.services.iceberg.catalog_store import CatalogStore, Swap, TableName
from localcloud.services.iceberg.errors import IcebergError
from localcloud.services.iceberg.names import LONGEST, check_name
from tests.localcloud.services.iceberg.speed import SPEED, change, post, rows, url

FIT = ("a.b", "with space", "a+b&c=d", "%2F", "100%", "日本", "ü😀", "-", "...", "a:b", "a\\b", "x" * LONGEST)
UNFIT = ("a/b", "/", "a\x1fb", "a\0b", "a\nb", "\x7f", ".", "..", "", "a?b", "a#b", "x" * (LONGEST + 1), "ü" * 128)


@pytest.mark.parametrize("name", FIT)
def test_everything_works_with_a_name_that_fits(catalog: RestCatalog, name: str) -> None:
    catalog.create_namespace((name,), {"owner": "me"})
    catalog.create_table((name, name), SPEED).append(rows("a"))
    assert (name,) in catalog.list_namespaces()
    assert catalog.load_namespace_properties((name,)) == {"owner": "me"}
    assert catalog.list_tables((name,)) == [(name, name)]
    assert catalog.table_exists((name, name))
    catalog.rename_table((name, name), ("drive_logs", name))
    catalog.rename_table(("drive_logs", name), (name, name))
    assert catalog.load_table((name, name)).scan().to_arrow().num_rows == 2
    catalog.purge_table((name, name))
    catalog.drop_namespace((name,))
    assert not catalog.namespace_exists((name,))


@pytest.mark.parametrize("name", UNFIT)
def test_a_name_that_does_not_fit_is_refused_wherever_it_is_given(
    catalog: RestCatalog, speed: Table, name: str
) -> None:
    body = {"source": {"namespace": ["drive_logs"], "name": "speed"}}
    for path, given in {
        "namespaces": {"namespace": [name]},
        "namespaces/drive_logs/tables": {"name": name, "schema": SPEED.model_dump()},
        "namespaces/drive_logs/register": {"name": name, "metadata-location": speed.metadata_location},
        "tables/rename": body | {"destination": {"namespace": ["drive_logs"], "name": name}},
        "transactions/commit": {"table-changes": [change(name, "x", [{"type": "assert-create"}])]},
    }.items():
        answer = requests.post(url(catalog, path), json=given, timeout=10)
        assert (answer.status_code, answer.json()["error"]["type"]) == (400, "BadRequestException"), path
    assert catalog.list_tables("drive_logs") == [("drive_logs", "speed")]


def test_what_has_such_a_name_already_can_be_loaded_and_dropped(store: CatalogStore) -> None:
    slash = TableName("projects/p/catalogs/lake", "ns", "a/b")
    store.swap([Swap(slash, None, "file:///m.json")])
    assert store.location(slash) == "file:///m.json"
    assert store.drop_table(slash) == "file:///m.json"


def test_a_slash_in_a_path_belongs_to_the_name(catalog: RestCatalog) -> None:
    answer = requests.get(url(catalog, "namespaces/drive_logs/tables/a%2Fb"), timeout=10)
    assert (answer.status_code, answer.json()["error"]["type"]) == (404, "NoSuchTableException")


def test_javas_client_writes_a_space_as_plus(catalog: RestCatalog) -> None:
    catalog.create_table(("drive_logs", "a b"), SPEED)
    assert requests.get(url(catalog, "namespaces/drive_logs/tables/a+b"), timeout=10).status_code == 200


@pytest.mark.parametrize("end", ["a?b", "a#b", "../drive_logs/x", "a\nb"])
def test_a_location_is_made_of_such_names(catalog: RestCatalog, speed: Table, end: str) -> None:
    with pytest.raises(BadRequestError, match="is not below its catalog's"):
        catalog.create_table("drive_logs.there", SPEED, location=f"{speed.location()}/{end}")
    moved = post(catalog, "speed", [], [{"action": "set-location", "location": f"{speed.location()}/{end}"}])
    assert moved.status_code == 400


def test_a_long_name_is_not_told_whole() -> None:
    with pytest.raises(IcebergError, match=r"^Invalid table name 'x{40}\.\.\.': it must be 1 to 255 bytes") as refused:
        check_name("table", "x" * 100_000)
    assert len(str(refused.value)) < 200
