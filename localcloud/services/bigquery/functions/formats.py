"""FORMAT: printf's conversions, and %t and %T for values of any type.

source: cloud.google.com/bigquery/docs/reference/standard-sql/format-elements#format_string
"""

from __future__ import annotations

import json
import math
import re
from decimal import Decimal

from localcloud.services.bigquery.functions.function import Function, python, sql

CONVERSION = re.compile(r"%(?:(%)|(?P<flags>[-+ #0']*)(?P<width>\*|\d*)(?:\.(?P<precision>\*|\d*))?(?P<kind>.))", re.S)
FLOAT_DIGITS = 18
INTEGERS = {"d": "d", "i": "d", "o": "o", "x": "x", "X": "X"}


def conversions(form: str) -> str:
    """The kind of each argument's conversion, in their order; `*` for a width or precision."""
    kinds = ""
    for found in CONVERSION.finditer(form):
        if not found[1]:
            kinds += "*" * [found["width"], found["precision"]].count("*") + found["kind"]
    return kinds


def formatted(form: str, values: list[str | None]) -> str | None:
    """FORMAT of arguments that came as text; NULL if one is. Errors: ValueError for a wrong format."""
    if len(conversions(form)) != len(values):
        raise ValueError(
            f'Invalid FORMAT string "{form}": it takes {len(conversions(form))} arguments, not {len(values)}'
        )
    if None in values:
        return None
    rest = iter(values)
    return CONVERSION.sub(lambda found: "%" if found[1] else _converted(found, rest), form)


def _converted(found: re.Match[str], rest: object) -> str:
    flags, kind = found["flags"], found["kind"]
    width, precision = (next(rest) if found[name] == "*" else found[name] for name in ("width", "precision"))  # type: ignore[call-overload]
    text = next(rest)  # type: ignore[call-overload]
    if width and str(width).startswith("-"):
        flags, width = flags + "-", str(width)[1:]
    grouped = "'" in flags
    flags = flags.replace("'", "")
    if kind in "sptTP":
        shown = text if precision is None else text[: int(precision or 0)]
        return shown.ljust(int(width or 0)) if "-" in flags else shown.rjust(int(width or 0))
    if kind in INTEGERS:
        shown = _integer(int(text), INTEGERS[kind], flags, precision)
    elif kind in "fFeEgG":
        shown = _float(text, kind, flags, 6 if precision is None else int(precision or 0))
    else:
        raise ValueError(f'Invalid FORMAT string: "%{kind}" is no conversion')
    if grouped:
        whole, point, fraction = shown.partition(".")
        shown = re.sub(r"(?<=\d)(?=(?:\d{3})+$)", ",", whole) + point + fraction
    return _padded(shown, flags, int(width or 0), zeros=kind not in INTEGERS or precision is None)


def _integer(value: int, kind: str, flags: str, precision: str | None) -> str:
    digits = format(abs(value), kind).rjust(int(precision or 0), "0")
    prefix = {"o": "0", "x": "0x", "X": "0X"}.get(kind, "") if "#" in flags and value else ""
    return _sign(value < 0, flags) + prefix + digits


def _sign(negative: bool, flags: str) -> str:
    return "-" if negative else "+" if "+" in flags else " " if " " in flags else ""


def _float(text: str, kind: str, flags: str, digits: int) -> str:
    value = float(text)
    if not math.isfinite(value):
        word = "nan" if math.isnan(value) else "inf"
        return _sign(value < 0, flags) + (word.upper() if kind.isupper() else word)
    if kind in "fF":
        exact = Decimal(text) if len(text) > FLOAT_DIGITS else value  # a NUMERIC has more digits than fit
        shown = f"{abs(exact):.{digits}f}"
    else:
        shown = format(abs(value), f"{'#' if '#' in flags else ''}.{digits}{kind}")
    return _sign(value < 0 or text.startswith("-"), flags) + shown


def _padded(shown: str, flags: str, width: int, zeros: bool) -> str:
    if "-" in flags:
        return shown.ljust(width)
    if "0" in flags and zeros and shown[-1:].isalnum() and not shown.lower().endswith(("nan", "inf")):
        sign = re.match(r"[-+ ]?(?:0[xX])?", shown)
        assert sign is not None
        return sign[0] + shown[sign.end() :].rjust(width - sign.end(), "0")
    return shown.rjust(width)


FUNCTIONS: dict[str, Function] = {
    "formatted_text": python("STRING", formatted, "VARCHAR, VARCHAR[] -> VARCHAR"),
    "float_shown": sql("STRING", r"(x DOUBLE) AS regexp_replace(CAST(x AS VARCHAR), '^(-?[0-9]+)$', '\1.0')"),
    "shown": sql(
        "STRING",
        """(x VARCHAR) AS x, (x BLOB) AS gs_utf8_of(x), (x BOOLEAN) AS CAST(x AS VARCHAR), (x BIGINT) AS CAST(x AS
           VARCHAR),
           (x DOUBLE) AS gs_float_shown(x), (x DECIMAL(38, 9)) AS gs_number_text(x), (x DATE) AS gs_clock_text(x),
           (x TIMESTAMP) AS gs_clock_text(x), (x TIME) AS gs_clock_text(x),
           (x TIMESTAMPTZ) AS gs_clock_text(timezone('UTC', x)) || '+00'""",
    ),
    "quoted": python("STRING", lambda text: json.dumps(text, ensure_ascii=False), "VARCHAR -> VARCHAR"),
    "literal": sql(
        "STRING",
        """(x VARCHAR) AS gs_quoted(x), (x BLOB) AS 'b' || gs_quoted(CAST(x AS VARCHAR)), (x BOOLEAN) AS CAST(x AS
           VARCHAR),
           (x BIGINT) AS CAST(x AS VARCHAR), (x DOUBLE) AS CASE WHEN isfinite(x) THEN gs_float_shown(x)
           ELSE 'CAST("' || CAST(x AS VARCHAR) || '" AS FLOAT64)' END,
           (x DECIMAL(38, 9)) AS 'NUMERIC "' || gs_number_text(x) || '"', (x DATE) AS 'DATE "' || gs_clock_text(x)
           || '"',
           (x TIMESTAMP) AS 'DATETIME "' || gs_clock_text(x) || '"', (x TIME) AS 'TIME "' || gs_clock_text(x) || '"',
           (x TIMESTAMPTZ) AS 'TIMESTAMP "' || gs_clock_text(timezone('UTC', x)) || '+00"'""",
    ),
}
