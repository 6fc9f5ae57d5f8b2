"""Secrets: encrypted at rest, in Pulumi's own format."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from localcloud.engine.checkpoint import passphrase
from localcloud.engine.checkpoint.passphrase import Crypter
from localcloud.errors import LocalCloudError
from tests.localcloud.engine.conftest import Workspace

# From Pulumi's own test of its passphrase provider (pkg/secrets/passphrase/manager_test.go).
PULUMI_STATE = "v1:fozI5u6B030=:v1:F+6ZduKKd8G0/V7L:PGMFeIzwobWRKmEAzUdaQHqC5mMRIQ=="


def test_a_state_made_by_pulumi_is_understood() -> None:
    Crypter("password", PULUMI_STATE).verify()
    with pytest.raises(LocalCloudError, match="incorrect passphrase"):
        Crypter("password123", PULUMI_STATE).verify()


@pytest.mark.parametrize("state", ["v1:fozI5u6B030=:v1:F+6ZduL", "v2:a:v1:b:c", "nonsense"])
def test_a_damaged_state_is_refused(state: str) -> None:
    with pytest.raises(LocalCloudError, match="salt is damaged"):
        Crypter("password", state)


def test_secrets_are_encrypted_in_state_and_history_and_known_to_the_program(workspace: Workspace) -> None:
    workspace.up("""
        one = Thing("one", value=pulumi.Output.secret("hunter2"), tags={"deep": pulumi.Output.secret("hunter2")})
        Thing("two", value=one.token)
        Thing("three", value=one.identity, opts=O(additional_secret_outputs=["identity"]))
        pulumi.export("password", one.value)
        pulumi.export("size", one.value.apply(len))
    """)
    written = "".join(path.read_text() for path in workspace.state.rglob("*.json"))
    assert "hunter2" not in written
    assert "token of id-1" not in written
    assert workspace.provider.things["id-1"]["tags"]["deep"]["value"] == "hunter2"
    assert "ciphertext" in workspace.resources()["three"]["outputs"]["identity"]
    assert json.loads(workspace.run("outputs", "--json").out) == {"password": "[secret]", "size": "[secret]"}
    shown = workspace.run("outputs", "--json", "--show-secrets").out
    assert json.loads(shown) == {"password": "hunter2", "size": 7}
    assert "hunter2" not in workspace.run("export").out
    assert "hunter2" in workspace.run("export", "--show-secrets").out
    assert "hunter2" not in workspace.up().out


def test_ciphertexts_of_unchanged_secrets_stay_the_same(workspace: Workspace) -> None:
    workspace.up('Thing("one", value=pulumi.Output.secret("hunter2"))')
    before = workspace.resources()["one"]["inputs"]
    workspace.up('Thing("one", value=pulumi.Output.secret("hunter2"))\nThing("two")')
    assert workspace.resources()["one"]["inputs"] == before


def test_a_provider_that_knows_no_secrets_gets_the_values_and_the_state_keeps_the_marks(workspace: Workspace) -> None:
    workspace.provider.accepts_secrets = False
    workspace.up('Thing("one", value=pulumi.Output.secret("hunter2"))')
    assert workspace.provider.things["id-1"] == {"value": "hunter2"}
    assert "hunter2" not in workspace.checkpoint.read_text()


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


def test_a_wrong_passphrase_is_one_line_and_touches_nothing(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace.up('Thing("one", value=pulumi.Output.secret("hunter2"))')
    before = workspace.checkpoint.read_bytes()
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "wrong")
    for command in ("preview", "up", "destroy"):
        result = workspace.run(command)
        assert result.code == 1
        assert result.err.count("\n") == 1
        assert "passphrase" in result.err
    assert workspace.checkpoint.read_bytes() == before


def test_no_passphrase_at_all(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PULUMI_CONFIG_PASSPHRASE")
    workspace.program("pass")
    result = workspace.run("up")
    assert result.code == 1
    assert "set PULUMI_CONFIG_PASSPHRASE" in result.err
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE_FILE", str(Path("missing")))
    assert "cannot read PULUMI_CONFIG_PASSPHRASE_FILE" in workspace.run("up").err


def test_the_rounds_are_pulumis() -> None:
    assert passphrase.ROUNDS == 1_000_000
