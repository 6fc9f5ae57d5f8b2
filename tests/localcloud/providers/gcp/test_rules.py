"""What Google refuses although the SDK allows it, whatever the type."""

from __future__ import annotations

from typing import Any

from tests.localcloud.providers.engine import Engine
from tests.localcloud.providers.refusals import Refusal, each

BUCKET = "gcp:storage/bucket:Bucket"
BAD: list[Refusal] = [
    (
        BUCKET,
        {"name": "landing", "location": "US", "labels": {"Team": "x", "owner": "A B"}},
        {
            "labels.Team": "a label's key has 1 to 63 lowercase letters, digits, '-' or '_', a letter first",
            "labels.owner": "a label's value has at most 63 lowercase letters, digits, '-' or '_', got string \"A B\"",
        },
    ),
    (
        "gcp:container/nodePool:NodePool",
        {"cluster": "c", "nodeConfig": {"machineType": "N2 Standard"}},
        {"nodeConfig.machineType": 'expected a machine type such as "n2-standard-4", got string "N2 Standard"'},
    ),
]


@each(BAD)
def test_bad_input_is_refused_with_its_path(
    gcp: Engine, token: str, inputs: dict[str, Any], expected: dict[str, str]
) -> None:
    assert gcp.check(token, "subject", inputs)[1] == expected
