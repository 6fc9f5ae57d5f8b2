"""The account of files: each generation of one is in it once, whoever adds it."""

from __future__ import annotations

from pipelines.ingest.iceberg_tables import LITERALS
from pipelines.storage import StoredObject
from tests.pipelines.ingest.entries import entry, ledger_of
from tests.pipelines.ingest.logs import LocalLake


def test_a_file_is_missing_until_its_generation_is_in_it(lake: LocalLake) -> None:
    ledger, files = ledger_of(lake), [StoredObject("a", 1, 5), StoredObject("a", 2, 5), StoredObject("b", 1, 5)]
    assert ledger.missing(files) == files
    ledger.append("run-1", [entry("a", 1)])
    assert ledger.missing(files) == files[1:]
    assert ledger.missing([]) == []


def test_more_files_than_a_filter_has_values_are_found_too(lake: LocalLake) -> None:
    ledger, names = ledger_of(lake), [f"f{place:04}" for place in range(LITERALS + 1)]
    ledger.append("run-1", [entry("f0000"), entry("f0007"), entry("f0007a")])
    missing = ledger.missing(StoredObject(name, 1, 5) for name in names)
    assert {file.uri for file in missing} == set(names) - {"f0000", "f0007"}


def test_entries_that_are_there_are_not_added_again(lake: LocalLake) -> None:
    first, second = entry("a"), entry("b")
    assert ledger_of(lake).append("run-1", [first]) == [first]
    assert ledger_of(lake).append("run-2", [first, second]) == [second]
    assert ledger_of(lake).append("run-3", [first, second]) == []
    assert sorted(row["file_uri"] for row in lake.rows("operations.ingest_ledger")) == ["a", "b"]


def test_written_messages_are_those_of_contents_that_a_run_wrote(lake: LocalLake) -> None:
    ledger = ledger_of(lake)
    ledger.append("run-1", [entry("a", sha256="aa"), entry("b", sha256="bb", outcome="duplicate")])
    assert ledger.written_messages({"aa", "bb", "cc"}) == {"aa": 7}
    assert ledger.written_messages(set()) == {}
