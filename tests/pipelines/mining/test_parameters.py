"""The shared numbers: each is named by more than one definition, else it would stand in its file."""

from __future__ import annotations

import pytest

from pipelines.mining.definitions import DEFINITIONS
from pipelines.mining.parameters import SHARED


@pytest.mark.parametrize("name", SHARED)
def test_a_shared_number_is_shared(name: str):
    assert len([view for view, named in DEFINITIONS.named.items() if name in named]) > 1


def test_every_parameter_is_used_and_every_used_one_exists():
    assert {name for named in DEFINITIONS.named.values() for name in named} == set(DEFINITIONS.parameters)
