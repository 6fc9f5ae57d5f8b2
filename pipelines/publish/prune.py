"""Removes old snapshots, so that the serving bucket does not grow with every run."""

from __future__ import annotations

from pipelines.publish.files import Files
from pipelines.snapshots import Manifest, manifest_file

KEPT_SNAPSHOTS = 5
"""So many of the newest snapshots stay, to go back to one by writing its id into CURRENT."""


def prune(files: Files, current: str, replaced: str | None) -> list[str]:
    """Delete all complete snapshots but the newest KEPT_SNAPSHOTS; returns their ids, oldest first.

    The current one stays whatever its age, and so does the one that it replaced: replicas may still be loading it.
    Folders without a manifest stay too: another run may be writing one.
    """
    created: dict[str, str] = {}
    for name in files.folders():
        manifest = files.read(manifest_file(name))
        if manifest is not None:
            created[name] = Manifest.from_json(manifest).created_at
    newest_first = sorted(created, key=lambda name: created[name], reverse=True)
    removed = [name for name in newest_first[KEPT_SNAPSHOTS:] if name not in (current, replaced)][::-1]
    for name in removed:
        # The manifest goes first: a folder without it is no snapshot, whenever this run is killed.
        files.delete(manifest_file(name))
        files.delete(name)
    return removed
