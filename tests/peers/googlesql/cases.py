"""Cases of GoogleSQL's compliance files (`*.test`) that BigQuery's dialect covers.

A file is a list of cases, parted by `==`: options in brackets, the query, `--`, what is expected. Types that BigQuery
does not have are written as those it has.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.peers.googlesql.features import FOREIGN, FOREIGN_ROWS, HAS_NOT

OPTION = re.compile(r"\[(default )?(\w+)(?:=((?:\[[^\]]*\]|[^\[\]])*))?\]", re.S)
FEATURES = re.compile(r"^WITH FEATURES:(.*)$", re.M)
TYPES = {
    r"u?int(?:32|64)": "INT64",
    r"float|double": "FLOAT64",
}
ZERO_OF_32_BITS = re.compile(r"(-?)pow\(0\.1, 46\)(?= as float\b)", re.I)
TABLE = re.compile(r"CREATE (?:TEMP )?TABLE\s+`?(\w+)`?\s+(?:\(([^()]*)\)\s+)?AS\s+(.*)", re.I | re.S)
NOT_OF_SELECT = (
    "aead", "anonymization", "call_sql", "collation", "differential", "dml", "graph", "hints", "keys", "map_",
    "match_rec",
    "measures", "multi_level", "nano_", "pico_", "pipe_", "proto", "replace_fields", "lateral", "tablesample", "typeof",
    "default_timezone", "timestamp_with_default_time_zone",
    "orderby_collate", "unnest_multiway", "enum", "apply_lambda", "array_zip", "compression", "chained",
)  # fmt: skip


@dataclass
class Case:
    """One query, what is expected of it (a value's text or ERROR: ...), and the tables it may read (name: query)."""

    file: str
    name: str
    query: str
    expected: str
    parameters: str = ""
    tables: dict[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        return f"{self.file}:{self.name}"


def cases_of(folder: Path) -> Iterator[Case]:
    for path in sorted(folder.glob("*.test")):
        if not path.stem.startswith(NOT_OF_SELECT):
            yield from cases_in(path.stem, path.read_text())


def cases_in(file: str, text: str) -> Iterator[Case]:
    defaults: dict[str, str] = {}
    tables: dict[str, str] = {}
    for part in re.split(r"^==\s*$", text, flags=re.M):
        options, body = _options(part, defaults)
        query, *results = re.split(r"^--\s*$", body, flags=re.M)
        query = _translated(re.sub(r"^\\(?=--|==)", "", query.strip(), flags=re.M))
        made = TABLE.match(query)
        if "prepare_database" in options:
            if made:
                tables[made[1].lower()] = _with_names(made[2], made[3])
            continue
        read = [rows for name, rows in tables.items() if re.search(rf"\b{name}\b", query, re.I)]
        if not results or not _covered(options, part) or any(map(FOREIGN_ROWS.search, read)):
            continue
        expected = _result(results)
        if expected is not None:
            parameters = _translated(options.get("parameters", ""))
            yield Case(file, options.get("name", "unnamed"), query, expected, parameters, tables)


def _with_names(columns: str | None, rows: str) -> str:
    """A table's rows under the names and types that its columns are declared with: `a INT64, b STRING`."""
    if columns is None:
        return rows
    pairs = [column.split() for column in columns.split(",")]
    nulls = ", ".join(f"CAST(NULL AS {kind}) AS {name}" for name, kind, *_ in pairs)
    return f"SELECT {nulls} FROM UNNEST([0]) WHERE FALSE UNION ALL {rows}"


def _options(part: str, defaults: dict[str, str]) -> tuple[dict[str, str], str]:
    """The options that hold for a case, and the rest of its text; defaults are kept for those that follow."""
    own: dict[str, str] = {}
    rest = part
    while True:
        rest = re.sub(r"\A(?:\s*\n|#[^\n]*\n)*", "", rest)
        found = OPTION.match(rest)
        if not found:
            break
        (defaults if found[1] else own)[found[2]] = found[3] or ""
        rest = rest[found.end() :]
    return {**defaults, **own}, rest


def _covered(options: dict[str, str], text: str) -> bool:
    """Whether BigQuery has every feature and type that a case needs."""
    wanted = {one for one in re.split(r"[,\s]+", options.get("required_features", "")) if one}
    forbidden = {one for one in re.split(r"[,\s]+", options.get("forbidden_features", "")) if one}
    return (
        not any(map(HAS_NOT.match, wanted))
        and not (forbidden - {one for one in forbidden if HAS_NOT.match(one)})
        and not FOREIGN.search(text)
    )


def _result(results: list[str]) -> str | None:
    """The result of the most features that BigQuery has."""
    best, most = None, -1
    for result in results:
        sets = [{one.strip() for one in found.split(",")} - {"<none>", ""} for found in FEATURES.findall(result)]
        fitting = [len(one) for one in sets if not any(map(HAS_NOT.match, one))] if sets else [0]
        if fitting and max(fitting) > most:
            best, most = FEATURES.sub("", result).strip(), max(fitting)
    return best


def _translated(query: str) -> str:
    """INT32 and the unsigned as INT64, FLOAT and DOUBLE as FLOAT64; what is zero in the 32 bits of a FLOAT as zero."""
    query = ZERO_OF_32_BITS.sub(r"\g<1>0.0", query)
    for wrong, right in TYPES.items():
        query = re.sub(rf"(?<![\w'\"@.])(?:{wrong})(?=\s*[>,)\s(])(?!\s*\()", right, query, flags=re.I)
    return query.rstrip(";")
