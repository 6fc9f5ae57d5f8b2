"""Which resources depend on which: for deletions in order, and for replacements that pull others along."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from queue import SimpleQueue

from localcloud.engine.checkpoint.state import ResourceState
from localcloud.engine.plugins.provider_client import Diff
from localcloud.wire import property_paths as paths
from localcloud.wire import urns, values


def replaced_along(
    root: ResourceState,
    resources: list[ResourceState],
    fixed: set[ResourceState],
    diff_of: Callable[[ResourceState, values.Properties], Diff],
) -> list[ResourceState]:
    """The resources that must be deleted before `root` can be, because its replacement forces theirs.

    In dependency order. These are its dependents that their provider would replace if what they take from it changed.
    `resources` are in dependency order; `fixed` are those the program has already registered, which can't depend on it.
    """
    depend = {root.urn}
    replaced = {root.urn}
    found: list[ResourceState] = []
    for candidate in resources[resources.index(root) + 1 :] if root in resources else []:
        if candidate in fixed or candidate.delete or not (candidate.edges() - {candidate.parent}) & depend:
            continue
        depend.add(candidate.urn)
        if candidate.custom and not candidate.external and _must_go(candidate, replaced, diff_of):
            replaced.add(candidate.urn)
            found.append(candidate)
    return found


def _must_go(
    state: ResourceState, replaced: set[str], diff_of: Callable[[ResourceState, values.Properties], Diff]
) -> bool:
    if urns.split_reference(state.provider)[0] in replaced or state.deleted_with in replaced:
        return True
    touched = {key for key, sources in state.property_dependencies.items() if replaced.intersection(sources)}
    if not touched & state.inputs.keys():
        return False
    inputs = {key: values.UNKNOWN if key in touched else value for key, value in state.inputs.items()}
    return apply_replace_on_changes(diff_of(state, inputs), state.replace_on_changes).replace


def retirable(resources: list[ResourceState]) -> list[ResourceState]:
    """Those that were replaced and wait for their deletion, but for those that others have not been moved away from."""
    current = {state.urn: state for state in resources if not state.delete}

    def relies_on(state: ResourceState, replaced: ResourceState) -> bool:
        successor = current.get(replaced.urn)
        if successor is None or not state.modified or not successor.created:
            return False
        moved = datetime.fromisoformat(state.modified) >= datetime.fromisoformat(successor.created)
        return replaced.urn in state.edges() and not moved

    found = [state for state in resources if state.delete]
    kept = [state for state in found if any(relies_on(other, state) for other in current.values())]
    while kept:
        found = [state for state in found if state not in kept]
        needed = {urn for state in kept for urn in state.edges()}
        kept = [state for state in found if state.urn in needed]
    return found


def apply_replace_on_changes(diff: Diff, patterns: Iterable[str]) -> Diff:
    """Changes at or below the given paths force a replacement (`*`: any change)."""
    parsed = [paths.parse(pattern) for pattern in patterns]
    if diff.changed and parsed:
        for path in diff.paths:
            if any(paths.covers(pattern, paths.parse(path)) for pattern in parsed):
                diff.paths[path] = True
    return diff


def delete_in_order(
    condemned: list[ResourceState],
    resources: list[ResourceState],
    delete: Callable[[ResourceState], None],
    parallel: int,
) -> None:
    """Delete each resource after all that depend on it, independent ones at the same time.

    `resources` is the whole state in dependency order; a state depends on what comes before it and it names.
    An error stops what has not started, and is raised when the rest has ended.
    """
    position = {state: index for index, state in enumerate(resources)}
    by_urn: defaultdict[str, list[ResourceState]] = defaultdict(list)
    for state in condemned:
        by_urn[state.urn].append(state)
    needed: dict[ResourceState, list[ResourceState]] = {}
    dependents: Counter[ResourceState] = Counter()
    for state in condemned:
        found = itertools.chain.from_iterable(by_urn.get(urn, ()) for urn in state.edges())
        needed[state] = [other for other in found if position[other] < position[state]]
        dependents.update(needed[state])
    ended: SimpleQueue[Future[None]] = SimpleQueue()
    running: dict[Future[None], ResourceState] = {}
    with ThreadPoolExecutor(max_workers=parallel) as pool:

        def start(state: ResourceState) -> None:
            future = pool.submit(delete, state)
            running[future] = state
            future.add_done_callback(ended.put)

        for state in condemned:
            if not dependents[state]:
                start(state)
        while running:
            future = ended.get()
            future.result()
            for other in needed[running.pop(future)]:
                dependents[other] -= 1
                if not dependents[other]:
                    start(other)
