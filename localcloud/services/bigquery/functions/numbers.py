"""Mathematical functions.

source: cloud.google.com/bigquery/docs/reference/standard-sql/mathematical_functions
"""

from __future__ import annotations

import decimal
import math
import re
from decimal import Decimal
from fractions import Fraction

from localcloud.services.bigquery.functions.function import Function, python, sql

LOG_ERROR = "Floating point error in function: LOG"
EXACT = decimal.Context(prec=80, rounding=decimal.ROUND_HALF_UP)
SIGNED = re.compile(r"\s*([+-]?)\s*([0-9.,]+(?:[eE][+-]?[0-9]+)?)\s*([+-]?)\s*")
NUMERIC_LIMIT = Decimal(10) ** 29


def _raise(message: str) -> None:
    raise ValueError(message)


def numeric(value: Decimal) -> Decimal:
    """A number with NUMERIC's nine digits after the point, halves away from zero. Errors: ValueError if too large."""
    rounded = value.quantize(Decimal("1e-9"), context=EXACT)
    if rounded.copy_abs() >= NUMERIC_LIMIT:
        raise ValueError("numeric overflow")
    return rounded


def numeric_of(text: str) -> Decimal:
    try:
        return numeric(Decimal(text.strip().replace("_", "x")))
    except (decimal.InvalidOperation, ValueError) as error:
        raise ValueError(f"Invalid NUMERIC value: {text}") from error


def parsed_numeric(text: str) -> Decimal:
    """PARSE_NUMERIC, which allows spaces, a sign after the number and commas between digits."""
    found = SIGNED.fullmatch(text)
    if found is None or (found[1] and found[3]):
        raise ValueError(f"Invalid NUMERIC value: {text}")
    return numeric_of((found[1] or found[3] or "") + found[2].replace(",", ""))


def product(left: Decimal, right: Decimal) -> Decimal:
    return numeric(EXACT.multiply(left, right))


def quotient(left: Decimal, right: Decimal) -> Decimal:
    if not right:
        raise ValueError(f"division by zero: {left:f} / {right:f}")
    return numeric(EXACT.divide(left, right))


def power(base: float, exponent: float) -> float:
    try:
        made = base**exponent
    except (OverflowError, ZeroDivisionError) as error:
        raise ValueError(f"Floating point error in function: POW({base:g}, {exponent:g})") from error
    if isinstance(made, complex):
        raise ValueError(f"Floating point error in function: POW({base:g}, {exponent:g})")
    return made


def cube_root(value: float) -> float:
    root = math.cbrt(value)
    whole = round(root) if math.isfinite(root) else root
    return float(whole) if whole**3 == value else root  # exact where there is an exact one


def spread(name: str, rows: list[list[Decimal | None]]) -> str | None:
    """A variance of numbers or covariance of pairs, one a row, rounded but once; as text: the engine drops a NaN."""
    pairs = [(Fraction(row[0] or 0), Fraction(row[-1] or 0)) for row in rows if None not in row]
    count = len(pairs) - name.endswith("samp")
    if count < 1 or (name == "corr" and len(pairs) < 2):
        return None
    means = [sum(numbers) / len(pairs) for numbers in zip(*pairs, strict=True)]
    sums = [sum((pair[i] - means[i]) * (pair[j] - means[j]) for pair in pairs) for i, j in ((0, 1), (0, 0), (1, 1))]
    if name == "corr":
        return repr(float(sums[0]) / math.sqrt(float(sums[1] * sums[2]))) if sums[1] * sums[2] else "nan"
    made = float(sums[0] / count)
    return repr(math.sqrt(made) if name.startswith("stddev") else made)


FINITE = "CASE WHEN isinf({0}) AND {1} THEN gs_raise('Floating point error in function: {2}')::DOUBLE ELSE {0} END"


def _finite(expression: str, inputs: str, name: str) -> str:
    return FINITE.format(expression, inputs, name)


def _domain(condition: str, message: str, expression: str) -> str:
    return f"CASE WHEN {condition} THEN gs_raise('{message}')::DOUBLE ELSE {expression} END"


def _arc(name: str) -> str:
    within = f"{name}(CASE WHEN abs(x) <= 1 OR isnan(x::DOUBLE) THEN x::DOUBLE END)"
    return f"(x) AS {_domain('abs(x) > 1', f'Floating point error in function: {name.upper()}', within)}"


ROUNDED = (
    """(x DOUBLE) AS {0}(x), (x BIGINT) AS CAST(x AS DOUBLE), (x DECIMAL(38, 9)) AS CAST({0}(x) AS DECIMAL(38, 9))"""
)
POWER = """(x DOUBLE, y DOUBLE) AS CASE WHEN (isnan(x) AND y <> 0) OR (isnan(y) AND x <> 1) THEN x + y ELSE
    gs_raised(x, y) END, (x DECIMAL(38, 9), y DOUBLE) AS gs_to_numeric(gs_raised(x::DOUBLE, y))"""
SHIFTABLE = """(n < 64 AND CASE WHEN n < 0 THEN CAST(gs_raise('Bitwise shift by a negative number: ' || n) AS BOOLEAN)
    ELSE TRUE END)"""
"""Beyond 63 bits nothing is left of a number."""
FUNCTIONS: dict[str, Function] = {
    "raise": python("INT64", _raise, "VARCHAR -> VARCHAR"),
    "numeric_of": python("NUMERIC", numeric_of, "VARCHAR -> DECIMAL(38,9)"),
    "product": python("NUMERIC", product, "DECIMAL(38,9), DECIMAL(38,9) -> DECIMAL(38,9)"),
    "quotient": python("NUMERIC", quotient, "DECIMAL(38,9), DECIMAL(38,9) -> DECIMAL(38,9)"),
    "finite": sql(
        "FLOAT64",
        """(r, x, y) AS CASE WHEN isinf(r) AND isfinite(x::DOUBLE) AND isfinite(y::DOUBLE)
           THEN gs_raise('Floating point error: the result is beyond the range of FLOAT64')::DOUBLE ELSE r END""",
    ),
    "finite_sum": sql(
        "FLOAT64",
        """(total, infinite) AS CASE WHEN isinf(total) AND NOT infinite THEN gs_raise('double overflow')::DOUBLE
           ELSE total END""",
    ),
    "spread_text": python("STRING", spread, "VARCHAR, DECIMAL(38,9)[][] -> VARCHAR"),
    "spread": sql("FLOAT64", "(name, rows) AS CAST(gs_spread_text(name, rows) AS DOUBLE)"),
    "wide_spread_text": python("STRING", spread, "VARCHAR, DECIMAL(38,18)[][] -> VARCHAR"),
    "wide_spread": sql("FLOAT64", "(name, rows) AS CAST(gs_wide_spread_text(name, rows) AS DOUBLE)"),
    "raised": python("FLOAT64", power, "DOUBLE, DOUBLE -> DOUBLE"),
    "parsed_numeric": python("NUMERIC", parsed_numeric, "VARCHAR -> DECIMAL(38,9)"),
    "PARSE_NUMERIC": sql("NUMERIC", "(x) AS gs_parsed_numeric(x)"),
    "CEIL": sql("FLOAT64|NUMERIC", ROUNDED.format("ceil")),
    "CEILING": sql("FLOAT64|NUMERIC", ROUNDED.format("ceil")),
    "FLOOR": sql("FLOAT64|NUMERIC", ROUNDED.format("floor")),
    "ROUND": sql(
        "FLOAT64|NUMERIC",
        ROUNDED.format("round")
        + """, (x DOUBLE, n BIGINT) AS round(x, CAST(n AS INTEGER)),
               (x DECIMAL(38, 9), n BIGINT) AS CAST(gs_rounded(x, n) AS DECIMAL(38, 9))""",
    ),
    "rounded": python(
        "NUMERIC",
        lambda x, n: numeric(x.quantize(Decimal(1).scaleb(-min(n, 9)), context=EXACT)),
        "DECIMAL(38,9), BIGINT -> DECIMAL(38,9)",
    ),
    "TRUNC": sql(
        "FLOAT64|NUMERIC",
        ROUNDED.format("trunc")
        + """, (x DOUBLE, n BIGINT) AS trunc(x * pow(10, n)) / pow(10, n),
               (x DECIMAL(38, 9), n BIGINT) AS CAST(trunc(x * pow(10, n)) / pow(10, n) AS DECIMAL(38, 9))""",
    ),
    "SIGN": sql(
        0,
        """(x BIGINT) AS CAST(sign(x) AS BIGINT),
           (x DOUBLE) AS CASE WHEN isnan(x) THEN x ELSE CAST(sign(x) AS DOUBLE) END,
           (x DECIMAL(38, 9)) AS CAST(sign(x) AS DECIMAL(38, 9))""",
    ),
    "SQRT": sql("FLOAT64", f"(x) AS {_domain('x < 0', 'Argument to SQRT cannot be negative', 'sqrt(abs(x::DOUBLE))')}"),
    "cube_root": python("FLOAT64", cube_root, "DOUBLE -> DOUBLE"),
    "CBRT": sql("FLOAT64", "(x DOUBLE) AS CASE WHEN isnan(x) THEN x ELSE gs_cube_root(x) END"),
    "POW": sql("FLOAT64|NUMERIC", POWER),
    "POWER": sql("FLOAT64|NUMERIC", POWER),
    "EXP": sql("FLOAT64", f"(x) AS {_finite('exp(x::DOUBLE)', 'isfinite(x::DOUBLE)', 'EXP')}"),
    "LN": sql("FLOAT64", f"(x) AS {_domain('x <= 0', 'Floating point error in function: LN', 'ln(x::DOUBLE)')}"),
    "LOG": sql(
        "FLOAT64",
        f"""(x) AS {_domain("x <= 0", LOG_ERROR, "ln(x::DOUBLE)")},
            (x, b) AS
            {_domain("x <= 0 OR b <= 0 OR b = 1", LOG_ERROR, "ln(x::DOUBLE) / ln(b::DOUBLE)")}""",
    ),
    "LOG10": sql(
        "FLOAT64",
        f"""(x) AS {_domain("x <= 0", "Floating point error in function: LOG10", "log10(x::DOUBLE)")}""",
    ),
    "IEEE_DIVIDE": sql(
        "FLOAT64",
        """(x, y) AS CASE WHEN y::DOUBLE <> 0 THEN x::DOUBLE / y::DOUBLE WHEN isnan(x::DOUBLE) OR x::DOUBLE = 0 THEN
           CAST('nan' AS DOUBLE)
           WHEN y IS NULL OR x IS NULL THEN NULL ELSE
           sign(x::DOUBLE) * CASE WHEN CAST(y::DOUBLE AS VARCHAR) LIKE '-%' THEN -1 ELSE 1 END * CAST('inf' AS
           DOUBLE) END""",
    ),
    "SAFE_DIVIDE": sql(
        "DIVISION",
        """(x DOUBLE, y DOUBLE) AS CASE WHEN y <> 0 AND (isfinite(x / y) OR NOT isfinite(x)) THEN x / y WHEN
           isnan(y) THEN y END,
           (x DECIMAL(38, 9), y DECIMAL(38, 9)) AS CASE WHEN y <> 0 THEN gs_quotient(x, y) END""",
    ),
    "SAFE_ADD": sql(
        "SUM",
        """(x BIGINT, y BIGINT) AS TRY(x + y), (x DOUBLE, y DOUBLE) AS CASE WHEN isfinite(x + y) OR NOT isfinite(x)
           OR NOT isfinite(y) THEN x + y END, (x DECIMAL(38, 9), y DECIMAL(38, 9)) AS TRY(x + y)""",
    ),
    "SAFE_SUBTRACT": sql(
        "SUM",
        """(x BIGINT, y BIGINT) AS TRY(x - y), (x DOUBLE, y DOUBLE) AS CASE WHEN isfinite(x - y) OR NOT isfinite(x)
           OR NOT isfinite(y) THEN x - y END, (x DECIMAL(38, 9), y DECIMAL(38, 9)) AS TRY(x - y)""",
    ),
    "SAFE_MULTIPLY": sql(
        "SUM",
        """(x BIGINT, y BIGINT) AS TRY(x * y), (x DOUBLE, y DOUBLE) AS CASE WHEN isfinite(x * y) OR NOT isfinite(x)
           OR NOT isfinite(y) THEN x * y END, (x DECIMAL(38, 9), y DECIMAL(38, 9)) AS TRY(gs_product(x, y))""",
    ),
    "SAFE_NEGATE": sql(0, "(x) AS TRY(-x)"),
    "DIV": sql(
        "SUM",
        """(x BIGINT, y BIGINT) AS CASE WHEN y = 0 THEN gs_raise('division by zero: ' || x || ' / 0')::BIGINT ELSE x
           // y END,
           (x DECIMAL(38, 9), y DECIMAL(38, 9)) AS CAST(trunc(gs_quotient(x, y)) AS DECIMAL(38, 9))""",
    ),
    "MOD": sql(
        "SUM",
        """(x BIGINT, y BIGINT) AS CASE WHEN y = 0 THEN gs_raise('division by zero: MOD(' || x || ', 0)')::BIGINT
           ELSE x % y END,
           (x DECIMAL(38, 9), y DECIMAL(38, 9)) AS CASE WHEN y = 0 THEN gs_raise('division by zero: MOD(' || x ||
           ', 0)')::DECIMAL(38, 9) ELSE x % y END""",
    ),
    "shifted_left": sql(
        "INT64",
        f"""(x, n) AS CASE WHEN {SHIFTABLE} THEN gs_of_64_bits(CAST(x AS HUGEINT) * (CAST(1 AS HUGEINT) << n))
            ELSE 0 END""",
    ),
    "shifted_right": sql(
        "INT64",
        f"""(x, n) AS CASE WHEN x IS NULL OR n IS NULL THEN NULL WHEN x >= 0 OR n = 0 THEN CASE WHEN {SHIFTABLE}
            THEN CAST(x AS BIGINT) >> n ELSE 0 END
            WHEN {SHIFTABLE} THEN (CAST(x AS BIGINT) >> n) & CAST((CAST(1 AS HUGEINT) << (64 - n)) - 1 AS BIGINT)
            ELSE 0 END""",
    ),
    "of_64_bits": sql(
        "INT64",
        """(x) AS CAST((x % 18446744073709551616 + 27670116110564327424) % 18446744073709551616 - 9223372036854775808
           AS BIGINT)""",
    ),
    "IS_NAN": sql("BOOL", "(x) AS isnan(x::DOUBLE)"),
    "IS_INF": sql("BOOL", "(x) AS isinf(x::DOUBLE)"),
    "BIT_COUNT": sql(
        "INT64",
        """(x BIGINT) AS CAST(bit_count(x) AS BIGINT), (x BLOB) AS CAST(bit_count(x::BIT) AS BIGINT)""",
    ),
    "RANGE_BUCKET": sql(
        "INT64",
        """(x, points) AS CASE WHEN x IS NOT NULL THEN len(list_filter(points, lambda p: p <= x)) END""",
    ),
    "COT": sql("FLOAT64", "(x) AS cot(x::DOUBLE)"),
    "ACOS": sql("FLOAT64", _arc("acos")),
    "ASIN": sql("FLOAT64", _arc("asin")),
}
