"""The data contracts that tables, validation, grants and template parameters derive from. Plain data."""

from pipelines.contracts.checks import ContractError
from pipelines.contracts.model import (
    LOG_COLUMNS,
    Column,
    Contract,
    Contracts,
    Derived,
    Partition,
    Table,
)
from pipelines.contracts.odcs import load_contracts

__all__ = [
    "LOG_COLUMNS",
    "Column",
    "Contract",
    "ContractError",
    "Contracts",
    "Derived",
    "Partition",
    "Table",
    "load_contracts",
]
