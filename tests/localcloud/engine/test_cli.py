"""The command line."""

from __future__ import annotations

import pytest

from localcloud import proxies
from tests.localcloud.engine.workspace import Workspace


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--config", "nothing"], "must be KEY=VALUE"),
        (["--parallel", "0"], "--parallel must be at least 1"),
        (["--stack", "a/b"], "--stack 'a/b': a name has letters, digits, '_', '.' and '-' only"),
        (["--config-file", "/nowhere.yaml"], "cannot read /nowhere.yaml"),
    ],
)
def test_the_command_line(workspace: Workspace, arguments: list[str], message: str) -> None:
    workspace.program("pass")
    result = workspace.run("up", *arguments)
    assert result.code == 1
    assert message in result.err


def test_a_proxy_is_not_asked_for_what_is_on_this_machine(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in proxies.EXCEPTIONS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert "Resources: 2 created" in workspace.up('Thing("one")').out
