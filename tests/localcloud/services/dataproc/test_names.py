"""Resource names and the filters of lists."""

from __future__ import annotations

import pytest

from localcloud.services.common import GoogleError
from localcloud.services.dataproc.names import matches, regional


def test_locations_and_regions_are_one_place() -> None:
    assert regional("projects/p/locations/r/batches/b") == "projects/p/regions/r/batches/b"
    assert regional("projects/p/regions/r/locations/b") == "projects/p/regions/r/locations/b"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", True),
        ("status.state = ACTIVE", True),
        ("status.state=ACTIVE AND labels.owner = roads", True),
        ("status.state = ACTIVE AND labels.owner = maps", False),
        ('labels.owner:"roads"', True),
        ("labels.owner = *", True),
        ("labels.team = *", False),
    ],
)
def test_filters(text: str, expected: bool) -> None:
    """Source: https://cloud.google.com/dataproc/docs/reference/rest/v1/projects.regions.clusters/list (filter)"""
    assert matches(text, {"status.state": "ACTIVE"}, {"owner": "roads"}) is expected


@pytest.mark.parametrize("text", ["status.state", "a = b OR c = d", "= b"])
def test_another_filter_is_refused(text: str) -> None:
    with pytest.raises(GoogleError, match="Invalid filter") as refused:
        matches(text, {"a": "b"}, {})
    assert refused.value.code == 400
