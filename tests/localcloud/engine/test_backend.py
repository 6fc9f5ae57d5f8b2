"""The state's layout and format are those of Pulumi's file backend."""

from __future__ import annotations

import getpass
import hashlib
import json
import os
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import pytest

from localcloud.engine.checkpoint.backend import StackFiles
from localcloud.engine.checkpoint.locks import locked
from localcloud.engine.checkpoint.passphrase import Crypter
from localcloud.engine.checkpoint.snapshot import Snapshot, StackState
from localcloud.engine.checkpoint.state import ResourceState
from localcloud.wire import urns
from tests.localcloud.engine.conftest import Workspace

# apitype.ResourceV3 in Pulumi: every key that a resource of a checkpoint may have.
RESOURCE_KEYS = {
    *("urn", "custom", "delete", "id", "type", "inputs", "outputs", "parent", "protect", "taint", "external"),
    *("dependencies", "initErrors", "provider", "propertyDependencies", "pendingReplacement"),
    *("additionalSecretOutputs", "aliases", "customTimeouts", "importID", "retainOnDelete", "deletedWith"),
    *("replaceWith", "created", "modified", "sourcePosition", "stackTrace", "ignoreChanges", "hideDiff"),
    *("replaceOnChanges", "replacementTrigger", "refreshBeforeUpdate", "viewOf", "resourceHooks"),
}

PROGRAM = """
    a = Thing("a", opts=O(ignore_changes=["value"], additional_secret_outputs=["identity"]))
    group = Group("group")
    Thing("b", value=a.identity, opts=O(parent=group, protect=True, custom_timeouts=pulumi.CustomTimeouts(create="5m")))
    pulumi.export("a", a.token)
"""


def test_layout(workspace: Workspace) -> None:
    workspace.up(PROGRAM)
    workspace.up()
    folder = workspace.state / ".pulumi"
    assert (folder / "meta.yaml").read_text() == "version: 1\n"
    assert sorted(path.name for path in (folder / "stacks/demo").iterdir()) == ["local.json", "local.json.bak"]
    history = sorted(path.name for path in (folder / "history/demo/local").iterdir())
    assert [name.split(".", 1)[1] for name in history] == ["checkpoint.json", "history.json"] * 2
    update = json.loads((folder / "history/demo/local" / history[1]).read_text())
    assert update["kind"] == "update"
    assert update["result"] == "succeeded"
    assert update["resourceChanges"] == {"create": 4}
    assert [path for path in workspace.state.rglob("*") if path.name.endswith(".tmp")] == []


def test_no_copy_of_the_state_is_open_to_others(workspace: Workspace) -> None:
    workspace.up(PROGRAM)
    workspace.up()
    copies = [workspace.checkpoint, *workspace.state.rglob("*.bak"), *workspace.state.rglob("*.checkpoint.json")]
    assert len(copies) == 4
    assert {path.stat().st_mode & 0o777 for path in copies} == {0o600}


def test_the_lock_of_a_user_without_a_name_has_its_number(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown() -> NoReturn:
        raise KeyError("getpwuid(): uid not found: 4711")

    workspace.up("pass")
    monkeypatch.setattr(getpass, "getuser", unknown)
    files = StackFiles.open(workspace.state, "demo", "local")
    with locked(files):
        (lock,) = files.locks.iterdir()
        assert json.loads(lock.read_text())["username"] == str(os.getuid())


def test_checkpoint_has_the_keys_of_pulumis_and_is_in_dependency_order(workspace: Workspace) -> None:
    workspace.up(PROGRAM)
    content = json.loads(workspace.checkpoint.read_text())
    assert content.keys() == {"version", "checkpoint"}
    assert content["version"] == 3
    assert content["checkpoint"]["stack"] == "organization/demo/local"
    latest = content["checkpoint"]["latest"]
    assert latest.keys() == {"manifest", "secrets_providers", "resources", "metadata"}
    assert latest["manifest"]["magic"] == hashlib.sha256(latest["manifest"]["version"].encode()).hexdigest()
    assert latest["secrets_providers"]["type"] == "passphrase"
    seen: set[str] = set()
    for item in latest["resources"]:
        assert item.keys() <= RESOURCE_KEYS
        assert {"urn", "custom", "type"} <= item.keys()
        needs = {item.get("parent", ""), *item.get("dependencies", []), item.get("provider", "").rpartition("::")[0]}
        assert needs - {""} <= seen
        seen.add(item["urn"])
    b = workspace.resources()["b"]
    assert b["urn"] == "urn:pulumi:local::demo::test:index:Group$test:index:Thing::b"
    assert b["protect"] is True
    assert b["customTimeouts"] == {"create": 300}
    assert b["propertyDependencies"] == {"value": [workspace.resources()["a"]["urn"]]}
    assert b["sourcePosition"].startswith("project:///stacks/__main__.py#")


def test_export_is_the_deployment_with_its_version(workspace: Workspace) -> None:
    workspace.up(PROGRAM)
    exported = json.loads(workspace.run("export").out)
    assert exported == {"version": 3, "deployment": workspace.deployment()}


def test_what_the_cli_wrote_beyond_our_knowledge_is_kept(workspace: Workspace) -> None:
    workspace.up(PROGRAM)
    content = json.loads(workspace.checkpoint.read_text())
    for item in content["checkpoint"]["latest"]["resources"]:
        item["stackTrace"] = [{"sourcePosition": "project:///x.py#1"}]
    workspace.checkpoint.write_text(json.dumps(content))
    workspace.provider.failing = {"c"}
    workspace.program('Thing("c")')
    assert workspace.run("up").code == 1
    assert workspace.resources()["b"]["stackTrace"] == [{"sourcePosition": "project:///x.py#1"}]


def test_other_layouts_and_features_are_refused(workspace: Workspace) -> None:
    workspace.program("pass")
    marker = workspace.state / ".pulumi" / "meta.yaml"
    marker.parent.mkdir(parents=True)
    marker.write_text("version: 0\n")
    assert "layout version 0 is not supported" in workspace.run("up").err
    marker.write_text("version: 1\n")
    workspace.checkpoint.parent.mkdir(parents=True)
    workspace.checkpoint.write_text('{"version": 4, "features": ["views"], "checkpoint": {}}')
    assert "needs views, which this engine does not have" in workspace.run("up").err
    workspace.checkpoint.write_text('{"version": 3, "check')
    assert "is damaged" in workspace.run("up").err


def test_an_unchanged_stack_is_not_changed_on_disk_but_for_its_time(workspace: Workspace) -> None:
    workspace.up(PROGRAM)
    before = workspace.deployment()
    workspace.up()
    after = workspace.deployment()
    assert before.pop("manifest") != after.pop("manifest")
    # Those that do not depend on one another come in the order in which they were done.
    for deployment in (before, after):
        deployment["resources"].sort(key=lambda resource: resource["urn"])
    assert after == before


def test_modules_of_the_project_are_fresh_and_paths_as_the_clis(workspace: Workspace, tmp_path: Path) -> None:
    (workspace.folder / "stacks" / "network.py").write_text("import pulumi\npulumi.export('imported', True)\n")
    (workspace.folder / "stacks" / "hello.txt").write_text("hello")
    text = """
        import os, sys
        import network
        Thing("one", value=pulumi.FileAsset("hello.txt"))
        pulumi.export("folder", os.path.basename(os.getcwd()))
        pulumi.export("first", os.path.basename(sys.path[0]))
    """
    workspace.up(text)
    workspace.up()
    outputs = json.loads(workspace.run("outputs", "--json").out)
    assert outputs == {"imported": True, "folder": "stacks", "first": "stacks"}
    asset = workspace.resources()["one"]["inputs"]["value"]
    assert asset["path"] == "hello.txt"
    assert asset["hash"] == hashlib.sha256(b"hello").hexdigest()
    (workspace.folder / "stacks" / "hello.txt").write_text("changed")
    assert "1 updated" in workspace.up().out


def test_a_renamed_resource_takes_no_more_memory_with_each_write() -> None:
    old = ResourceState(urn=urns.make("s", "p", "", "test:index:Thing", "old"), type="test:index:Thing")
    user = ResourceState(
        urn=urns.make("s", "p", "", "test:index:Thing", "user"), type="test:index:Thing", dependencies=[old.urn]
    )
    written: list[str] = []
    snapshot = Snapshot(StackState([old, user]), Crypter("correct horse", ""), written.append)
    new = replace(old, urn=old.urn.replace("old", "new"), aliases=[old.urn])
    snapshot.end(old, new)
    for _ in range(10):
        snapshot.amend(new)
    assert json.loads(written[-1])["resources"][1]["dependencies"] == [new.urn]
    assert len(snapshot._texts) == 2
