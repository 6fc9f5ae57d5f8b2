"""One definition: a file of SQL whose first comment says what it finds, and holds its numbers.

    -- stop: the vehicle stands.
    --
    -- Consecutive speed samples of one segment below :stop_speed_mps, lasting at least :stop_min_duration_us.
    -- start, end: first and last of those samples; peak_value: lowest speed, m/s.
    --
    -- Parameters:
    --   stop_speed_mps = 0.3
    --   stop_min_duration_us = 2_000_000
    SELECT drive_id, start_us, end_us, peak_value FROM speed_segments ...

The dialect is Spark's. It reads tables of the dataset drive_logs and other definitions, each after FROM or JOIN. A
scenario's columns are drive_id, start_us, end_us (microseconds since the epoch) and peak_value (DOUBLE or null; SI).
Numbers are named `:name`: those of its own, whose unit is the end of their name, and the shared ones of parameters.py.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

NAME = re.compile(r"[a-z][a-z0-9_]*")
TITLE = re.compile(r"-- (?P<name>\S+): (?P<summary>\S.*)")
SECTION = "-- Parameters:"
NUMBER = re.compile(r"--   (?P<name>[a-z][a-z0-9_]*) = (?P<value>-?\d[\d_]*(\.\d+)?)")

COMMENT = re.compile(r"--[^\n]*")
LITERAL = re.compile(r"'[^']*'")
MARKER = re.compile(r":([a-z][a-z0-9_]*)")
READ = re.compile(r"\b(?:FROM|JOIN)\s+([a-z_][a-z0-9_]*)", re.IGNORECASE)
WITHIN = re.compile(r"(?:\bWITH|,)\s+([a-z_][a-z0-9_]*)\s+AS\s*\(", re.IGNORECASE)


class DefinitionError(Exception):
    """A definition that can't be used; the message names its file and what to change."""


@dataclass(frozen=True)
class Definition:
    """A definition as its file gives it.

    text: the whole file.  numbers: its own parameters.  named: all parameters that the SQL names.
    reads: tables of drive_logs and definitions that it reads.
    """

    name: str
    summary: str
    text: str
    numbers: Mapping[str, int | float]
    named: frozenset[str]
    reads: frozenset[str]


def parse_definition(name: str, text: str) -> Definition:
    """The definition in `<name>.sql`. Raises DefinitionError for a file that is not of the form above."""
    header, sql = split_header(text)
    title = TITLE.fullmatch(header[0]) if header else None
    if not NAME.fullmatch(name) or title is None or title["name"] != name:
        raise DefinitionError(f"{name}.sql must begin with a line `-- {name}: what it finds.`")
    prose, numbers = split_numbers(name, header)
    sql = LITERAL.sub("''", COMMENT.sub("", sql))
    named = frozenset(MARKER.findall(sql))
    if unused := sorted(set(numbers) - named):
        raise DefinitionError(f"{name}.sql: nothing names {', '.join(unused)}: use or remove it")
    if unexplained := sorted(named - set(MARKER.findall(prose))):
        raise DefinitionError(f"{name}.sql: say in its first comment what :{', :'.join(unexplained)} means")
    reads = frozenset(READ.findall(sql)) - frozenset(WITHIN.findall(sql))
    return Definition(name, title["summary"], text, numbers, named, reads)


def split_header(text: str) -> tuple[list[str], str]:
    """The lines of the first comment, and what comes after."""
    lines = text.splitlines()
    end = next((place for place, line in enumerate(lines) if not line.startswith("--")), len(lines))
    return lines[:end], "\n".join(lines[end:])


def split_numbers(name: str, header: list[str]) -> tuple[str, dict[str, int | float]]:
    """What a header says in words, and the numbers that close it."""
    if SECTION not in header:
        return "\n".join(header), {}
    place = header.index(SECTION)
    numbers: dict[str, int | float] = {}
    for line in header[place + 1 :]:
        found = NUMBER.fullmatch(line.rstrip())
        if found is None or found["name"] in numbers:
            raise DefinitionError(f"{name}.sql: `{line}` must be `--   name_unit = number`, each name once")
        numbers[found["name"]] = float(found["value"]) if found[3] else int(found["value"])
    return "\n".join(header[:place]), numbers
