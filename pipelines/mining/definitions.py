"""All definitions: the files of scenarios/ and views/, each after what it reads, and the union of what they find.

They are read as resources of their packages, so that they are found in a job's archive too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from graphlib import CycleError, TopologicalSorter
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Self

from pipelines.mining import scenarios, views
from pipelines.mining.definition import Definition, DefinitionError, parse_definition
from pipelines.mining.parameters import SHARED

SCENARIOS = resources.files(scenarios)
VIEWS = resources.files(views)

FOUND = "found"
"""The view that holds what all scenarios found: drive_id, kind, start_us, end_us, peak_value."""

RESULT = "scenarios"
"""The view whose rows are those of the table scenarios.scenarios."""


@dataclass(frozen=True)
class Definitions:
    """Definitions that fit together.

    kinds: the scenarios' names, sorted.  sources: the tables of drive_logs that are read.
    texts: SQL by view, each after the ones it reads.  parameters: every number that a text names.
    """

    kinds: tuple[str, ...]
    sources: tuple[str, ...]
    texts: Mapping[str, str]
    named: Mapping[str, frozenset[str]]
    parameters: Mapping[str, int | float]

    @classmethod
    def read(cls, scenario_files: Traversable = SCENARIOS, view_files: Traversable = VIEWS) -> Self:
        """The definitions in two folders. Raises DefinitionError for files that don't fit together."""
        kinds, helpers = read_folder(scenario_files), read_folder(view_files)
        union, kind_names = union_of(kinds), frozenset(kind.name for kind in kinds)
        given = [*kinds, *helpers, Definition(FOUND, "", union, {}, frozenset(), kind_names)]
        names = [definition.name for definition in given]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise DefinitionError(f"{twice[0]}.sql is there twice: each name stands for one definition")
        known = {definition.name: definition for definition in given}
        order = in_order(known)
        return cls(
            kinds=tuple(kind.name for kind in kinds),
            sources=tuple(sorted({name for definition in given for name in definition.reads} - set(known))),
            texts={name: known[name].text for name in order},
            named={name: known[name].named for name in order},
            parameters=parameters_of(given),
        )

    def arguments(self, view: str) -> dict[str, int | float]:
        """The parameters that a view's text names, with their values."""
        return {name: self.parameters[name] for name in sorted(self.named[view])}

    def changed(self, **numbers: int | float) -> Self:
        """The same definitions with other numbers. Raises DefinitionError for a name that is no parameter."""
        if unknown := sorted(set(numbers) - set(self.parameters)):
            raise DefinitionError(f"there is no parameter {', '.join(unknown)}")
        return replace(self, parameters={**self.parameters, **numbers})


def read_folder(folder: Traversable) -> list[Definition]:
    """The definitions of a folder's SQL files, by name."""
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".sql")), key=lambda file: file.name)
    return [parse_definition(file.name.removesuffix(".sql"), file.read_text(encoding="utf-8")) for file in files]


def union_of(kinds: Iterable[Definition]) -> str:
    """What all scenarios found, as one query."""
    selects = [f"SELECT drive_id, '{one.name}' AS kind, start_us, end_us, peak_value FROM {one.name}" for one in kinds]
    return "\nUNION ALL\n".join(selects)


def in_order(known: Mapping[str, Definition]) -> list[str]:
    """The definitions' names, each after the ones it reads."""
    graph = {name: sorted(known[name].reads & set(known)) for name in sorted(known)}
    try:
        return list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        raise DefinitionError(f"definitions read each other in a circle: {' <- '.join(error.args[1])}") from None


def parameters_of(definitions: Iterable[Definition]) -> dict[str, int | float]:
    """Every number by name: the shared ones and each definition's own."""
    parameters = dict(SHARED)
    for definition in definitions:
        if taken := sorted(set(definition.numbers) & set(parameters)):
            raise DefinitionError(f"{definition.name}.sql: {', '.join(taken)} is a number of another definition too")
        parameters.update(definition.numbers)
    for definition in definitions:
        if unknown := sorted(definition.named - {*definition.numbers, *SHARED}):
            known = f"give it below `-- Parameters:`, or take one of {', '.join(SHARED)}"
            raise DefinitionError(f"{definition.name}.sql: :{unknown[0]} is not a parameter: {known}")
    return parameters


DEFINITIONS = Definitions.read()
"""Those of the platform."""
