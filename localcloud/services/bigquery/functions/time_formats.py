"""FORMAT_* and PARSE_*: the elements of a format of dates and times.

source: cloud.google.com/bigquery/docs/reference/standard-sql/format-elements
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable

from localcloud.services.bigquery.functions.casts import zone_of
from localcloud.services.bigquery.types import EPOCH

ELEMENT = re.compile(r"%(E[*#]S|E[0-9]S|E[0-9]Y|E[a-zA-Z]|O[a-zA-Z]|.)|([^%]+)|(%)$", re.S)
SHORTHANDS = {
    "D": "%m/%d/%y", "F": "%Y-%m-%d", "R": "%H:%M", "T": "%H:%M:%S", "c": "%a %b %e %H:%M:%S %Y", "x": "%m/%d/%y",
    "X": "%H:%M:%S", "h": "%b", "n": "\n", "t": "\t",
}  # fmt: skip
OF_DATE, OF_TIME, OF_ZONE = set("AaBbCcDdeFGghjmQUuVWwxYyE"), set("cEHIklMPpRrSTX"), set("ZzsE")
ALIKE = set("YmdHMSyjbBaApI")
"""Elements that mean the same to the engine."""
NAMES = [datetime.date(2024, 1, day).strftime("%A") for day in range(1, 8)]  # of Monday to Sunday
MONTHS = [datetime.date(2024, month, 1).strftime("%B") for month in range(1, 13)]
Moment = datetime.datetime


def _offset(at: Moment, colon: str = "") -> str:
    minutes = int((at.utcoffset() or datetime.timedelta()).total_seconds() // 60)
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}{colon}{abs(minutes) % 60:02d}"


def _fraction(at: Moment, digits: int) -> str:
    return f"{at.second:02d}" + (f".{at.microsecond:06d}".ljust(10, "0")[: digits + 1] if digits else "")


def _fitting(at: Moment) -> str:
    return f"{at.second:02d}" + (f".{at.microsecond:06d}".rstrip("0") if at.microsecond else "")


def _zone_name(at: Moment) -> str:
    name = at.tzname() or "UTC"
    minutes = int((at.utcoffset() or datetime.timedelta()).total_seconds() // 60)
    return f"UTC{minutes // 60:+d}" if name.startswith("UTC") and minutes else name


WRITERS: dict[str, Callable[[Moment], str]] = {
    "A": lambda at: NAMES[at.weekday()],
    "a": lambda at: NAMES[at.weekday()][:3],
    "B": lambda at: MONTHS[at.month - 1],
    "b": lambda at: MONTHS[at.month - 1][:3],
    "C": lambda at: f"{at.year // 100:02d}",
    "d": lambda at: f"{at.day:02d}",
    "e": lambda at: f"{at.day:2d}",
    "G": lambda at: str(at.isocalendar().year),
    "g": lambda at: f"{at.isocalendar().year % 100:02d}",
    "H": lambda at: f"{at.hour:02d}",
    "I": lambda at: f"{at.hour % 12 or 12:02d}",
    "j": lambda at: f"{at.timetuple().tm_yday:03d}",
    "k": lambda at: f"{at.hour:2d}",
    "l": lambda at: f"{at.hour % 12 or 12:2d}",
    "M": lambda at: f"{at.minute:02d}",
    "m": lambda at: f"{at.month:02d}",
    "P": lambda at: "am" if at.hour < 12 else "pm",
    "p": lambda at: "AM" if at.hour < 12 else "PM",
    "Q": lambda at: str((at.month + 2) // 3),
    "S": lambda at: f"{at.second:02d}",
    "s": lambda at: str((at - EPOCH) // datetime.timedelta(seconds=1)),
    "U": lambda at: f"{(at.timetuple().tm_yday + 6 - at.isoweekday() % 7) // 7:02d}",
    "u": lambda at: str(at.isoweekday()),
    "V": lambda at: f"{at.isocalendar().week:02d}",
    "W": lambda at: f"{(at.timetuple().tm_yday + 6 - at.weekday()) // 7:02d}",
    "w": lambda at: str(at.isoweekday() % 7),
    "Y": lambda at: str(at.year),
    "y": lambda at: f"{at.year % 100:02d}",
    "Z": _zone_name,
    "z": _offset,
    "%": lambda _: "%",
    "Ez": lambda at: _offset(at, ":"),
    "E*S": _fitting,
    "E#S": _fitting,
    "E4Y": lambda at: f"{at.year:04d}",
}


def plain(form: str, known: str) -> str | None:
    """The format as the engine's strftime takes it, which is fast; None if an element means something else there."""
    pieces = list[str]()
    for element, text, _ in ELEMENT.findall(form):
        expanded = text or SHORTHANDS.get(element, f"%{element}")
        letters = [] if text else re.findall(r"%(.?)", expanded)
        if not all(letter in ALIKE and _is_known(letter, known) for letter in letters):
            return None
        pieces.append(expanded)
    return "".join(pieces)


def formatted(form: str, microseconds: int, zone: str, known: str) -> str:
    """A moment, in microseconds since 1970 of UTC, as a clock in `zone` shows it; elements of others than `known` kinds
    (date, time, zone by their first letters) stay as they are written."""
    at = (EPOCH + datetime.timedelta(microseconds=microseconds)).astimezone(zone_of(zone))
    return _written(form, at, known)


def _written(form: str, at: Moment, known: str) -> str:
    pieces: list[str] = []
    for element, text, lone in ELEMENT.findall(form):
        if text or lone:
            pieces.append(text or lone)
        elif element in SHORTHANDS and _is_known(element, known):
            pieces.append(_written(SHORTHANDS[element], at, known))
        elif re.fullmatch(r"E[0-9]S", element) and "t" in known:
            pieces.append(_fraction(at, int(element[1])))
        elif element in WRITERS and _is_known(element, known):
            pieces.append(WRITERS[element](at))
        elif element[0] in "EO" and element[1:] in WRITERS and _is_known(element[1:], known):
            pieces.append(WRITERS[element[1:]](at))
        else:
            pieces.append("%" + element)
    return "".join(pieces)


def _is_known(element: str, known: str) -> bool:
    if element in ("%", "n", "t"):
        return True
    first = element[-1] if element[0] == "E" else element[0]
    return (
        ("d" in known and first in OF_DATE)
        or ("t" in known and first in OF_TIME)
        or ("z" in known and first in OF_ZONE)
    )
