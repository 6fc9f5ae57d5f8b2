"""Reads one table of a contract (an ODCS schema object) into the model, with every check."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pipelines.contracts.checks import NAME, ContractError, check, custom, known, one_line, unique
from pipelines.contracts.model import LOG_COLUMNS, Column, Derived, Limit, Partition, Table
from pipelines.contracts.odcs_serve import read_serve
from pipelines.contracts.types import TIME_TRANSFORMS, TYPES, physical_types

if TYPE_CHECKING:
    from open_data_contract_standard.model import SchemaObject, SchemaProperty

TRANSFORMS = ("identity", *TIME_TRANSFORMS)
DERIVED_FUNCTIONS = {"h3_cell": (2, 1)}
"""Function -> how many columns and how many integer parameters it takes."""

CALL = re.compile(r"([a-z][a-z0-9_]*)\(([^()]*)\)")
OPTIONS = ("minimum", "maximum")
PROPERTY_FIELDS = {
    "name",
    "logicalType",
    "logicalTypeOptions",
    "physicalType",
    "required",
    "description",
    "enum",
    "customProperties",
}


def read_table(value: SchemaObject, namespace: str, file: str) -> Table:
    """The table; ContractError if it can't be one. `file` is named in errors."""
    where = f"{file}: table {value.name}"
    check(bool(NAME.fullmatch(value.name or "")), where, "use a-z, 0-9 and _ in its name")
    properties = custom(value.customProperties, {"topic", "partition", "sort", "serve"}, where)
    topic = properties.get("topic")
    check(topic is None or str(topic).startswith("/"), where, f"topic {topic!r} must begin with /")
    columns = tuple(_column(column, topic is not None, where) for column in value.properties or [])
    check(bool(columns), where, "no properties; add its columns")
    names = [column.name for column in columns]
    unique(names, where, "column")
    if topic is not None:
        check(
            tuple(names[: len(LOG_COLUMNS)]) == LOG_COLUMNS,
            where,
            f"a table with a topic begins with the columns {', '.join(LOG_COLUMNS)}; put them first",
        )
    for column in columns:
        for source in column.derived.columns if column.derived else ():
            known(source, names, f"{where}: column {column.name}: derived")
    return Table(
        name=str(value.name),
        namespace=namespace,
        columns=columns,
        topic=topic,
        partition=_partition(properties.get("partition"), columns, where),
        sort=_sort(properties.get("sort"), names, where),
        doc=one_line(value.description),
        serve=read_serve(properties.get("serve"), str(value.name), columns, where),
    )


def _column(value: SchemaProperty, has_topic: bool, table: str) -> Column:
    where = f"{table}: column {value.name}"
    check(bool(NAME.fullmatch(value.name or "")), where, "use a-z, 0-9 and _ in its name")
    for field in sorted(value.model_fields_set - PROPERTY_FIELDS):
        raise ContractError(f"{where}: the platform does nothing with {field!r}; remove it")
    logical = physical_types()
    check(value.logicalType in logical, where, f"logicalType {value.logicalType!r}: use one of {', '.join(logical)}")
    types = logical[str(value.logicalType)]
    kind = value.physicalType or types[0]
    check(kind in types, where, f"physicalType {kind!r} of a {value.logicalType}: use one of {', '.join(types)}")
    properties = custom(value.customProperties, {"source", "derived"} if has_topic else set(), where)
    from_log = has_topic and value.name in LOG_COLUMNS
    check(not (from_log and properties), where, "it comes from the log; remove its customProperties")
    check(len(properties) < 2, where, "it is both derived and read from a source; keep one")
    derived = _derived(properties["derived"], where) if "derived" in properties else None
    source = str(properties.get("source", value.name)) if has_topic and not from_log and not derived else None
    enum = tuple(str(item.value) for item in value.enum or [])
    check(not enum or kind == "string", where, f"enum on a {kind}; only a string can have one")
    return Column(
        name=str(value.name),
        type=kind,
        required=bool(value.required),
        doc=one_line(value.description),
        enum=enum,
        source=source,
        derived=derived,
        **_limits(value, kind, where),
    )


def _limits(value: SchemaProperty, kind: str, where: str) -> dict[str, Limit]:
    options = value.logicalTypeOptions or {}
    for option, limit in options.items():
        check(option in OPTIONS, where, f"logicalTypeOptions {option!r} is unknown; use {' or '.join(OPTIONS)}")
        problem = f"{option} {limit!r} of a {kind}; give a number, or for a time text like 2010-01-01T00:00:00Z"
        check(_can_limit(kind, limit), where, problem)
    if len(options) == 2:
        check(options["minimum"] <= options["maximum"], where, "minimum is above maximum")
    return options


def _can_limit(kind: str, limit: Any) -> bool:
    read = TYPES[kind].limit
    if read is None:
        return False
    try:
        read(limit)
    except (ValueError, TypeError):
        return False
    return True


def _derived(text: Any, where: str) -> Derived:
    match = CALL.fullmatch(str(text))
    function = match.group(1) if match else ""
    check(function in DERIVED_FUNCTIONS, where, f"derived {text!r}: use one of {', '.join(DERIVED_FUNCTIONS)}(...)")
    assert match is not None
    columns, parameters = DERIVED_FUNCTIONS[function]
    parts = [part.strip() for part in match.group(2).split(",")]
    numbers = parts[columns:]
    fits = len(parts) == columns + parameters and all(number.isdigit() for number in numbers)
    check(fits, where, f"derived {text!r}: {function} takes {columns} columns and {parameters} whole number(s)")
    return Derived(function, tuple(parts[:columns]), tuple(int(number) for number in numbers))


def _partition(text: Any, columns: tuple[Column, ...], where: str) -> Partition | None:
    if text is None:
        return None
    match = CALL.fullmatch(str(text))
    transform, name = (match.group(1), match.group(2).strip()) if match else ("identity", str(text))
    check(transform in TRANSFORMS, where, f"partition {text!r}: use one of {', '.join(TRANSFORMS)}")
    known(name, [column.name for column in columns], f"{where}: partition")
    column = next(column for column in columns if column.name == name)
    check(column.required, where, f"partition column {name} must be required")
    fits = transform in ("identity", *TYPES[column.type].transforms)
    check(fits, where, f"partition {text!r}: {name} is a {column.type}, not a time")
    return Partition(transform, name)


def _sort(text: Any, names: list[str], where: str) -> tuple[str, ...]:
    if text is None:
        return ()
    columns = tuple(name.strip() for name in str(text).split(","))
    for name in columns:
        known(name, names, f"{where}: sort")
    return columns
