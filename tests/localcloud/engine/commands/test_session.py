"""What is known of a stack before anything is done to it."""

from __future__ import annotations

import pytest

from localcloud.engine.checkpoint.passphrase import Crypter
from localcloud.engine.commands.session import Options, Session
from localcloud.errors import LocalCloudError
from tests.localcloud.engine.workspace import Workspace


def opened(workspace: Workspace) -> Session:
    return Session(Options(workspace.folder, "local"))


def test_a_stack_is_there_once_it_was_deployed(workspace: Workspace) -> None:
    assert not opened(workspace).exists
    workspace.up('Thing("one")')
    session = opened(workspace)
    assert session.exists
    first, second = session.last_state(), session.last_state()
    assert [state.urn for state in first.resources] == [item["urn"] for item in workspace.deployment()["resources"]]
    assert first.resources[0] is not second.resources[0]  # a pass changes them


def test_settings_encrypted_before_and_after_the_first_deployment_have_salts_of_their_own(workspace: Workspace) -> None:
    workspace.up("pass")
    late = Crypter("correct horse")
    workspace.settings(f"encryptionsalt: {late.state}\nconfig:\n  demo:key:\n    secure: {late.encrypt('hunter2')}\n")
    session = opened(workspace)
    assert session.stack.configuration.texts == {"demo:key": "hunter2"}
    assert session.crypter.state == workspace.deployment()["secrets_providers"]["state"]["salt"] != late.state


def test_settings_with_the_salt_of_another_passphrase_are_named(workspace: Workspace) -> None:
    """As the Pulumi CLI leaves them behind for a stack that has begun anew since."""
    workspace.settings(f"encryptionsalt: {Crypter('of the day before').state}\n")
    line = workspace.refused("pass")
    assert "incorrect passphrase: PULUMI_CONFIG_PASSPHRASE is not the one of this stack: the encryptionsalt in" in line
    assert line.endswith("Pulumi.local.yaml is another's, remove it if nothing in the file is secret")


def test_another_secrets_provider_is_refused(workspace: Workspace) -> None:
    workspace.up("pass")
    workspace.checkpoint.write_text(workspace.checkpoint.read_text().replace('"passphrase"', '"cloud"'))
    with pytest.raises(LocalCloudError, match="the stack's secrets provider is 'cloud': only `passphrase`"):
        opened(workspace)
