"""Commits: requirements checked against the current metadata, new metadata written, pointers swapped.

Concurrency is optimistic. Whoever loses the swap starts again from the metadata that won; its requirements then decide
whether its changes still fit (a property change does, an append to the same branch gets a 409 and is rebased by the
client). The same rule as in Iceberg's own reference catalogue (CatalogHandlers.commit).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pyiceberg.catalog import MetastoreCatalog
from pyiceberg.exceptions import CommitFailedException, ValidationError
from pyiceberg.table import TableProperties
from pyiceberg.table.locations import load_location_provider
from pyiceberg.table.metadata import TableMetadata
from pyiceberg.table.update import (
    AssertCreate,
    RemovePropertiesUpdate,
    SetPropertiesUpdate,
    TableRequirement,
    TableUpdate,
    update_table_metadata,
)
from pyiceberg.utils.properties import property_as_bool

from localcloud.services.iceberg.catalog_store import CatalogStore, PointerMoved, Swap, TableName
from localcloud.services.iceberg.errors import IcebergError, bad_request, commit_failed, no_such_table
from localcloud.services.iceberg.file_io import ObjectStore
from localcloud.services.iceberg.format_versions import check_schemas, parsed, to_json
from localcloud.services.iceberg.names import check_name, is_folder

ATTEMPTS = 50


@dataclass(frozen=True)
class Change:
    """What a client wants of one table; `root` is the location its catalog's tables must stay below."""

    name: TableName
    root: str
    requirements: Sequence[TableRequirement]
    updates: Sequence[TableUpdate]


@dataclass(frozen=True)
class Staged:
    """A change computed from the metadata at `old_location` (None: a new table)."""

    name: TableName
    old_location: str | None
    old: TableMetadata | None
    new_location: str
    new: TableMetadata
    data: bytes
    """The new metadata as its file has it."""

    @property
    def changed(self) -> bool:
        return self.new_location != self.old_location


def commit(store: CatalogStore, objects: ObjectStore, changes: Sequence[Change]) -> list[Staged]:
    """Commit changes to one or more tables, all or none.

    Errors: 409 CommitFailedException if a requirement does not hold, 404 for a missing table or namespace, 400 for an
    update that can't be applied.
    """
    names = [change.name for change in changes]
    if len(set(names)) != len(names):
        raise bad_request("A transaction may change each table once")
    for _ in range(ATTEMPTS):
        staged = [_stage(store, objects, change) for change in changes]
        if _try_swap(store, objects, [stage for stage in staged if stage.changed]):
            for stage in staged:
                _prune(objects, stage)
            return staged
    raise commit_failed(f"{', '.join(map(str, names))}: other commits won {ATTEMPTS} times in a row; try again")


def _stage(store: CatalogStore, objects: ObjectStore, change: Change) -> Staged:
    old_location = store.location(change.name)
    old_data = objects.read(old_location) if old_location else b""
    old = parsed(old_data) if old_location else None
    if old is None:
        if not any(isinstance(requirement, AssertCreate) for requirement in change.requirements):
            raise no_such_table(str(change.name))
        check_name("table", change.name.table)
    try:
        for requirement in change.requirements:
            requirement.validate(old)
    except CommitFailedException as error:
        raise commit_failed(f"{change.name}: {error}") from error
    new = _updated(change, old, old_location)
    if old is not None and new == old:
        assert old_location is not None
        return Staged(change.name, old_location, old, old_location, old, old_data)
    return Staged(change.name, old_location, old, new_metadata_location(new, old_location), new, to_json(new))


def _updated(change: Change, old: TableMetadata | None, old_location: str | None) -> TableMetadata:
    base = old if old is not None else MetastoreCatalog._empty_table_metadata()
    try:
        new = update_table_metadata(
            base,
            _without_needless_removals(base, change.updates),
            enforce_validation=old is None,
            metadata_location=old_location,
        )
        check_schemas(new)
        new = parsed(to_json(new))  # whoever loads the table reads it so
    except (ValueError, TypeError, AttributeError, NotImplementedError, ValidationError) as error:
        raise bad_request(f"{change.name}: {error}") from error
    except (KeyError, StopIteration) as error:  # what pyiceberg raises for an id that is nowhere
        raise bad_request(f"{change.name}: an update refers to what the table does not have: {error!r}") from error
    if old is None or new.location != old.location:
        check_location(new.location, change.root)
    return new


def _without_needless_removals(base: TableMetadata, updates: Sequence[TableUpdate]) -> tuple[TableUpdate, ...]:
    """Removing a property that isn't set is no error in Iceberg; pyiceberg's update raises KeyError on it."""
    known = set(base.properties)
    known.update(key for update in updates if isinstance(update, SetPropertiesUpdate) for key in update.updates)
    return tuple(
        RemovePropertiesUpdate(removals=[key for key in update.removals if key in known])
        if isinstance(update, RemovePropertiesUpdate)
        else update
        for update in updates
    )


def check_location(location: str, root: str) -> None:
    above = root.rstrip("/") + "/"
    if not location.startswith(above) or not all(map(is_folder, location.removeprefix(above).split("/"))):
        raise bad_request(f"The table's location {location!r} is not below its catalog's, {root}")


def new_metadata_location(metadata: TableMetadata, old_location: str | None) -> str:
    """A fresh location: the version after the old file's, and a UUID."""
    version = MetastoreCatalog._parse_metadata_version(old_location) + 1 if old_location else 0
    provider = load_location_provider(metadata.location, metadata.properties)
    return provider.new_table_metadata_file_location(version)


def _try_swap(store: CatalogStore, objects: ObjectStore, staged: Sequence[Staged]) -> bool:
    """Write the new metadata and swap; False if another commit came first. What was written in vain is deleted."""
    locations = [stage.new_location for stage in staged]
    try:
        for stage in staged:
            objects.write(stage.new_location, stage.data)
        store.swap([Swap(stage.name, stage.old_location, stage.new_location) for stage in staged])
    except PointerMoved:
        objects.delete(locations)
        return False
    except IcebergError:  # any other failure may have come after the swap: then the files are in use
        objects.delete(locations)
        raise
    return True


def _prune(objects: ObjectStore, stage: Staged) -> None:
    """Delete the metadata files that just left the metadata log, if the table asks for it."""
    enabled = TableProperties.METADATA_DELETE_AFTER_COMMIT_ENABLED
    default = TableProperties.METADATA_DELETE_AFTER_COMMIT_ENABLED_DEFAULT
    if stage.old is not None and property_as_bool(stage.new.properties, enabled, default):
        kept = {entry.metadata_file for entry in stage.new.metadata_log}
        objects.delete(entry.metadata_file for entry in stage.old.metadata_log if entry.metadata_file not in kept)
