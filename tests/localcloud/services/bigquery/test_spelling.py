"""How a result's columns are spelled."""

from __future__ import annotations

from google.cloud import bigquery

from tests.localcloud.services.bigquery.conftest import view


def test_names_of_unnamed_and_cased_columns(client: bigquery.Client) -> None:
    result = client.query("SELECT COUNT(*), 'x', Name AS Renamed, Name FROM drive_logs.kinds GROUP BY Name").result()
    assert [field.name for field in result.schema] == ["f0_", "f1_", "Renamed", "Name"]


def test_columns_keep_their_spelling_on_every_way(client: bigquery.Client) -> None:
    view(client, "drive_logs.spelled", "SELECT number AS Number, place AS wherePlace FROM drive_logs.kinds")
    for query, expected in [
        ("SELECT * FROM drive_logs.spelled", ["Number", "wherePlace"]),
        ("SELECT * FROM (SELECT Name AS myName, flag FROM drive_logs.kinds)", ["myName", "flag"]),
        ("WITH c AS (SELECT Name AS N1, number AS n2 FROM drive_logs.kinds) SELECT * FROM c", ["N1", "n2"]),
        ("SELECT NUMBER FROM drive_logs.spelled", ["NUMBER"]),
        (
            "SELECT a.* FROM drive_logs.spelled AS a JOIN drive_logs.spelled AS b USING (number)",
            ["Number", "wherePlace"],
        ),
        ("SELECT Name AS MyName FROM drive_logs.kinds UNION ALL SELECT 'x'", ["MyName"]),
    ]:
        assert [field.name for field in client.query(query).result().schema] == expected, query
    (column,) = client.query("SELECT STRUCT(1 AS innerName) AS outerName").result().schema
    assert (column.name, column.fields[0].name) == ("outerName", "innerName")
