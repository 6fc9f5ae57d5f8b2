"""BIGNUMERIC, of which the engine holds 20 digits before and 18 after the point.

GoogleSQL's has 38 of each; what doesn't fit is refused, never rounded. Functions of the table that are not named here
take no BIGNUMERIC.
"""

from __future__ import annotations

import decimal
from decimal import Decimal

from localcloud.services.bigquery.functions.function import Function, python, sql

WIDE = "DECIMAL(38,18)"
HELD = Decimal("1e-18")
LIMIT = Decimal(10) ** 20
MOST_DIGITS = Decimal("1e-38")
EXACT = decimal.Context(prec=200, rounding=decimal.ROUND_HALF_UP)


def bignumeric(value: Decimal) -> Decimal:
    """A number as the engine holds it. Errors: ValueError if it has more digits than are held here."""
    rounded = value.quantize(MOST_DIGITS, context=EXACT) if value.is_finite() else value
    if not rounded.is_finite() or rounded != rounded.quantize(HELD, context=EXACT) or abs(rounded) >= LIMIT:
        raise ValueError(
            f"BIGNUMERIC of more than 20 digits before or 18 after the point is not supported here: {str(value)[:60]}"
        )
    return rounded.quantize(HELD, context=EXACT)


def of_text(text: str) -> Decimal:
    try:
        value = Decimal(text.strip().replace("_", "x"))
    except decimal.InvalidOperation as error:
        raise ValueError(f"Invalid BIGNUMERIC value: {text}") from error
    if not value.is_finite():
        raise ValueError(f"Invalid BIGNUMERIC value: {text}")
    return bignumeric(value)


def quotient(left: Decimal, right: Decimal) -> Decimal:
    if not right:
        raise ValueError(f"division by zero: {left:f} / {right:f}")
    return bignumeric(EXACT.divide(left, right))


FUNCTIONS: dict[str, Function] = {
    "bignumeric_of": python("BIGNUMERIC", of_text, f"VARCHAR -> {WIDE}"),
    "bignumeric_of_float": python("BIGNUMERIC", lambda x: bignumeric(Decimal(x)), f"DOUBLE -> {WIDE}"),
    "bignumeric_product": python(
        "BIGNUMERIC", lambda x, y: bignumeric(EXACT.multiply(x, y)), f"{WIDE}, {WIDE} -> {WIDE}"
    ),
    "bignumeric_quotient": python("BIGNUMERIC", quotient, f"{WIDE}, {WIDE} -> {WIDE}"),
    "bignumeric_to_string": sql("STRING", r"(x) AS regexp_replace(CAST(x AS VARCHAR), '\.?0+$', '')"),
    "bignumeric_to_int64": sql("INT64", "(x) AS CAST(round(x, 0) AS BIGINT)"),
    "bignumeric_to_float64": sql("FLOAT64", "(x) AS CAST(x AS DOUBLE)"),
    "bignumeric_to_numeric": sql("NUMERIC", "(x) AS CAST(x AS DECIMAL(38, 9))"),
    "bignumeric_to_bignumeric": sql("BIGNUMERIC", f"(x) AS CAST(x AS {WIDE})"),
    "to_bignumeric": sql(
        "BIGNUMERIC",
        f"""(x DECIMAL(38, 9)) AS CAST(x AS {WIDE}), (x BIGINT) AS CAST(x AS {WIDE}),
           (x DOUBLE) AS gs_bignumeric_of_float(x), (x VARCHAR) AS gs_bignumeric_of(x)""",
    ),
}
TAKERS = ("element", *FUNCTIONS)
"""Functions of the table that keep a BIGNUMERIC's digits."""
