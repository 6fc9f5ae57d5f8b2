"""Secrets are encrypted in Pulumi's own format."""

from __future__ import annotations

from pathlib import Path

import pytest

from localcloud.engine.checkpoint import passphrase
from localcloud.engine.checkpoint.passphrase import Crypter
from localcloud.errors import LocalCloudError
from tests.localcloud.engine.workspace import Workspace

# From Pulumi's own test of its passphrase provider (pkg/secrets/passphrase/manager_test.go).
PULUMI_STATE = "v1:fozI5u6B030=:v1:F+6ZduKKd8G0/V7L:PGMFeIzwobWRKmEAzUdaQHqC5mMRIQ=="


def test_a_state_made_by_pulumi_is_understood() -> None:
    Crypter("password", PULUMI_STATE).verify()
    with pytest.raises(LocalCloudError, match="incorrect passphrase"):
        Crypter("password123", PULUMI_STATE).verify()


def test_the_rounds_are_pulumis() -> None:
    assert passphrase.ROUNDS == 1_000_000


@pytest.mark.parametrize("state", ["v1:fozI5u6B030=:v1:F+6ZduL", "v2:a:v1:b:c", "nonsense"])
def test_a_damaged_state_is_refused(state: str) -> None:
    with pytest.raises(LocalCloudError, match="salt is damaged"):
        Crypter("password", state)


@pytest.mark.parametrize("text", ["v1:AAAA", "v2:AAAA:AAAA", "v1:AAAA:AAAA", "plain"])
def test_a_damaged_secret_is_refused(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passphrase, "ROUNDS", 1)
    with pytest.raises(LocalCloudError, match=r"a secret of the stack (is damaged|cannot be decrypted)"):
        Crypter("password").decrypt(text)


def test_what_was_decrypted_is_encrypted_to_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passphrase, "ROUNDS", 1)
    first = Crypter("password")
    ciphertext = first.encrypt("hunter2")
    again = Crypter("password", first.state)
    assert again.decrypt(ciphertext) == "hunter2"
    assert again.encrypt("hunter2") == ciphertext
    assert Crypter("password", first.state).encrypt("hunter2") != ciphertext


def test_ciphertexts_of_unchanged_secrets_stay_the_same(workspace: Workspace) -> None:
    workspace.up('Thing("one", value=pulumi.Output.secret("hunter2"))')
    before = workspace.resources()["one"]["inputs"]
    workspace.up('Thing("one", value=pulumi.Output.secret("hunter2"))\nThing("two")')
    assert workspace.resources()["one"]["inputs"] == before


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
