"""A deployment: what the program registers is compared with the last state and becomes steps."""

from __future__ import annotations

import copy
import os
import threading
from dataclasses import replace

from localcloud.engine.checkpoint.snapshot import StackState
from localcloud.engine.checkpoint.state import ResourceState
from localcloud.engine.plan.claims import Claims
from localcloud.engine.plan.dependents import apply_replace_on_changes, delete_in_order, replaced_along, retirable
from localcloud.engine.plan.goal import Goal
from localcloud.engine.plan.steps import Steps
from localcloud.engine.plugins.analyzers import PolicyPacks
from localcloud.engine.plugins.provider_client import Diff, Provider
from localcloud.engine.plugins.registry import Registry
from localcloud.engine.project.configuration import Stack
from localcloud.errors import LocalCloudError
from localcloud.wire import property_paths as paths
from localcloud.wire import urns
from localcloud.wire.values import Properties


class Deployment:
    """One run of a program against the last state of its stack. Registrations come from many threads at once."""

    def __init__(self, stack: Stack, last: StackState, steps: Steps, packs: PolicyPacks | None) -> None:
        self.steps = steps
        self.news: dict[str, ResourceState] = {}
        self._packs = packs
        self._last = last
        self._claims = Claims(stack.name, stack.project.name, last.resources)
        self._deleted_early: dict[ResourceState, threading.Event] = {}
        self._replaced: set[str] = set()
        self._stack_outputs: Properties | None = None
        self._lock = threading.Lock()

    def retire(self) -> None:
        """Delete what an earlier run replaced and did not get to delete: what the program wants now may be the same.

        What others still rely on goes at the end.
        """
        self._delete(retirable(self._last.resources))

    def register(self, goal: Goal) -> ResourceState:
        """Bring one resource to what the program asks for; returns when that is done."""
        self.steps.check_running()
        urn, old, aliases = self._claim(goal)
        new = goal.state(urn, aliases=aliases)
        try:
            self._bring_about(goal, old, new)
        except LocalCloudError as error:
            raise self.steps.fail(urn, str(error)) from None
        self.news[urn] = new
        return new

    def read(self, goal: Goal, id_: str) -> ResourceState:
        """Look up a resource that is managed elsewhere."""
        self.steps.check_running()
        urn, old, aliases = self._claim(goal)
        new = goal.state(urn, id=id_, external=True, aliases=aliases)
        self.steps.read(old, new)
        self.news[urn] = new
        return new

    def register_outputs(self, urn: str, outputs: Properties) -> None:
        """The outputs of a component. The stack's are kept until it is known whether the deployment succeeded."""
        if urns.type_of(urn) == urns.STACK_TYPE:
            self._stack_outputs = outputs
            return
        state = self.news.get(urn)
        if state is None:
            raise self.steps.fail(urn, "outputs were registered for a resource that is not")
        self._set_outputs(state, outputs)

    def finish(self, *, succeeded: bool) -> None:
        """After the program: the stack's outputs, the policies on the whole stack, then what is no longer wanted."""
        stack = next((state for state in self.news.values() if state.type == urns.STACK_TYPE), None)
        if stack is not None and self._stack_outputs is not None:
            kept = {} if succeeded else stack.outputs
            self._set_outputs(stack, {**kept, **self._stack_outputs})
        if not succeeded:
            return
        forbidden = self._packs is not None and self._packs.analyze_stack(self.news)
        if forbidden and not self.steps.preview:
            self.steps.stop()
        else:
            self._delete(self._condemned())

    def delete_everything(self) -> None:
        self._delete(list(self._last.resources))

    def _set_outputs(self, state: ResourceState, outputs: Properties) -> None:
        if state.outputs != outputs:
            state.outputs = outputs
            self.steps.snapshot.amend(state)

    def _claim(self, goal: Goal) -> tuple[str, ResourceState | None, list[str]]:
        with self._lock:
            try:
                return self._claims.claim(goal)
            except LocalCloudError as error:
                raise self.steps.fail("", f"{goal.type} {goal.name}: {error}") from None

    def _bring_about(self, goal: Goal, old: ResourceState | None, new: ResourceState) -> None:
        steps, manager = self.steps, self.steps.provider_of(new)
        deleted_early = self._deleted_early.get(old) if old is not None else None
        if deleted_early is not None:
            deleted_early.wait()
            steps.check_running()
        comparable = None if old is None or deleted_early is not None or old.external else old
        if comparable is not None and goal.ignore_changes:
            new.inputs = self._ignore_changes(goal, comparable, new)
        self._check(manager, new, comparable.inputs if comparable else {})
        self._analyze(goal, new)
        if old is None:
            steps.create(new)
        elif comparable is None:
            self._replaced.add(new.urn)
            steps.create(new, old)
        else:
            self._change(goal, comparable, new, manager)

    def _ignore_changes(self, goal: Goal, old: ResourceState, new: ResourceState) -> Properties:
        inputs = copy.deepcopy(new.inputs)
        refused = [text for text in goal.ignore_changes if not paths.reset(paths.parse(text), old.inputs, inputs)]
        if refused:
            self.steps.display.warn(f"cannot ignore added or removed elements: {', '.join(refused)}", new.urn)
        return inputs

    def _check(self, manager: Provider | Registry | None, new: ResourceState, olds: Properties) -> None:
        if manager is None:
            return
        inputs, failures = manager.check(new.urn, olds, new.inputs, os.urandom(32))
        for property_, reason in failures:
            self.steps.display.error(f"{property_}: {reason}" if property_ else reason, new.urn)
        if failures:
            self.steps.stop()
            self.steps.check_running()
        new.inputs = inputs

    def _analyze(self, goal: Goal, new: ResourceState) -> None:
        if self._packs is None:
            return
        forbidden = self._packs.analyze(new, goal.delete_before_replace, self._provider_state(new))
        if forbidden and not self.steps.preview:
            self.steps.stop()
            self.steps.check_running()

    def _provider_state(self, state: ResourceState) -> ResourceState | None:
        urn, _ = urns.split_reference(state.provider)
        return self.news.get(urn) or self._claims.olds.get(urn)

    def _change(self, goal: Goal, old: ResourceState, new: ResourceState, manager: Provider | Registry | None) -> None:
        diff = apply_replace_on_changes(self._diff(old, new, manager), goal.replace_on_changes)
        if old.pending_replacement or (diff.changed and diff.replace):
            self._replace(goal, old, new, manager, diff)
        elif diff.changed or old.init_errors:
            self.steps.update(old, new, diff)
        else:
            self.steps.same(old, new)

    def _diff(self, old: ResourceState, new: ResourceState, manager: Provider | Registry | None) -> Diff:
        if new.deleted_with in self._replaced:
            return Diff(changed=True, replaces=["deletedWith"], paths={"deletedWith": True})
        if old.taint:
            return Diff(changed=True, replaces=["taint"])
        if self._provider_changed(old, new):
            return Diff(changed=True, replaces=["provider"], paths={"provider": True})
        if manager is None:
            return Diff.of_inputs(old.inputs, new.inputs)
        diff = manager.diff(old, new)
        if diff.unavailable:
            self.steps.display.warn("its provider's inputs are not known yet, so its changes can't be shown", new.urn)
        return diff

    def _provider_changed(self, old: ResourceState, new: ResourceState) -> bool:
        """Whether another provider makes a replacement necessary: the new one decides, by their configurations."""
        if old.provider == new.provider:
            return False
        if not (old.provider and new.provider):
            return True
        old_urn, new_urn = (urns.split_reference(reference)[0] for reference in (old.provider, new.provider))
        if self._claims.earlier.get(new_urn) == old_urn:
            return False
        old_state, new_state = self._claims.olds.get(old_urn), self.news[new_urn]
        if old_state is None:
            return True
        return self.steps.registry.diff_configurations(old_state, new_state).replace

    def _replace(
        self, goal: Goal, old: ResourceState, new: ResourceState, manager: Provider | Registry | None, diff: Diff
    ) -> None:
        if old.protect and new.protect:
            raise LocalCloudError("it is protected and would have to be replaced: remove `protect` from it first")
        self._replaced.add(new.urn)
        # Defaults that were carried over from the old resource are to be made anew.
        new.inputs = goal.properties
        self._check(manager, new, {})
        first = goal.delete_before_replace
        if (diff.delete_before_replace if first is None else first) and not old.pending_replacement:
            self._delete_first(old)
        self.steps.create(new, old, diff)

    def _delete_first(self, old: ResourceState) -> None:
        """Delete a resource, and before it those that its replacement forces to be replaced too."""

        def diff_of(state: ResourceState, inputs: Properties) -> Diff:
            manager = self.steps.provider_of(state)
            return manager.diff(state, replace(state, inputs=inputs)) if manager else Diff(changed=False)

        deleted = threading.Event()
        with self._lock:
            fixed = self._claims.matched | self._deleted_early.keys()
            along = replaced_along(old, self._last.resources, fixed, diff_of)
            protected = [state.urn for state in along if state.protect]
            if protected:
                raise LocalCloudError(f"its replacement would delete {', '.join(protected)}, which is protected")
            self._deleted_early.update(dict.fromkeys(along, deleted))
        condemned = {state.urn for state in (*along, old)}
        try:
            for state in (*reversed(along), old):
                self.steps.delete(state, condemned - {state.urn}, successor_follows=True)
        finally:
            deleted.set()

    def _condemned(self) -> list[ResourceState]:
        """Old states that the program did not register again, and those that were replaced."""
        with self._lock:
            current = self.steps.snapshot.current().resources
            return [
                state
                for state in current
                if (state.delete or state not in self._claims.matched) and self.news.get(state.urn) is not state
            ]

    def _delete(self, condemned: list[ResourceState]) -> None:
        protected = [state for state in condemned if state.protect and not state.delete]
        for state in protected:
            self.steps.display.error("it is protected: remove `protect` from it, deploy, then delete it", state.urn)
        if protected:
            self.steps.stop()
            self.steps.check_running()
        deleted = {state.urn for state in condemned}

        def delete(state: ResourceState) -> None:
            if state.pending_replacement:
                self.steps.snapshot.end(state, None)
            else:
                self.steps.delete(state, deleted - {state.urn})

        delete_in_order(condemned, self.steps.snapshot.current().resources, delete, self.steps.parallel)
