"""A cursor is a text that stands for a place; nothing else is one."""

from __future__ import annotations

import base64
from typing import Any

import orjson
import pytest

from pipelines.serving.cursors import Cursor, cursor
from tests.pipelines.serving.published import SCENARIOS


def text(content: Any) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(content)).decode().rstrip("=")


def test_a_cursor_is_what_it_was() -> None:
    """The order of scenarios is start_time, scenario_id, drive_id."""
    place = Cursor((1_790_000_000_000_000, "s:ü\n\0", "d"), 3)
    assert cursor(SCENARIOS, str(place)) == place
    assert set(str(place)) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


@pytest.mark.parametrize(
    "sent",
    [
        *("", "!", "ü", "====", "AAAA", text([1, "s", "d", 1]) + "!"),
        *map(
            text,
            [
                *(
                    [],
                    {},
                    None,
                    1,
                    [1, "s", "d"],
                    [1, "s", "d", 1, 1],
                    ["1", "s", "d", 1],
                    [1, 2, "d", 1],
                    [1, "s", "d", "1"],
                ),
                *(
                    [True, "s", "d", 1],
                    [1.5, "s", "d", 1],
                    [2**63, "s", "d", 1],
                    [1, "s", "d", 2**63],
                    [None, "s", "d", 1],
                ),
            ],
        ),
    ],
)
def test_what_this_service_did_not_give_is_refused(sent: str) -> None:
    with pytest.raises(ValueError, match=r"\A[^\n]* is not one that this service gave\Z"):
        cursor(SCENARIOS, sent)


def test_a_count_below_zero_is_none() -> None:
    assert cursor(SCENARIOS, text([1, "s", "d", -5])).given == 0
