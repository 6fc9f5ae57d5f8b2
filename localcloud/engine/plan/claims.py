"""Which resource of the last deployment a registration continues."""

from __future__ import annotations

from collections.abc import Iterable

from localcloud.engine.checkpoint.state import ResourceState
from localcloud.engine.plan.goal import Goal
from localcloud.errors import LocalCloudError
from localcloud.wire import urns


class Claims:
    """Gives each registration its URN and its old state; each of both is given once. Not thread-safe."""

    def __init__(self, stack: str, project: str, resources: Iterable[ResourceState]) -> None:
        self.olds = {state.urn: state for state in resources if not state.delete}
        self.matched: set[ResourceState] = set()
        """Old states that are continued."""
        self.earlier: dict[str, str] = {}
        """URN -> the URN under which the resource was known before, if another."""
        self._stack = stack
        self._project = project
        self._goals: dict[str, Goal] = {}

    def claim(self, goal: Goal) -> tuple[str, ResourceState | None, list[str]]:
        """URN, old state (if any), and its URN (if another). Completes the goal by what its parent says."""
        if goal.parent:
            if goal.parent not in self._goals:
                raise LocalCloudError(f"its parent {goal.parent} is not registered")
            goal.inherit(self._goals[goal.parent])
        urn = urns.make(self._stack, self._project, goal.parent, goal.type, goal.name)
        if urn in self._goals:
            raise LocalCloudError("duplicate resource: give it a name of its own")
        self._goals[urn] = goal
        for candidate in [urn, *self._aliases(goal, urn)]:
            old = self.olds.get(candidate)
            if old is None:
                continue
            if old in self.matched:
                raise LocalCloudError(f"its alias {candidate} is taken by another resource")
            self.matched.add(old)
            if candidate == urn:
                return urn, old, []
            self.earlier[urn] = candidate
            return urn, old, [candidate]
        return urn, None, []

    def _aliases(self, goal: Goal, urn: str) -> list[str]:
        own = [alias.resolve(urn, goal.parent, self.earlier) for alias in goal.aliases]
        parent_alias = self.earlier.get(goal.parent)
        if parent_alias is None:
            return own
        return [*own, *(urns.inherited(name, goal.parent, parent_alias) for name in [urn, *own])]
