"""Refused files are copied aside; what can't be copied is told, and only the run's own trouble stops the run."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from google.api_core.exceptions import BadRequest, ServiceUnavailable

from pipelines.ingest.quarantine import NAME_CHARACTERS, copy_aside, short_name, unread
from pipelines.storage import FolderStorage, MissingObjectError, StoredObject
from tests.pipelines.ingest.logs import LocalLake


class Refusing(FolderStorage):
    """A store that copies nothing, and why."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def copy(self, stored: StoredObject, target: str, metadata: Mapping[str, str]) -> None:
        raise self.error


def land(lake: LocalLake, name: str = "a.mcap") -> StoredObject:
    stored = FolderStorage().stat(lake.put(name, b"content"))
    assert stored is not None
    return stored


def aside(lake: LocalLake, file: StoredObject, store: FolderStorage, sha256: str = "aa") -> str:
    return copy_aside(store, file, sha256, "truncated", f"{lake.quarantine.as_uri()}/", "run-1")


def test_a_copy_is_named_by_its_content_and_says_why(lake: LocalLake) -> None:
    file = land(lake)
    assert aside(lake, file, FolderStorage()) == "truncated"
    assert (lake.quarantine / "aa" / "a.mcap").read_bytes() == b"content"
    told = (lake.quarantine / "aa" / "a.mcap.metadata").read_text()
    assert told == f"reason: truncated\nsource: {file.uri}\nrun_id: run-1\n"


def test_a_content_that_was_never_read_has_a_place_too(lake: LocalLake) -> None:
    file = land(lake)
    aside(lake, file, FolderStorage(), sha256="")
    assert (lake.quarantine / unread(file) / "a.mcap").read_bytes() == b"content"
    assert unread(file) != unread(StoredObject(file.uri, file.generation + 1, file.size))


def test_a_name_as_long_as_a_store_takes_is_copied_too(lake: LocalLake) -> None:
    file = land(lake, "n" * 250 + ".mcap")
    assert aside(lake, file, FolderStorage()) == "truncated"
    (copied,) = (path for path in (lake.quarantine / "aa").iterdir() if path.suffix == ".mcap")
    assert copied.name == short_name(file)
    assert copied.name.endswith("n.mcap")
    assert len(copied.name) == NAME_CHARACTERS + 17


def test_a_copy_that_can_t_be_made_is_part_of_the_reason(lake: LocalLake) -> None:
    told = aside(lake, land(lake), Refusing(BadRequest("under a key")))
    assert told == "truncated; copying it to quarantine failed: BadRequest: 400 under a key"


@pytest.mark.parametrize("error", [MissingObjectError("gone"), ServiceUnavailable("busy"), OSError(28, "full")])
def test_a_file_that_is_gone_and_a_store_that_is_down_are_raised(lake: LocalLake, error: Exception) -> None:
    with pytest.raises(type(error)):
        aside(lake, land(lake), Refusing(error))
