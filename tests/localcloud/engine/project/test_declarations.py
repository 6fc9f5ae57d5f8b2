"""A stack's configuration is as Pulumi.yaml declares it. Expected messages: those of the Pulumi CLI 3.260."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from localcloud.engine.project.configuration import configure
from localcloud.engine.project.declarations import declarations
from localcloud.engine.project.project import Project, StackSettings
from localcloud.errors import LocalCloudError
from tests.localcloud.engine.workspace import Workspace

SEALED = {"secure": "v1:x:y"}
NESTED = {"type": "array", "items": {"type": "array", "items": {"type": "integer"}}}


def project(**config: Any) -> Project:
    return Project("demo", Path("/p"), Path(), Path(), config={key.replace("__", ":"): v for key, v in config.items()})


@pytest.mark.parametrize(
    ("declared", "value"),
    [
        ({"type": "integer"}, 3),
        ({"type": "integer"}, -3.0),
        ({"type": "integer"}, "+3"),
        ({"type": "boolean"}, True),
        ({"type": "boolean"}, "false"),
        ({"type": "string"}, 3),  # a scalar of a settings file is a text to Pulumi
        ({"type": "object"}, {"a": [1]}),
        ({"type": "array", "items": {"type": "integer"}}, [1.0, "2"]),
        (NESTED, [[1], []]),
        ({"type": "string", "secret": True}, SEALED),
        ({"secret": True}, "no type, so not looked at"),
    ],
)
def test_what_is_as_declared(declared: dict[str, Any], value: Any) -> None:
    found = configure(project(must=declared), "dev", StackSettings({"must": value}), [], lambda text: text)
    assert "demo:must" in found.texts


@pytest.mark.parametrize(
    ("declared", "value", "message"),
    [
        ({"type": "integer"}, "abc", "must be of type 'integer'"),
        ({"type": "integer"}, 3.5, "must be of type 'integer'"),
        ({"type": "integer"}, True, "must be of type 'integer'"),
        ({"type": "integer"}, [3], "must be of type 'integer'"),
        ({"type": "boolean"}, "yes", "must be of type 'boolean'"),
        ({"type": "boolean"}, 1, "must be of type 'boolean'"),
        ({"type": "string"}, [], "must be of type 'string'"),
        ({"type": "object"}, "a", "must be of type 'object'"),
        (NESTED, [[1, "b"]], "must be of type 'array<array<integer>>'"),
        (NESTED, "a", "must be of type 'array<array<integer>>'"),
        ({"type": "string", "secret": True}, "plain", "must be encrypted as it's secret"),
        ({"type": "string", "secret": True, "default": "x"}, None, "must be encrypted as it's secret"),
    ],
)
def test_what_is_not(declared: dict[str, Any], value: Any, message: str) -> None:
    settings = StackSettings({} if value is None else {"demo:must": value})
    with pytest.raises(LocalCloudError) as caught:
        configure(project(must=declared), "dev", settings, [], lambda text: text)
    assert str(caught.value) == f"Stack 'dev' with configuration key 'must' {message}"


def test_all_that_is_missing_is_told_at_once() -> None:
    declared = project(b={"type": "string"}, a={"type": "integer"}, c={}, d=1)
    with pytest.raises(LocalCloudError, match=r"^Stack 'dev' is missing configuration values 'a', 'b' and 'c'$"):
        configure(declared, "dev", StackSettings(), [], str)
    with pytest.raises(LocalCloudError, match=r"^Stack 'dev' is missing configuration value 'c'$"):
        configure(declared, "dev", StackSettings({"demo:a": 1, "b": ""}), [], str)


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (
            {"a": {"type": "integer", "default": "x"}},
            "value specified for configuration key 'a' is not of the",
        ),
        ({"a": {"type": "array", "items": {"type": "string"}, "default": [1]}}, "of the expected type 'array<string>'"),
        ({"a": {"type": "array"}}, "does not specify the underlying type via the 'items' attribute"),
        ({"a": {"default": 1, "value": 2}}, "cannot have both a 'default' and 'value' attribute"),
        ({"gcp__a": {"type": "string", "value": "x"}}, "is not namespaced by the project and should not define a type"),
        ({"gcp__a": {"default": "x"}}, "should not define a default value. Did you mean to use the 'value' attribute"),
        ({"gcp__a": {"description": "x"}}, "is namespaced and must provide an attribute 'value'"),
        ({"a": {"type": "number"}}, "'a' is of type 'number': there are string, integer, boolean, array, object"),
        ({"a": {"type": "array", "items": {}}}, "'a' is of type None"),
        ({"a": {"typ": "string"}}, "'a' has 'typ': a declaration has type, items, description, secret, default, value"),
        ({"a": 1.5}, "'a' must be a text, a whole number, true, false, a list or a declaration"),
    ],
)
def test_what_cannot_be_declared(config: dict[str, Any], message: str) -> None:
    with pytest.raises(LocalCloudError) as caught:
        declarations(project(**config))
    assert str(caught.value).startswith("/p/Pulumi.yaml: ")
    assert message in str(caught.value)


def test_a_wrong_type_is_one_line(workspace: Workspace) -> None:
    (workspace.folder / "Pulumi.yaml").write_text(
        "name: demo\nruntime: python\nmain: stacks/\nstackConfigDir: stacks\nconfig:\n  must: {type: integer}\n"
    )
    workspace.settings("config:\n  must: abc\n")
    assert workspace.refused("pass") == "error: Stack 'local' with configuration key 'must' must be of type 'integer'"
