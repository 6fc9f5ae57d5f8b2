"""Datasets, views and external tables through google-cloud-bigquery."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from google.api_core.exceptions import BadRequest, Conflict, NotFound, PreconditionFailed
from google.cloud import bigquery
from pyiceberg.catalog.rest import RestCatalog

from localcloud.settings import LocalCloud
from tests.localcloud.services.bigquery.conftest import PROJECT, SPEED, view

SOURCE = f"`{PROJECT}.lake.drive_logs.speed`"


def test_dataset_from_birth_to_death(client: bigquery.Client) -> None:
    wanted = bigquery.Dataset(f"{PROJECT}.short_lived")
    wanted.location, wanted.labels = "us-central1", {"team": "mining", "tier": "gold"}
    made = client.create_dataset(wanted)
    assert (made.location, made.labels) == ("us-central1", {"team": "mining", "tier": "gold"})
    assert "short_lived" in [one.dataset_id for one in client.list_datasets()]
    made.description, made.labels = "for a test", {"team": "fleet", "tier": None}
    changed = client.update_dataset(made, ["description", "labels"])
    assert (changed.description, changed.labels) == ("for a test", {"team": "fleet"})
    with pytest.raises(PreconditionFailed):
        client.update_dataset(made, ["description"])
    with pytest.raises(Conflict, match="Already Exists: Dataset"):
        client.create_dataset("short_lived")
    view(client, "short_lived.v", "SELECT 1 AS x")
    with pytest.raises(BadRequest, match="still in use"):
        client.delete_dataset("short_lived")
    client.delete_dataset("short_lived", delete_contents=True)
    with pytest.raises(NotFound, match=f"Not found: Dataset {PROJECT}:short_lived"):
        client.get_dataset("short_lived")
    with pytest.raises(BadRequest, match="Invalid dataset ID"):
        client.create_dataset("has-dash")


def test_view_has_the_schema_of_its_query(client: bigquery.Client) -> None:
    made = view(client, "drive_logs.tops", f"SELECT drive_id, MAX(speed_mps) AS top FROM {SOURCE} GROUP BY drive_id")
    assert [(field.name, field.field_type) for field in made.schema] == [("drive_id", "STRING"), ("top", "FLOAT")]
    assert made.table_type == "VIEW"
    read = client.get_table("drive_logs.tops")
    assert read.view_query == made.view_query
    assert "tops" in [one.table_id for one in client.list_tables("drive_logs")]
    read.view_query = f"SELECT drive_id FROM {SOURCE}"
    assert [field.name for field in client.update_table(read, ["view_query"]).schema] == ["drive_id"]
    client.delete_table("drive_logs.tops")
    with pytest.raises(NotFound, match=f"Not found: Table {PROJECT}:drive_logs.tops"):
        client.get_table("drive_logs.tops")


def test_patch_merges_at_every_depth(client: bigquery.Client, cloud: LocalCloud) -> None:
    made = view(client, "drive_logs.patched", "SELECT 1 AS x")
    address = f"{cloud.url('bigquery')}/bigquery/v2/projects/{PROJECT}/datasets/drive_logs/tables/{made.table_id}"
    for policy in ({"threshold": "50"}, {"privacyUnitColumn": "x"}):
        patch = {"view": {"privacyPolicy": {"aggregationThresholdPolicy": policy}}}
        answer = requests.patch(address, json=patch, timeout=10).json()
    assert answer["view"]["privacyPolicy"] == {
        "aggregationThresholdPolicy": {"threshold": "50", "privacyUnitColumn": "x"}
    }
    assert answer["view"]["query"] == "SELECT 1 AS x"


def test_concurrent_changes_all_arrive(client: bigquery.Client, cloud: LocalCloud) -> None:
    client.create_dataset("busy")
    address = f"{cloud.url('bigquery')}/bigquery/v2/projects/{PROJECT}/datasets/busy"

    def label(number: int) -> int:
        return requests.patch(address, json={"labels": {f"l{number}": "x"}}, timeout=30).status_code

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(label, range(16))) == [200] * 16
    assert len(client.get_dataset("busy").labels) == 16


def test_one_of_many_creators_wins(client: bigquery.Client, cloud: LocalCloud) -> None:
    address = f"{cloud.url('bigquery')}/bigquery/v2/projects/{PROJECT}/datasets"

    def create(number: int) -> int:
        body = {"datasetReference": {"datasetId": "wanted"}, "description": str(number)}
        return requests.post(address, json=body, timeout=30).status_code

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(create, range(8))) == [200] + [409] * 7


def test_views_over_views(client: bigquery.Client) -> None:
    view(client, "drive_logs.fast", "SELECT * FROM drive_logs.speed WHERE speed_mps > 48")
    view(client, "drive_logs.fast_a", "WITH f AS (SELECT * FROM drive_logs.fast) SELECT * FROM f WHERE drive_id = 'a'")
    result = client.query("SELECT x.drive_id, x.speed_mps FROM drive_logs.fast_a AS x ORDER BY 2").result()
    assert [tuple(row.values()) for row in result] == [("a", 48.5), ("a", 49.0), ("a", 49.5)]


def test_view_that_refers_to_itself(client: bigquery.Client) -> None:
    with pytest.raises(BadRequest, match="refers to itself"):
        view(client, "drive_logs.selfish", "SELECT * FROM drive_logs.selfish")
    first = view(client, "drive_logs.first", "SELECT 1 AS x")
    view(client, "drive_logs.second", "SELECT * FROM drive_logs.first")
    first.view_query = "SELECT * FROM drive_logs.second"
    with pytest.raises(BadRequest, match="refers to itself"):
        client.update_table(first, ["view_query"])
    assert client.get_table("drive_logs.first").view_query == "SELECT 1 AS x"


@pytest.mark.parametrize(
    ("query", "said", "error"),
    [
        ("SELECT nope FROM drive_logs.speed", "Unrecognized name: nope", BadRequest),
        (f"SELECT * FROM `{PROJECT}.lake.drive_logs.nothing`", "Not found: Table", NotFound),
        ("DROP TABLE drive_logs.speed", "DROP is not supported", BadRequest),
    ],
)
def test_wrong_view_is_refused_when_it_is_made(
    client: bigquery.Client, query: str, said: str, error: type[Exception]
) -> None:
    with pytest.raises(error, match=said):
        view(client, "drive_logs.wrong", query)
    with pytest.raises(NotFound):
        client.get_table("drive_logs.wrong")


def test_view_outlives_its_table(client: bigquery.Client, lake: RestCatalog) -> None:
    lake.create_table("drive_logs.doomed", SPEED)
    view(client, "drive_logs.doomed", f"SELECT drive_id FROM `{PROJECT}.lake.drive_logs.doomed`")
    lake.drop_table("drive_logs.doomed")
    assert [field.name for field in client.get_table("drive_logs.doomed").schema] == ["drive_id"]
    with pytest.raises(NotFound, match=f"Not found: Table {PROJECT}.lake.drive_logs.doomed"):
        client.query("SELECT * FROM drive_logs.doomed").result()


def test_native_table_is_refused(client: bigquery.Client) -> None:
    table = bigquery.Table(f"{PROJECT}.drive_logs.native", [bigquery.SchemaField("x", "INT64")])
    with pytest.raises(BadRequest, match="must be a view, or external with sourceFormat ICEBERG"):
        client.create_table(table)


def test_external_table_reads_the_version_of_its_metadata_file(client: bigquery.Client, lake: RestCatalog) -> None:
    table = bigquery.Table(f"{PROJECT}.drive_logs.outside")
    config = bigquery.ExternalConfig("ICEBERG")
    config.source_uris = [lake.load_table("drive_logs.speed").metadata_location]
    table.external_data_configuration = config
    made = client.create_table(table)
    assert (made.table_type, made.schema[0].name) == ("EXTERNAL", "drive_id")
    assert next(iter(client.query("SELECT COUNT(*) AS n FROM drive_logs.outside").result())).n == 200
    config.source_uris = ["file:///nowhere/v1.metadata.json"]
    wrong = bigquery.Table(f"{PROJECT}.drive_logs.wrong_outside")
    wrong.external_data_configuration = config
    with pytest.raises(BadRequest, match="can't be read as an Iceberg table's metadata"):
        client.create_table(wrong)


def test_lists_come_in_pages(client: bigquery.Client) -> None:
    made = [client.create_dataset(f"paged_{number}") for number in range(3)]
    for number, dataset in enumerate(made):
        dataset.labels = {"kind": "paged", "number": str(number)}
        client.update_dataset(dataset, ["labels"])
        view(client, f"paged_0.v{number}", "SELECT 1 AS x")
    pages = client.list_datasets(page_size=2, filter="labels.kind:paged").pages
    assert [[one.dataset_id for one in page] for page in pages] == [["paged_0", "paged_1"], ["paged_2"]]
    assert [one.dataset_id for one in client.list_datasets(filter="labels.kind labels.number:1")] == ["paged_1"]
    assert len(list(client.list_datasets(max_results=1))) == 1
    tables = client.list_tables("paged_0", page_size=2)
    assert [[one.table_id for one in page] for page in tables.pages] == [["v0", "v1"], ["v2"]]
    with pytest.raises(BadRequest, match="must be labels"):
        list(client.list_datasets(filter="kind:paged"))
    for dataset in made:
        client.delete_dataset(dataset, delete_contents=True)
