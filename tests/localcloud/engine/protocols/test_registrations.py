"""From the program's requests to goals."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pulumi.runtime.proto import resource_pb2, source_pb2

from localcloud.engine.project.project import Project
from localcloud.engine.protocols.registrations import goal_of, source_position
from localcloud.errors import LocalCloudError
from localcloud.wire import values
from tests.localcloud.engine.workspace import Workspace

PROJECT = Project("demo", Path("/project"), Path("/project/stacks"), Path("/project"))


def request(**fields: Any) -> resource_pb2.RegisterResourceRequest:
    return resource_pb2.RegisterResourceRequest(type="t:i:T", name="a", custom=True, **fields)


def test_dependencies_of_outputs_are_those_of_their_property() -> None:
    output = {values.SIGNATURE: values.OUTPUT, "value": 1, "dependencies": ["urn:b"]}
    goal = goal_of(request(object=values.to_struct({"x": [output], "y": 2}), dependencies=["urn:c"]), "", PROJECT)
    assert goal.properties == {"x": [1], "y": 2}
    assert goal.property_dependencies == {"x": ["urn:b", "urn:c"], "y": ["urn:c"]}
    named = {"x": resource_pb2.RegisterResourceRequest.PropertyDependencies(urns=["urn:d"])}
    goal = goal_of(request(object=values.to_struct({"x": 1, "y": 2}), propertyDependencies=named), "", PROJECT)
    assert goal.property_dependencies == {"x": ["urn:d"], "y": []}


def test_an_option_that_was_not_given_is_none() -> None:
    silent, said = (
        goal_of(request(), "", PROJECT),
        goal_of(request(protect=False, deleteBeforeReplace=True), "", PROJECT),
    )
    assert (silent.protect, silent.retain_on_delete, silent.delete_before_replace) == (None, None, None)
    assert (said.protect, said.delete_before_replace) == (False, True)


def test_hidden_differences_are_kept_as_paths(workspace: Workspace) -> None:
    workspace.up('Thing("one", value="1", opts=O(hide_diffs=["value", "tags[0].a"]))')
    assert workspace.resources()["one"]["hideDiff"] == [["value"], ["tags", 0, "a"]]
    assert workspace.run("preview", "--expect-no-changes").code == 0


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90), ("1h30m", 5400), ("1.5m", 90), ("250ms", 0.25)])
def test_timeouts_are_durations_as_go_writes_them(text: str, seconds: float) -> None:
    timeouts = resource_pb2.RegisterResourceRequest.CustomTimeouts(create=text)
    assert goal_of(request(customTimeouts=timeouts), "", PROJECT).custom_timeouts == {"create": seconds}


@pytest.mark.parametrize("text", ["soon", "5", "5 m", "m5"])
def test_other_timeouts_are_refused(text: str) -> None:
    timeouts = resource_pb2.RegisterResourceRequest.CustomTimeouts(create=text)
    with pytest.raises(LocalCloudError, match=f"timeout '{text}': must be a duration"):
        goal_of(request(customTimeouts=timeouts), "", PROJECT)


def test_positions_are_told_relative_to_the_project() -> None:
    inside = source_pb2.SourcePosition(uri="file:///project/stacks/a%20b.py", line=12, column=3)
    assert source_position(inside, PROJECT.root) == "project:///stacks/a b.py#12,3"
    outside = source_pb2.SourcePosition(uri="file:///usr/lib/x.py", line=1)
    assert source_position(outside, PROJECT.root) == ""


@pytest.mark.parametrize(
    ("program", "message"),
    [
        ('Thing("one", opts=O(custom_timeouts=pulumi.CustomTimeouts(create="soon")))', "timeout 'soon': must be"),
        ('Thing("one", value=pulumi.FileAsset("missing.txt"))', "cannot read the asset"),
    ],
)
def test_a_registration_that_makes_no_goal_is_one_line(workspace: Workspace, program: str, message: str) -> None:
    assert message in workspace.refused(program)
