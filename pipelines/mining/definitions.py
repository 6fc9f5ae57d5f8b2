"""Reads the scenario definitions: SQL files of the package (also out of a zip) and the parameters each one names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib import resources

from pipelines.mining.parameters import PARAMETERS

KINDS = ("hard_brake", "cut_in", "following_too_close", "lane_change", "stop", "disengagement")

SOURCES = ("speed", "radar_tracks", "ego_pose", "events")
"""Tables of the dataset drive_logs that the definitions read."""

VIEWS = (
    "speed_segments",
    "radar_with_speed",
    "hard_brake",
    "stop",
    "following_too_close",
    "lane_change",
    "cut_in",
    "disengagement",
    "scenarios",
)
"""Every SQL file, each after the ones it reads; the last gives the rows of scenarios.scenarios."""

_COMMENT = re.compile(r"--[^\n]*")
_PARAMETER = re.compile(r":([a-z_0-9]+)")


def read_sql(view: str) -> str:
    """The text of one definition: Spark's dialect, `:name` for parameters, over SOURCES and the VIEWS before it."""
    folder = resources.files("pipelines.mining.scenarios")
    return folder.joinpath(f"{view}.sql").read_text(encoding="utf-8")


def parameters_of(sql: str, parameters: Mapping[str, int | float] = PARAMETERS) -> dict[str, int | float]:
    """The parameters that the text names outside of comments. A name that is no parameter is a KeyError."""
    names = set(_PARAMETER.findall(_COMMENT.sub("", sql)))
    return {name: parameters[name] for name in sorted(names)}
