"""Tables are told apart by what they hold, and a snapshot by its tables."""

from __future__ import annotations

from datetime import UTC, datetime

from pyspark.sql import SparkSession

from pipelines.publish.fingerprints import Fingerprint, columns_of, fingerprint, snapshot_id
from pipelines.snapshots import DRIVES, SCENARIOS


def test_fingerprint_is_of_the_content(spark: SparkSession) -> None:
    def of(*rows: tuple[int | None, str | None]):
        return fingerprint(spark.createDataFrame(rows, "a INT, b STRING"))

    assert of((1, "x"), (2, None)) == of((2, None), (1, "x"))
    different = [of(), of((1, "x")), of((1, "x"), (1, "x")), of((1, None)), of((None, "1")), of((1, "y"))]
    assert len({repr(value) for value in different}) == len(different)


def test_an_id_is_of_names_columns_and_content(spark: SparkSession) -> None:
    frame, other = (spark.createDataFrame([], columns) for columns in ("a INT", "a BIGINT"))
    assert columns_of(other) == [{"name": "a", "type": "bigint"}]
    one, two = Fingerprint(1, 5, "5"), Fingerprint(1, 6, "6")
    known = snapshot_id([(SCENARIOS, frame, one)])
    assert known == "791d0219214e50b0cfb284092590ff7a"
    others = [[(SCENARIOS, frame, two)], [(SCENARIOS, other, one)], [(DRIVES, frame, one)]]
    ids = {snapshot_id(contents) for contents in others}
    assert len(ids | {known}) == 4


def test_times_are_hashed_as_moments_whatever_the_session_s_zone(spark: SparkSession) -> None:
    frame = spark.createDataFrame([(datetime(2026, 3, 1, 8, tzinfo=UTC),)], "t TIMESTAMP")
    before = fingerprint(frame)
    spark.conf.set("spark.sql.session.timeZone", "America/Los_Angeles")
    try:
        assert fingerprint(frame) == before
    finally:
        spark.conf.set("spark.sql.session.timeZone", "UTC")
