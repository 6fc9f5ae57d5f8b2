"""What a program asks for."""

from __future__ import annotations

from localcloud.engine.plan.goal import Goal


def test_what_was_not_said_is_taken_from_the_parent() -> None:
    parent = Goal("t:i:P", "parent", custom=False, protect=True, retain_on_delete=True, deleted_with="urn:owner")
    silent, outspoken = Goal("t:i:T", "a", custom=True), Goal("t:i:T", "b", custom=True, protect=False)
    for goal in (silent, outspoken):
        goal.inherit(parent)
    assert (silent.protect, silent.retain_on_delete, silent.deleted_with) == (True, True, "urn:owner")
    assert outspoken.protect is False


def test_the_state_to_start_from_has_nothing_of_a_provider() -> None:
    goal = Goal("t:i:T", "a", custom=True, properties={"x": 1}, provider="p::id", dependencies=["urn:b"])
    state = goal.state("urn:a", aliases=["urn:old"])
    assert (state.urn, state.inputs, state.aliases) == ("urn:a", {"x": 1}, ["urn:old"])
    assert state.edges() == {"p", "urn:b"}
    assert (state.id, state.outputs, state.protect) == ("", {}, False)
