"""PARSE_DATE, PARSE_TIME, PARSE_DATETIME and PARSE_TIMESTAMP.

source: cloud.google.com/bigquery/docs/reference/standard-sql/format-elements
"""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass, field
from typing import Any

from localcloud.services.bigquery.functions.casts import zone_of
from localcloud.services.bigquery.functions.time_formats import ELEMENT, MONTHS, NAMES, SHORTHANDS
from localcloud.services.bigquery.types import EPOCH

NUMBER = {
    "Y": (r"[+-]?\d{1,5}", "year"), "E4Y": (r"\d{4}", "year"), "m": (r"\d{1,2}", "month"), "d": (r"\d{1,2}", "day"),
    "e": (r"\s?\d{1,2}", "day"), "H": (r"\d{1,2}", "hour"), "k": (r"\s?\d{1,2}", "hour"), "I": (r"\d{1,2}", "hour12"),
    "l": (r"\s?\d{1,2}", "hour12"), "M": (r"\d{1,2}", "minute"), "S": (r"\d{1,2}", "second"),
    "j": (r"\d{1,3}", "yearday"),
    "s": (r"-?\d+", "epoch"), "y": (r"\d{1,2}", "year2"), "C": (r"\d{1,2}", "century"), "u": (r"[1-7]", ""),
    "w": (r"[0-6]", ""), "U": (r"\d{1,2}", "week"), "W": (r"\d{1,2}", "week"), "V": (r"\d{1,2}", "week"),
    "G": (r"\d{4}", "isoyear"), "g": (r"\d{2}", ""), "Q": (r"[1-4]", "quarter"),
}  # fmt: skip
ZONE = {"Z": r"[A-Za-z][\w/+-]*", "z": r"[Zz]|[+-]\d{2}:?\d{0,2}", "Ez": r"[Zz]|[+-]\d{2}:?\d{0,2}"}
FRACTION = re.compile(r"\d{1,2}(?:\.\d{0,9})?")


@dataclass
class _Read:
    """A text that is being read; `found` are its numbers by their names."""

    text: str
    at: int = 0
    found: dict[str, int] = field(default_factory=dict)
    zone: str | None = None

    def take(self, pattern: str | re.Pattern[str]) -> str:
        match = re.compile(pattern).match(self.text, self.at)
        if match is None:
            raise ValueError(f'Failed to parse input string "{self.text}"')
        self.at = match.end()
        return match[0]

    def name_in(self, names: list[str]) -> int:
        rest = self.text[self.at :].lower()
        for length in (None, 3):
            for index, name in enumerate(names):
                if rest.startswith(name[:length].lower()):
                    self.at += len(name[:length])
                    return index
        raise ValueError(f'Failed to parse input string "{self.text}"')


def _read(form: str, text: str) -> _Read:
    read = _Read(text.strip())
    _elements(form, read)
    read.take(r"\s*$")
    return read


def _elements(form: str, read: _Read) -> None:
    for element, literal, _ in ELEMENT.findall(form):
        if literal:
            for piece in re.findall(r"\s+|\S+", literal):
                read.take(r"\s*" if piece.isspace() else re.escape(piece))
        elif element in ("n", "t"):
            read.take(r"\s*")
        elif element == "%":
            read.take("%")
        elif element in SHORTHANDS:
            _elements(SHORTHANDS[element], read)
        else:
            _element(element, read)


def _element(element: str, read: _Read) -> None:
    if element in NUMBER:
        pattern, name = NUMBER[element]
        read.found[name] = int(read.take(pattern))
    elif element in ("B", "b", "h"):
        read.found["month"] = read.name_in(MONTHS) + 1
    elif element in ("A", "a"):
        read.name_in(NAMES)
    elif element in ("p", "P"):
        read.found["afternoon"] = read.name_in(["AM", "PM"])
    elif element in ZONE:
        read.zone = read.take(ZONE[element])
    elif re.fullmatch(r"E[*#0-9]S", element):
        whole, _, rest = read.take(FRACTION).partition(".")
        read.found |= {"second": int(whole), "microsecond": int(rest.ljust(6, "0")[:6])}
    else:
        raise ValueError(f"Invalid format: %{element} is not supported for parsing")


def _clock(read: _Read) -> datetime.datetime:
    parts: dict[str, Any] = {"year": 1970, "month": 1, "day": 1} | read.found
    if "year2" in parts:
        parts["year"] = parts["year2"] + (
            parts["century"] * 100 if "century" in parts else 1900 + 100 * (parts["year2"] < 69)
        )
    if "hour12" in parts:
        parts["hour"] = parts["hour12"] % 12 + 12 * parts.get("afternoon", 0)
    names = ("year", "month", "day", "hour", "minute", "second", "microsecond")
    leap = parts.get("second") == 60
    try:
        made = datetime.datetime(**{name: parts[name] - (leap and name == "second") for name in names if name in parts})
        if parts.keys() & {"week", "isoyear"}:
            raise ValueError("Parsing weeks (%U, %W, %V, %G) is not supported here")
        if "yearday" in parts:
            made = made.replace(month=1, day=1) + datetime.timedelta(days=parts["yearday"] - 1)
        return made + datetime.timedelta(seconds=leap)
    except (ValueError, OverflowError) as error:
        raise ValueError(f'Failed to parse input string "{read.text}"') from error


def parsed_date(form: str, text: str) -> datetime.date:
    return parsed_datetime(form, text).date()


def parsed_datetime(form: str, text: str) -> datetime.datetime:
    return _clock(_read(form, text))


def parsed_time(form: str, text: str) -> datetime.time:
    return parsed_datetime(form, text).time()


def parsed_timestamp(form: str, text: str, zone: str) -> datetime.datetime:
    read = _read(form, text)
    if "epoch" in read.found:
        return EPOCH + datetime.timedelta(seconds=read.found["epoch"])
    return _clock(read).replace(tzinfo=zone_of(read.zone or zone)).astimezone(datetime.UTC)
