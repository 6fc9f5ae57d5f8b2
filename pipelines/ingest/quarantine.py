"""Refused files are copied aside, each with its reason; what can't be copied is in the ledger all the same."""

from __future__ import annotations

import hashlib

from pipelines.ingest.outcome import reason_of, short
from pipelines.storage import MissingObjectError, ObjectStore, StoredObject

NAME_CHARACTERS = 100
"""Longer names are shortened: with what stands before it, a name could be longer than a store takes."""


def copy_aside(store: ObjectStore, file: StoredObject, sha256: str, reason: str, place: str, run_id: str) -> str:
    """Copy a file below the address `place`; returns the reason, and why there is no copy if it can't be made.

    MissingObjectError if the file was replaced or removed.
    """
    target = f"{place.rstrip('/')}/{sha256 or unread(file)}/{short_name(file)}"
    try:
        store.copy(file, target, {"reason": reason, "source": file.uri, "run_id": run_id})
    except MissingObjectError:
        raise
    except Exception as error:  # noqa: BLE001 - reason_of raises what is not the file's own
        return short(f"{reason}; {reason_of(error, 'copying it to quarantine')}")
    return reason


def unread(file: StoredObject) -> str:
    """What stands for the hash of a content that could not be read."""
    return f"unread-{digest(f'{file.uri}#{file.generation}')}"


def short_name(file: StoredObject) -> str:
    """The last part of a file's address; the end of a long one, made unique by a hash."""
    name = file.uri.rsplit("/", 1)[-1]
    return name if len(name) <= NAME_CHARACTERS else f"{digest(name)}-{name[-NAME_CHARACTERS:]}"


def digest(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
