"""CAST with FORMAT: of dates and times to text and back, and of BYTES.

source: docs/format-elements.md of google/zetasql, formatting syntax for CAST.
"""

from __future__ import annotations

import base64
import datetime
import re
from collections.abc import Callable
from typing import Any

from localcloud.services.bigquery.functions.casts import zone_of
from localcloud.services.bigquery.functions.function import Function, python
from localcloud.services.bigquery.functions.time_formats import MONTHS, NAMES
from localcloud.services.bigquery.types import EPOCH

Moment = datetime.datetime
ELEMENT = re.compile(
    r"YYYY|YYY|YY|Y|RRRR|RR|MONTH|MON|MM|MI|DDD|DD|DAY|DY|D|HH24|HH12|HH|SSSSS|SS|FF[1-9]|A\.M\.|P\.M\.|AM|PM|TZH|TZM"
    r"|\"(?:[^\"\\]|\\.)*\"|[-./,';: ]+",
    re.I,
)
DATE_PARTS = ("YYYY", "YYY", "YY", "Y", "RRRR", "RR", "MONTH", "MON", "MM", "DDD", "DD", "DAY", "DY", "D")
WIDTHS = {"YYYY": 5, "YYY": 3, "YY": 2, "Y": 1, "RRRR": 4, "RR": 2, "MM": 2, "DD": 2, "HH24": 2, "HH12": 2, "HH": 2,
          "MI": 2, "SS": 2, "SSSSS": 5}  # fmt: skip
FORMATTERS: dict[str, Callable[[Moment], str]] = {
    "YYYY": lambda at: f"{at.year:04d}", "RRRR": lambda at: f"{at.year:04d}", "YYY": lambda at: f"{at.year % 1000:03d}",
    "YY": lambda at: f"{at.year % 100:02d}", "RR": lambda at: f"{at.year % 100:02d}", "Y": lambda at: f"{at.year % 10}",
    "MM": lambda at: f"{at.month:02d}", "MONTH": lambda at: MONTHS[at.month - 1],
    "MON": lambda at: MONTHS[at.month - 1][:3], "DD": lambda at: f"{at.day:02d}",
    "DDD": lambda at: f"{at.timetuple().tm_yday:03d}", "D": lambda at: f"{at.isoweekday() % 7 + 1}",
    "DAY": lambda at: NAMES[at.weekday()], "DY": lambda at: NAMES[at.weekday()][:3],
    "HH24": lambda at: f"{at.hour:02d}", "HH12": lambda at: f"{(at.hour - 1) % 12 + 1:02d}",
    "HH": lambda at: f"{(at.hour - 1) % 12 + 1:02d}", "MI": lambda at: f"{at.minute:02d}",
    "SS": lambda at: f"{at.second:02d}", "SSSSS": lambda at: f"{(at.hour * 60 + at.minute) * 60 + at.second:05d}",
    "AM": lambda at: "AM" if at.hour < 12 else "PM", "PM": lambda at: "AM" if at.hour < 12 else "PM",
    "A.M.": lambda at: "A.M." if at.hour < 12 else "P.M.", "P.M.": lambda at: "A.M." if at.hour < 12 else "P.M.",
}  # fmt: skip


def elements(form: str) -> list[str]:
    """The elements of a format. Errors: ValueError for one that is not known."""
    found, end = list[str](), 0
    while end < len(form):
        match = ELEMENT.match(form, end)
        if match is None:
            raise ValueError(f"Cannot find matched format element at {form[end:]!r}")
        found.append(match[0])
        end = match.end()
    return found


def formatted(microseconds: int, form: str, kind: str, zone: str) -> str:
    """A moment as text; `kind` is DATE, TIME, DATETIME or TIMESTAMP."""
    at = (EPOCH + datetime.timedelta(microseconds=microseconds)).astimezone(zone_of(zone))
    return "".join(_shown(element, at, kind) for element in elements(form))


def _shown(element: str, at: Moment, kind: str) -> str:
    name = element.upper()
    if element[0] == '"':
        return re.sub(r"\\(.)", r"\1", element[1:-1])
    if not element[0].isalpha():
        return element
    if kind == ("TIME" if name in DATE_PARTS else "DATE") or (name.startswith("TZ") and kind != "TIMESTAMP"):
        raise ValueError(f"{kind} does not support the format element {element}")
    if name.startswith("FF"):
        return f"{at.microsecond:06d}000"[: int(name[2])]
    if name.startswith("TZ"):
        minutes = int((at.utcoffset() or datetime.timedelta()).total_seconds()) // 60
        return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}" if name == "TZH" else f"{abs(minutes) % 60:02d}"
    text = FORMATTERS[name](at)
    return text.upper() if element[:2].isupper() else text.capitalize() if element[0].isupper() else text.lower()


class _Reader:
    """Reads a text by the elements of a format into `found`, numbers by the names of what they are."""

    def __init__(self, text: str) -> None:
        self.text, self.rest = text, text
        self.found: dict[str, int] = {}

    def take(self, pattern: str) -> str:
        match = re.match(pattern, self.rest, re.I)
        if match is None:
            raise ValueError(f"Failed to parse input string {self.text!r}")
        self.rest = self.rest[match.end() :]
        return match[0]

    def element(self, element: str) -> None:
        name = element.upper()
        if element[0] == '"':
            self.take(re.escape(re.sub(r"\\(.)", r"\1", element[1:-1])))
        elif element.isspace():
            self.take(r"\s+")
        elif not element[0].isalpha():
            self.take(r"\s*".join(map(re.escape, element.split())))
        elif name in ("MONTH", "MON"):
            names = MONTHS if name == "MONTH" else [one[:3] for one in MONTHS]
            self.found["MM"] = [one.upper() for one in names].index(self.take("|".join(names)).upper()) + 1
        elif name in WIDTHS:
            self.found[name] = int(self.take(rf"\d{{1,{WIDTHS[name]}}}"))
        elif name.startswith("FF"):
            self.found["FF"] = int(self.take(rf"\d{{1,{name[2]}}}").ljust(6, "0")[:6])
        elif name in ("AM", "PM", "A.M.", "P.M."):
            self.found["PM"] = self.take(r"[AP]\.M\." if "." in name else "[AP]M")[0].upper() == "P"
        elif name == "TZH":
            self.found["TZH"] = int(self.take(r"[-+ ]?\d{1,2}"))
        elif name == "TZM":
            self.found["TZM"] = int(self.take(r"\d{1,2}"))
        else:
            raise ValueError(f"Format element {element} is not supported for parsing")


def parsed(text: str, form: str, kind: str, zone: str) -> int:
    """Microseconds since the epoch of the moment that a text says, for a time since midnight."""
    reader = _Reader(text.strip())
    for element in elements(form.strip()):
        if kind == ("TIME" if element.upper() in DATE_PARTS else "DATE") and element[0].isalpha():
            raise ValueError(f"{kind} does not support the format element {element}")
        reader.element(element)
    reader.take(r"\s*$")
    found = reader.found
    own = None
    if "TZH" in found or "TZM" in found:
        hours = found.get("TZH", 0)
        minutes = found.get("TZM", 0) * (-1 if hours < 0 else 1)
        own = datetime.timezone(datetime.timedelta(hours=hours, minutes=minutes))
    try:
        at = _moment(found, datetime.datetime.now(zone_of(zone)), kind)
    except ValueError as error:
        raise ValueError(f"Failed to parse input string {text!r}") from error
    return (at.replace(tzinfo=own or zone_of(zone)) - EPOCH) // datetime.timedelta(microseconds=1)


def _moment(found: dict[str, int], now: Moment, kind: str) -> Moment:
    """What a text doesn't say is the current year and month, the first day, midnight."""
    hour = found.get("HH24", 0)
    if "HH12" in found or "HH" in found:
        hour = found.get("HH12", found.get("HH", 0))
        if not 1 <= hour <= 12:
            raise ValueError
        hour = hour % 12 + 12 * found.get("PM", 0)
    minute, second = found.get("MI", 0), found.get("SS", 0)
    if "SSSSS" in found:
        hour, minute, second = found["SSSSS"] // 3600, found["SSSSS"] // 60 % 60, found["SSSSS"] % 60
    date = (1970, 1, 1) if kind == "TIME" else (_year(found, now.year), found.get("MM", now.month), found.get("DD", 1))
    return Moment(*date, hour, minute, second, found.get("FF", 0))


def _year(found: dict[str, int], now: int) -> int:
    for name, size in (("YYYY", 0), ("RRRR", 0), ("YYY", 1000), ("YY", 100), ("Y", 10)):
        if name in found:
            return now - now % size + found[name] if size else found[name]
    if "RR" in found:
        century = now - now % 100 + 100 * ((now % 100 >= 50) - (found["RR"] >= 50))
        return century + found["RR"]
    return now


ENCODERS: dict[str, Callable[[bytes], str]] = {
    "HEX": bytes.hex, "BASE16": bytes.hex, "BASE64": lambda x: base64.b64encode(x).decode(),
    "BASE32": lambda x: base64.b32encode(x).decode(), "UTF8": bytes.decode, "UTF-8": bytes.decode,
    "ASCII": lambda x: x.decode("ascii"), "BASE2": lambda x: "".join(f"{one:08b}" for one in x),
}  # fmt: skip
DECODERS: dict[str, Callable[[str], bytes]] = {
    "HEX": bytes.fromhex, "BASE16": bytes.fromhex, "BASE64": lambda x: base64.b64decode(x, validate=True),
    "BASE32": base64.b32decode, "UTF8": str.encode, "UTF-8": str.encode, "ASCII": lambda x: x.encode("ascii"),
}  # fmt: skip


def encoded(value: bytes, form: str) -> str:
    return _coded(ENCODERS, value, form)


def decoded(value: str, form: str) -> bytes:
    return _coded(DECODERS, value, form)


def _coded(by_form: dict[str, Callable[[Any], Any]], value: Any, form: str) -> Any:
    if form.upper() not in by_form:
        raise ValueError(f"CAST with FORMAT {form!r} is not supported here")
    try:
        return by_form[form.upper()](value)
    except ValueError as error:
        raise ValueError(f"Failed to decode or encode by the format {form!r}") from error


FUNCTIONS: dict[str, Function] = {
    "moment_as_text": python("STRING", formatted, "BIGINT, VARCHAR, VARCHAR, VARCHAR -> VARCHAR"),
    "text_as_moment": python("INT64", parsed, "VARCHAR, VARCHAR, VARCHAR, VARCHAR -> BIGINT"),
    "bytes_as_text": python("STRING", encoded, "BLOB, VARCHAR -> VARCHAR"),
    "text_as_bytes": python("BYTES", decoded, "VARCHAR, VARCHAR -> BLOB"),
}
