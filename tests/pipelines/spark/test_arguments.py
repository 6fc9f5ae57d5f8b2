"""Every Spark job is told its catalogue and its run."""

from __future__ import annotations

import argparse

import pytest

from pipelines.spark.arguments import identifier, spark_job_parser


def test_catalogue_and_run_are_required(capsys: pytest.CaptureFixture[str]) -> None:
    parser = spark_job_parser("mining", "Mines.")
    parsed = parser.parse_args(["--catalog", "lake", "--run_id", "2026-11-22 1"])
    assert (parsed.catalog, parsed.run_id) == ("lake", "2026-11-22 1")
    for given in (["--catalog", "lake"], ["--run_id", "r"], ["--catalog", "a.b", "--run_id", "r"]):
        with pytest.raises(SystemExit, match="2"):
            parser.parse_args(given)
        assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize("name", ["a.b", "1a", "", "lake; DROP TABLE x", "`lake`", "läke", "lake\n"])
def test_a_name_that_can_t_stand_in_sql_is_refused(name: str) -> None:
    assert identifier("lake_2") == "lake_2"
    with pytest.raises(argparse.ArgumentTypeError, match="is not a plain name"):
        identifier(name)
