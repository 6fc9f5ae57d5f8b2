"""The repository's contracts, read once for all tests."""

from __future__ import annotations

from pipelines.contracts import load_contracts
from tests.paths import DATASETS

CONTRACTS = load_contracts(DATASETS)
