"""Pulumi's own package."""

from __future__ import annotations

from pulumi.runtime.proto import provider_pb2

from localcloud.engine.plugins.builtin import STACK_REFERENCE, BuiltinConnection
from localcloud.wire import values
from tests.localcloud.engine.workspace import Workspace


def test_an_output_with_a_secret_in_it_is_named() -> None:
    outputs = {"plain": 1, "whole": values.secret("x"), "deep": {"a": [values.secret("x")]}}
    connection = BuiltinConnection(lambda name: outputs if name == "other" else {})
    request = provider_pb2.ReadRequest(id="other", type=STACK_REFERENCE, inputs=values.to_struct({"name": "other"}))
    answer = connection.call("Read", request)
    assert answer.id == "other"
    assert values.from_struct(answer.properties) == {
        "name": "other",
        "outputs": outputs,
        "secretOutputNames": ["deep", "whole"],
    }


def test_its_other_resources_are_refused_in_one_line(workspace: Workspace) -> None:
    line = workspace.refused('pulumi.CustomResource("pulumi:index:Stash", "kept", {"input": 1})')
    assert "pulumi:index:Stash: not supported by this engine: do without, or use the pulumi CLI" in line
