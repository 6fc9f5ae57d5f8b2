"""The state as it is written while a deployment changes it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

from localcloud.engine.checkpoint.backend import StackFiles
from localcloud.engine.checkpoint.passphrase import Crypter
from localcloud.engine.checkpoint.snapshot import Snapshot, StackState
from localcloud.engine.checkpoint.state import ResourceState
from localcloud.wire import urns
from tests.localcloud.engine.workspace import ASSORTED, Workspace

# apitype.ResourceV3 in Pulumi: every key that a resource of a checkpoint may have.
RESOURCE_KEYS = {
    *("urn", "custom", "delete", "id", "type", "inputs", "outputs", "parent", "protect", "taint", "external"),
    *("dependencies", "initErrors", "provider", "propertyDependencies", "pendingReplacement"),
    *("additionalSecretOutputs", "aliases", "customTimeouts", "importID", "retainOnDelete", "deletedWith"),
    *("replaceWith", "created", "modified", "sourcePosition", "stackTrace", "ignoreChanges", "hideDiff"),
    *("replaceOnChanges", "replacementTrigger", "refreshBeforeUpdate", "viewOf", "resourceHooks"),
}


def test_checkpoint_has_the_keys_of_pulumis_and_is_in_dependency_order(workspace: Workspace) -> None:
    workspace.up(ASSORTED)
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


def test_an_unchanged_stack_is_not_changed_on_disk_but_for_its_time(workspace: Workspace) -> None:
    workspace.up(ASSORTED)
    before = workspace.deployment()
    workspace.up()
    after = workspace.deployment()
    assert before.pop("manifest") != after.pop("manifest")
    # Those that do not depend on one another come in the order in which they were done.
    for deployment in (before, after):
        deployment["resources"].sort(key=lambda resource: resource["urn"])
    assert after == before


def test_a_renamed_resource_takes_no_more_memory_with_each_write(tmp_path: Path) -> None:
    old = ResourceState(urn=urns.make("s", "p", "", "test:index:Thing", "old"), type="test:index:Thing")
    user = ResourceState(
        urn=urns.make("s", "p", "", "test:index:Thing", "user"), type="test:index:Thing", dependencies=[old.urn]
    )
    files = StackFiles.open(tmp_path, "demo", "local")
    snapshot = Snapshot(StackState([old, user]), Crypter("correct horse", ""), files.save)
    new = replace(old, urn=old.urn.replace("old", "new"), aliases=[old.urn])
    snapshot.end(old, new)
    for _ in range(10):
        snapshot.amend(new)
    assert (files.load() or {})["resources"][1]["dependencies"] == [new.urn]
    assert len(snapshot._texts) == 2
