"""Who adds a dataset writes its contract, one file; its topic's messages become rows without a change of code."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipelines.contracts import load_contracts
from pipelines.ingest.template import description, parameters
from tests.paths import DATASETS
from tests.pipelines.ingest.logs import START_NS, LocalLake, Message, log_bytes

WEATHER = """
apiVersion: v3.2.0
kind: DataContract
id: urn:roadbed:dataset:weather
name: weather
version: 1.0.0
status: active
team:
  name: weather-team
slaProperties:
  - {property: retention, value: 30, unit: d}
customProperties:
  - {property: costCenter, value: fleet-data}
schema:
  - name: rain
    description: Rain as the wipers' sensor sees it.
    customProperties:
      - {property: topic, value: /weather/rain}
      - {property: partition, value: day(timestamp)}
      - {property: sort, value: "drive_id, timestamp"}
    properties:
      - {name: drive_id, logicalType: string, required: true}
      - {name: timestamp, logicalType: timestamp, required: true}
      - {name: source_sha256, logicalType: string, required: true}
      - {name: intensity_mmph, logicalType: number, required: true, logicalTypeOptions: {minimum: 0}}
      - {name: wiper_step, logicalType: integer, physicalType: int}
      - {name: reset_on, logicalType: date}
      - name: sensor
        logicalType: string
        enum: [{value: front}, {value: rear}]
        customProperties: [{property: source, value: position}]
"""


@pytest.fixture
def lake(tmp_path: Path) -> LocalLake:
    """A lake of the repository's contracts and the new one."""
    datasets = Path(shutil.copytree(DATASETS, tmp_path / "datasets"))
    (datasets / "weather.odcs.yaml").write_text(WEATHER)
    return LocalLake(tmp_path / "lake", load_contracts(datasets))


def test_messages_of_a_new_topic_are_rows_of_its_table(lake: LocalLake) -> None:
    rain = {"intensity_mmph": 2.5, "wiper_step": 2, "reset_on": "2026-09-01", "position": "front"}
    messages: list[Message] = [
        ("/weather/rain", START_NS, rain),
        ("/weather/rain", START_NS + 1000, {"intensity_mmph": 3}),
        ("/weather/rain", START_NS + 2000, {**rain, "intensity_mmph": -1}),
        ("/weather/rain", START_NS + 3000, {**rain, "position": "roof"}),
        ("/vehicle/speed", START_NS, {"speed_mps": 9.0}),
    ]
    lake.put("wet.mcap", log_bytes(messages, "drive-1", lake.contracts))
    lake.ingest()
    rows = sorted(lake.rows("weather.rain"), key=lambda row: row["timestamp"])
    log = {"drive_id": "drive-1", "source_sha256": lake.ledger()["wet.mcap"]["source_sha256"]}
    start = datetime(2026, 9, 21, 14, 13, 20, tzinfo=UTC)
    assert rows == [
        {
            **log,
            "timestamp": start,
            "intensity_mmph": 2.5,
            "wiper_step": 2,
            "reset_on": datetime(2026, 9, 1).date(),
            "sensor": "front",
        },
        {
            **log,
            "timestamp": start.replace(microsecond=1),
            "intensity_mmph": 3.0,
            "wiper_step": None,
            "reset_on": None,
            "sensor": None,
        },
    ]
    assert sorted(row["reason"] for row in lake.rows("operations.quarantine")) == [
        "rain.intensity_mmph: -1.0 is below minimum 0",
        "rain.sensor: 'roof' is not one of front, rear",
    ]
    assert len(lake.rows("drive_logs.speed")) == 1


def test_the_template_names_the_new_table_and_topic(lake: LocalLake) -> None:
    assert "weather.rain" in description(lake.contracts)
    assert "/weather/rain" in next(one["helpText"] for one in parameters(lake.contracts) if one["name"] == "input")
