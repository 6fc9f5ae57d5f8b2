"""Which snapshots there are, and the end of old ones, so that the serving bucket does not grow with every run."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from pipelines.publish.files import Files
from pipelines.snapshots.manifest import (
    MANIFEST_SUFFIX,
    SNAPSHOTS,
    TABLES,
    Manifest,
    ManifestError,
    manifest_file,
    version_file,
    version_folder,
)

KEPT_SNAPSHOTS = 5
"""So many of the newest snapshots stay, to go back to one of them (scripts/snapshots)."""

Versions = Collection[tuple[str, str]]
"""Names of tables, each with the id of a version."""


def read_manifests(files: Files) -> dict[str, Manifest | None]:
    """The manifests of all snapshots by id; None for one that is damaged."""
    manifests: dict[str, Manifest | None] = {}
    for name in files.names(SNAPSHOTS):
        try:
            manifest = Manifest.from_json(files.read(f"{SNAPSHOTS}/{name}") or "")
        except ManifestError:
            manifest = None
        manifests[name.removesuffix(MANIFEST_SUFFIX)] = manifest
    return manifests


def versions_there(files: Files) -> Versions:
    """All versions of all tables, whole or not."""
    return [(table, version) for table in files.folders(TABLES) for version in files.folders(f"{TABLES}/{table}")]


def prune(
    files: Files, manifests: Mapping[str, Manifest | None], current: str, replaced: str | None, versions: Versions
) -> list[str]:
    """Delete all snapshots but the newest KEPT_SNAPSHOTS; returns their ids, oldest first.

    The current one stays whatever its age, and so does the one that it replaced: replicas may still be loading it. Of
    `versions` those go that no snapshot names which stays. They are those that were there when the run began: what
    came later another run may be writing, which began after this one's end if it is to become current.
    """
    created = {name: manifest.created_at if manifest else "" for name, manifest in manifests.items()}
    newest_first = sorted(created, key=lambda name: created[name], reverse=True)
    kept = {*newest_first[:KEPT_SNAPSHOTS], current, replaced}
    removed = [name for name in newest_first[::-1] if name not in kept]
    for name in removed:
        files.delete(manifest_file(name))
    named = {
        (version.table.name, version.version)
        for name, manifest in manifests.items()
        if manifest and name in kept
        for version in manifest.tables.values()
    }
    for table, version in versions:
        if (table, version) not in named:
            # What the version holds goes first: without it there is none, whenever this run is killed.
            files.delete(version_file(table, version))
            files.delete(version_folder(table, version))
    return removed
