"""What a result was mined from: whatever could change it is in the text, and the table keeps it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from pyspark.sql import SparkSession

from pipelines.mining import provenance as module
from pipelines.mining.definitions import DEFINITIONS
from pipelines.mining.provenance import definitions_digest, provenance, record, recorded

TABLE = "lake.scenarios.scenarios"


def test_the_digest_is_of_every_text_and_number_and_of_the_code(monkeypatch: pytest.MonkeyPatch):
    digests = {
        definitions_digest(DEFINITIONS),
        definitions_digest(DEFINITIONS.changed(stop_speed_mps=0.4)),
        definitions_digest(replace(DEFINITIONS, texts={**DEFINITIONS.texts, "stop": "SELECT 1"})),
    }
    monkeypatch.setattr(module, "CODE_VERSION", module.CODE_VERSION + 1)
    digests.add(definitions_digest(DEFINITIONS))
    assert len(digests) == 4
    assert {len(digest) for digest in digests} == {12}


def test_it_says_the_states_of_what_was_read_and_of_the_result():
    text = provenance({"lake.drive_logs.speed": 7, "lake.drive_logs.events": None}, 9, DEFINITIONS)
    assert json.loads(text) == {
        "definitions": definitions_digest(DEFINITIONS),
        "sources": {"lake.drive_logs.speed": 7, "lake.drive_logs.events": None},
        "result": 9,
    }
    assert text == provenance({"lake.drive_logs.events": None, "lake.drive_logs.speed": 7}, 9, DEFINITIONS)


def test_the_table_keeps_it(lake: SparkSession):
    assert recorded(lake, TABLE) is None
    record(lake, TABLE, provenance({}, None, DEFINITIONS))
    assert recorded(lake, TABLE) == provenance({}, None, DEFINITIONS)
