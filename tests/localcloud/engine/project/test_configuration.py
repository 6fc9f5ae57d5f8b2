"""What a program and its providers are configured with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from localcloud.engine.checkpoint.passphrase import Crypter
from localcloud.engine.project.configuration import Configuration, configure
from localcloud.engine.project.project import Project, StackSettings
from localcloud.wire import values
from tests.localcloud.engine.workspace import Workspace

PROJECT = Project("demo", Path(), Path(), Path(), config={"size": 3, "region": {"type": "string", "default": "west"}})


def configured(config: dict[str, Any], *overrides: str) -> Configuration:
    return configure(PROJECT, "dev", StackSettings(config), list(overrides), lambda text: text[::-1])


def test_the_command_line_wins_over_the_settings_and_these_over_the_project() -> None:
    found = configured({"demo:size": 4, "gcp:project": "p", "old:config:key": True}, "gcp:project=q", "given=x")
    assert found.texts == {
        "demo:size": "4",
        "gcp:project": "q",
        "old:key": "true",
        "demo:given": "x",
        "demo:region": "west",
    }


def test_a_secret_deep_inside_makes_the_whole_value_one() -> None:
    found = configured({"gcp:keys": [{"a": {"secure": "terces"}}], "gcp:region": "west"})
    assert found.texts["gcp:keys"] == '[{"a":"secret"}]'
    assert found.secret_keys == {"gcp:keys"}
    assert found.of_package("gcp") == {"keys": values.secret('[{"a":"secret"}]'), "region": "west"}


def test_secret_configuration(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    crypter = Crypter("correct horse")
    monkeypatch.delenv("PULUMI_CONFIG_PASSPHRASE")
    file = workspace.folder / "phrase"
    file.write_text("correct horse\n")
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE_FILE", str(file))
    workspace.settings(f"""
        encryptionsalt: {crypter.state}
        config:
          demo:size: 3
          demo:flag: true
          demo:password:
            secure: {crypter.encrypt("hunter2")}
          demo:database:
            host: here
            ports: [1, 2]
            key:
              secure: {crypter.encrypt("s3cret")}
    """)
    workspace.up("""
        config = pulumi.Config()
        pulumi.export("size", config.require_int("size") + 1)
        pulumi.export("flag", config.require_bool("flag"))
        pulumi.export("password", config.require_secret("password"))
        pulumi.export("database", config.require_object("database")["host"])
        pulumi.export("key", config.require_secret_object("database")["key"])
        pulumi.export("given", config.get("given"))
    """, "--config", "given=by hand", "--config", "demo:size=4")  # fmt: skip
    assert json.loads(workspace.run("outputs", "--json", "--show-secrets").out) == {
        "size": 5,
        "flag": True,
        "password": "hunter2",
        "database": "here",
        "key": "s3cret",
        "given": "by hand",
    }
    assert "hunter2" not in workspace.checkpoint.read_text()
    assert workspace.deployment()["secrets_providers"]["state"]["salt"] == crypter.state
