"""One generated fleet for all tests of the simulation, and the contracts that it is true to."""

from __future__ import annotations

import pytest

from pipelines.contracts import Contracts, load_contracts
from tests.paths import DATASETS
from tests.simulation.generator import GeneratedDrive, generate_fleet


@pytest.fixture(scope="session")
def contracts() -> Contracts:
    """The platform's contracts."""
    return load_contracts(DATASETS)


@pytest.fixture(scope="session")
def fleet() -> list[GeneratedDrive]:
    """Twelve drives of a minute."""
    return list(generate_fleet(7, 12, 60.0))
