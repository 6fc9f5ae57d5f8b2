"""What a program can ask for and this engine lacks is refused in one line that says what to do."""

from __future__ import annotations

import pytest

from tests.localcloud.engine.workspace import Workspace

HOOK = 'hook = pulumi.ResourceHook("h", lambda arguments: None)\n'
ERROR_HOOK = 'hook = pulumi.ErrorHook("h", lambda arguments: False)\n'
DYNAMIC = """
from pulumi import dynamic
class Nothing(dynamic.ResourceProvider):
    pass
class Own(dynamic.Resource):
    pass
Own(Nothing(), "one", {})
"""


@pytest.mark.parametrize(
    ("program", "what", "instead"),
    [
        ('Thing("one", opts=O(import_="id-9"))', "test:index:Thing one: the option import_", "read what exists"),
        ('Thing("one", opts=O(replacement_trigger="1"))', "the option replacement_trigger", "use replace_on_changes"),
        ('Thing("one", opts=O(replace_with=[Thing("two")]))', "the option replace_with", "do without"),
        ('Thing("one", opts=O(transforms=[lambda it: None]))', "the option transforms", "use transformations"),
        ('Thing("one", opts=O(state_migrations=[lambda it: None]))', "the option state_migrations", "do without"),
        (HOOK + 'Thing("one", opts=O(hooks=pulumi.ResourceHookBinding(before_create=[hook])))', "hooks", "do without"),
        (ERROR_HOOK + 'Thing("one", opts=O(hooks=pulumi.ResourceHookBinding(on_error=[hook])))', "hooks", "do without"),
        ('Provider("one", opts=O(env_var_mappings={"A": "B"}))', "the option env_var_mappings", "do without"),
        ("pulumi.runtime.register_resource_transform(lambda it: None)", "transforms", "use transformations"),
        ("pulumi.runtime.register_invoke_transform(lambda it: None)", "transforms of functions", "do without"),
        ('pulumi.ComponentResource("test:index:Far", "one", {}, None, True)', "constructs (remote)", "in the program"),
        ('pulumi.runtime.call("test:index:Thing/greet", {}, Thing("one"))', "method calls on resources", "do without"),
        (DYNAMIC, "dynamic providers (pulumi.dynamic)", "do without"),
    ],
)
def test_what_is_lacking(workspace: Workspace, program: str, what: str, instead: str) -> None:
    line = workspace.refused(program)
    assert f"{what}: not supported by this engine: " in line
    assert instead in line
    assert line.endswith(", or use the pulumi CLI")


def test_transformations_are_the_programs_own(workspace: Workspace) -> None:
    workspace.up("""
        def labelled(arguments):
            return pulumi.ResourceTransformationResult({**arguments.props, "labels": {"a": "b"}}, arguments.opts)
        pulumi.runtime.register_stack_transformation(labelled)
        Thing("one")
    """)
    assert workspace.resources()["one"]["inputs"]["labels"] == {"a": "b"}
