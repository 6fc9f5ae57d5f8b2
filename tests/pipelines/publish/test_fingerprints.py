"""Tables are told apart by what they hold and how they are served, and a snapshot by its tables."""

from __future__ import annotations

from dataclasses import replace

from pyspark.sql import SparkSession

from pipelines.contracts import Column, Table
from pipelines.contracts.model import Serve
from pipelines.publish.fingerprints import Fingerprint, fingerprint, snapshot_id, version_id
from pipelines.snapshots.served_table import ServedTable, served_table

COLUMNS = (Column("a", "int", required=True), Column("b", "string", doc="B."))
CONTENT = Fingerprint(1, 5, "5", 20)


def served(columns: tuple[Column, ...] = COLUMNS, doc: str = "T.", **serve: object) -> ServedTable:
    declared = Serve(**{"name": "t", "by": ("a",)} | serve)  # pyright: ignore[reportArgumentType]
    return served_table(Table("t", "n", columns, doc=doc, serve=declared), declared)


def test_fingerprint_is_of_the_content(spark: SparkSession) -> None:
    def of(*rows: tuple[int | None, str | None]) -> Fingerprint:
        return fingerprint(spark.createDataFrame(rows, "a INT, b STRING"), served())

    assert of((1, "x"), (2, None)) == of((2, None), (1, "x"))
    different = [of(), of((1, "x")), of((1, "x"), (1, "x")), of((1, None)), of((None, "1")), of((1, "ü"))]
    assert len({repr(value) for value in different}) == len(different)
    assert [found.size for found in different] == [0, 15, 30, 16, 18, 16]


def test_a_version_is_of_columns_declaration_content_and_number_of_shards() -> None:
    known = version_id(served(), CONTENT, 1)
    assert known == version_id(served(), CONTENT, 1)
    assert len(known) == 32
    others = [
        version_id(served(), replace(CONTENT, total="6"), 1),
        version_id(served(), CONTENT, 2),
        version_id(served((COLUMNS[0], Column("b", "long"))), CONTENT, 1),
        version_id(served(COLUMNS[:1]), CONTENT, 1),
        version_id(served(by=("a", "b")), CONTENT, 1),
        version_id(served(name="u"), CONTENT, 1),
        version_id(served(cell="b"), CONTENT, 1),
    ]
    assert len({known, *others}) == 8


def test_what_is_said_for_people_is_of_the_snapshot_and_not_of_a_version() -> None:
    other = served(doc="Things.")
    assert version_id(other, CONTENT, 1) == version_id(served(), CONTENT, 1)
    assert snapshot_id([(other, "v")]) != snapshot_id([(served(), "v")])


def test_a_snapshot_is_of_its_tables_in_any_order() -> None:
    one, two = (served(), "v1"), (served(name="u"), "v2")
    assert snapshot_id([one, two]) == snapshot_id([two, one])
    assert len({snapshot_id(tables) for tables in ([], [one], [two], [one, two], [(one[0], "v3"), two])}) == 5
