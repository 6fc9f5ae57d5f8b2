"""What is known of each scenario kind, one a file, named as its definition in pipelines/mining/scenarios.

A file holds the manoeuvres that produce the scenario and those that nearly do, and the rule that tells where it is in a
plan: `KIND`. The rules are written apart from the SQL on purpose. Adding the file is all it takes.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping

from pipelines.mining.definitions import DEFINITIONS
from tests.simulation.planning.kind import Kinds


def read_kinds(parameters: Mapping[str, float] = DEFINITIONS.parameters) -> Kinds:
    """The kinds of this folder's files, tests left out."""
    names = sorted(info.name for info in pkgutil.iter_modules(__path__) if not info.name.startswith("test_"))
    return Kinds({name: importlib.import_module(f"{__name__}.{name}").KIND for name in names}, parameters)


KINDS = read_kinds()
