"""Whole runs over random logs, valid and damaged, with a library failing over one of them.

No run fails, the ledger accounts for every file and message, and every other good file has its rows.
"""

from __future__ import annotations

import inspect
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h3.api.basic_str
import jsonschema.validators
import mcap.records
import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pj
import pyarrow.parquet as pq
import pyiceberg.io.pyarrow
import pyiceberg.manifest
import pytest
from google.api_core.exceptions import BadRequest, ServiceUnavailable
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from pyiceberg.exceptions import ServerError

from pipelines.ingest.iceberg_tables import IcebergTables
from pipelines.ingest.steps import Decode, Hash
from pipelines.sources import mcap_records
from pipelines.storage import FolderStorage
from tests.pipelines.ingest.folder_catalog import FolderCatalog
from tests.pipelines.ingest.logs import LocalLake, log_bytes, speeds
from tests.pipelines.ingest.random_logs import ANY_LOG, Log

CALLS: dict[str, tuple[Any, str]] = {
    "open": (FolderStorage, "open"),
    "records": (mcap.records.Channel, "read"),
    "chunks": (mcap_records, "decompress"),
    "schemas": (jsonschema.validators, "validator_for"),
    "messages together": (pj, "read_json"),
    "messages apart": (orjson, "loads"),
    "casts": (pc, "cast"),
    "cells": (h3.api.basic_str, "latlng_to_cell"),
    "partitions": (pc, "floor_temporal"),
    "sorting": (pc, "sort_indices"),
    "rows to a file": (pq.ParquetWriter, "write_table"),
    "a file's end": (pq.ParquetWriter, "close"),
    "upload": (IcebergTables, "upload"),
    "statistics": (pyiceberg.io.pyarrow, "data_file_statistics_from_parquet_metadata"),
    "entry": (pyiceberg.manifest.DataFile, "from_args"),
}
"""Calls of a library in which a file can fail."""
ERRORS = [
    *(ValueError("v"), TypeError("t"), KeyError("k"), RuntimeError("r"), OverflowError("o"), MemoryError()),
    *(RecursionError("deep"), AssertionError("a"), UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogate")),
    *(pa.ArrowInvalid("i"), pa.ArrowNotImplementedError("n"), BadRequest("b")),
]


class Failing:
    """Lets one call fail while one file is worked on."""

    def __init__(self, call: str, error: Exception, file: str) -> None:
        self._call, self._error, self._file = call, error, file
        self._current = ""

    def patch(self, monkeypatch: pytest.MonkeyPatch) -> None:
        owner, name = CALLS[self._call]
        failing = self._instead_of(getattr(owner, name))
        is_method = not isinstance(owner, type) or inspect.isfunction(vars(owner)[name])
        monkeypatch.setattr(owner, name, failing if is_method else staticmethod(failing))
        monkeypatch.setattr(Hash, "_hash", self._noting(Hash._hash, lambda file: file.uri))
        monkeypatch.setattr(Decode, "_decode", self._noting(Decode._decode, lambda content: content.files[0].uri))

    def _instead_of(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def failing(*arguments: Any, **named: Any) -> Any:
            if self._current.endswith(f"/{self._file}"):
                raise self._error
            return function(*arguments, **named)

        return failing

    def _noting(self, method: Callable[..., Any], uri: Callable[[Any], str]) -> Callable[..., Any]:
        def noting(step: Any, element: Any, *others: Any) -> Any:
            self._current = uri(element)
            try:
                return method(step, element, *others)
            finally:
                self._current = ""

        return noting


def check(lake: LocalLake, files: dict[str, Log], failing: str) -> None:
    """The ledger accounts for every file and message; every good file that did not fail has its rows."""
    ledger = lake.ledger()
    assert sorted(ledger) == sorted(files)
    refused = Counter(row["file_uri"].rsplit("/", 1)[-1] for row in lake.rows("operations.quarantine"))
    rows: dict[str, list[float]] = {}
    for row in lake.rows("drive_logs.speed"):
        rows.setdefault(row["source_sha256"], []).append(row["speed_mps"])
    for name, log in files.items():
        entry = ledger[name]
        assert entry["received"] == entry["written"] + entry["quarantined"] + entry["duplicates"]
        assert refused[name] == entry["quarantined"]
        if entry["outcome"] == "quarantined":
            assert entry["reason"]
        if log.speeds is not None and (name != failing or entry["outcome"] == "written"):
            assert (entry["outcome"], entry["quarantined"]) == ("written", log.bad), entry["reason"]
            assert sorted(rows.get(entry["source_sha256"], [])) == log.speeds


# Not made small where it fails: each look is a whole run.
@settings(max_examples=7, phases=[Phase.generate])
@given(
    st.lists(ANY_LOG, min_size=8, max_size=18, unique_by=lambda log: log.content),
    st.sampled_from(sorted(CALLS)),
    st.sampled_from(ERRORS),
    st.integers(0, 17),
)
def test_one_file_never_fails_another(logs: list[Log], call: str, error: Exception, place: int) -> None:
    files = {f"{number:02}.mcap": log for number, log in enumerate(logs)}
    failing = f"{place % len(logs):02}.mcap"
    with tempfile.TemporaryDirectory() as folder:
        lake = LocalLake(Path(folder))
        for name, log in files.items():
            lake.put(name, log.content)
        with pytest.MonkeyPatch.context() as monkeypatch:
            Failing(call, error, failing).patch(monkeypatch)
            counters = lake.ingest()
        check(lake, files, failing)
        assert counters["messages_received"] == sum(entry["received"] for entry in lake.ledger().values())


TROUBLE: list[tuple[type, str, Exception]] = [
    (FolderStorage, "open", ServiceUnavailable("the storage is down")),
    (FolderStorage, "copy", OSError(28, "no space left")),
    (FolderCatalog, "commit_table", ServerError("the catalogue is down")),
]


def test_trouble_of_the_run_judges_no_file(lake: LocalLake, monkeypatch: pytest.MonkeyPatch) -> None:
    lake.put("good.mcap", log_bytes(speeds(3)))
    lake.put("cut.mcap", log_bytes(speeds(3))[:-9])
    for owner, call, error in TROUBLE:

        def down(*arguments: Any, error: Exception = error) -> Any:
            raise error

        with monkeypatch.context() as patch:
            patch.setattr(owner, call, down)
            with pytest.raises(Exception, match=r"the storage is down|no space left|the catalogue is down"):
                lake.ingest("run-1")
        assert lake.ledger() == {}
    lake.ingest("run-2")
    outcomes = {name: (entry["outcome"], entry["reason"]) for name, entry in lake.ledger().items()}
    assert outcomes == {"good.mcap": ("written", None), "cut.mcap": ("quarantined", "truncated")}
    assert len(lake.rows("drive_logs.speed")) == 3
