"""Reads the contracts of a folder (Open Data Contract Standard, one file a dataset) into the model, with every check.

The standard's own JSON schema and models come from the package open-data-contract-standard. What the standard leaves
open (customProperties, and which of its types the platform's tables have) is checked here.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.contracts.checks import NAME, ContractError, check, custom, one_line, unique
from pipelines.contracts.model import Contract, Contracts
from pipelines.contracts.odcs_serve import check_names
from pipelines.contracts.odcs_tables import read_table

if TYPE_CHECKING:
    from jsonschema.protocols import Validator
    from open_data_contract_standard.model import OpenDataContractStandard

SUFFIX = ".odcs.yaml"
LABEL = re.compile(r"[a-z][a-z0-9_-]{0,62}")
PRINCIPAL = re.compile(r"(user|group|serviceAccount|domain):\S+")
RETENTION_UNITS = ("d", "day", "days")


def load_contracts(folder: Path | str) -> Contracts:
    """All `*.odcs.yaml` of a folder, by file name. ContractError if there is none or one is wrong."""
    folder = Path(folder)
    paths = sorted(folder.glob(f"*{SUFFIX}"))
    if not paths:
        raise ContractError(f"{folder}: no *{SUFFIX} in it; add a data contract or correct the folder")
    contracts = Contracts(tuple(load_contract(path) for path in paths))
    topics: dict[str, str] = {}
    for table in contracts.tables:
        if table.topic is not None and topics.setdefault(table.topic, table.full_name) != table.full_name:
            raise ContractError(f"topic {table.topic} feeds {topics[table.topic]} and {table.full_name}; keep one")
    check_names(contracts.tables)
    return contracts


def load_contract(path: Path) -> Contract:
    """One file's contract. Its name must be the file's, so that a dataset is found by its name."""
    document = _read(path)
    where = path.name
    if f"{document.name}{SUFFIX}" != path.name:
        raise ContractError(f"{where}: name {document.name!r} differs from the file's; rename one of them")
    check(bool(NAME.fullmatch(document.name or "")), where, f"name {document.name!r}: use a-z, 0-9 and _")
    properties = custom(document.customProperties, {"costCenter"}, where)
    cost_center = properties.get("costCenter")
    owner = getattr(document.team, "name", None)
    for label, value in (("team.name", owner), ("customProperties costCenter", cost_center)):
        check(
            isinstance(value, str) and bool(LABEL.fullmatch(value)),
            where,
            f"{label} is {value!r}; it becomes a label, so set it to a-z, 0-9, _ and - (at most 63)",
        )
    tables = tuple(read_table(value, str(document.name), where) for value in document.schema_ or [])
    check(bool(tables), where, "no schema; add at least one table")
    unique([table.name for table in tables], where, "table")
    return Contract(
        name=str(document.name),
        owner=str(owner),
        cost_center=str(cost_center),
        retention_days=_retention(document, where),
        readers=_readers(document, where),
        tables=tables,
        doc=one_line(document.description.purpose if document.description else None),
    )


def _read(path: Path) -> OpenDataContractStandard:
    import yaml
    from jsonschema.exceptions import best_match
    from open_data_contract_standard.model import OpenDataContractStandard

    try:
        # The C parser, where PyYAML has it, is ten times as fast.
        document = yaml.load(path.read_bytes(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.YAMLError as error:
        raise ContractError(f"{path.name}: not YAML: {one_line(str(error))}") from error
    error = best_match(_standard().iter_errors(document))
    if error is not None:
        place = _place(document, list(error.absolute_path))
        raise ContractError(f"{path.name}: {place}against the standard (ODCS): {one_line(error.message)[:300]}")
    return OpenDataContractStandard.model_validate(document)


@cache
def _standard() -> Validator:
    """The standard's own JSON schema: its pydantic models let unknown fields inside of objects pass."""
    import importlib.resources
    import json

    import jsonschema

    schema = importlib.resources.files("open_data_contract_standard").joinpath("schema.json").read_bytes()
    return jsonschema.Draft201909Validator(json.loads(schema))


def _place(document: Any, path: list[Any]) -> str:
    """`schema.speed.properties.speed_mps: ` from a path of keys and list positions."""
    names = []
    for key in path:
        document = document[key]
        named = isinstance(key, int) and isinstance(document, dict) and document.get("name")
        names.append(str(named or key))
    return ".".join(names) + ": " if names else ""


def _retention(document: OpenDataContractStandard, where: str) -> int:
    values = [item for item in document.slaProperties or [] if item.property == "retention"]
    check(len(values) == 1, where, "slaProperties needs `retention` once (value in days, unit: d)")
    value, unit = values[0].value, values[0].unit
    fits = isinstance(value, int) and not isinstance(value, bool) and value > 0 and unit in RETENTION_UNITS
    check(fits, where, f"slaProperties retention is {value!r} {unit!r}; give whole days with unit: d")
    return int(value)  # pyright: ignore[reportArgumentType]


def _readers(document: OpenDataContractStandard, where: str) -> tuple[str, ...]:
    readers: list[str] = []
    for role in document.roles or []:
        check(role.access == "read", where, f"role {role.role}: access {role.access!r}; the platform grants only read")
        principals = custom(role.customProperties, {"principals"}, f"{where}: role {role.role}").get("principals")
        check(isinstance(principals, list) and bool(principals), where, f"role {role.role}: principals must be a list")
        for principal in principals or ():
            fits = bool(PRINCIPAL.fullmatch(str(principal)))
            check(fits, where, f"role {role.role}: principal {principal!r}; write it as group:name@domain")
            readers.append(str(principal))
    return tuple(dict.fromkeys(readers))
