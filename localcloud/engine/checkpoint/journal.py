"""What a deployment did since it wrote the checkpoint, a line for each change, in a file beside it.

Writing a checkpoint costs more the larger the stack is; a line costs the same in all. So the checkpoint is written at
the first and at the last change of a run, and in between once the lines have outgrown it (a small one at every change:
then there are no lines). A journal continues just one checkpoint and is named by its hash: what another checkpoint left
over is not looked at. A last line that was cut short by a kill was not acted upon.

The first line is how many of the checkpoint's resources the run had done by then: these come first, then what it does
from there on, then the others. Each line after it is a JSON array of edits that happen all or none, `[number, what]`.
Numbers are those of the checkpoint's resources and pending operations, in this order, and go on with what is new.
`what` is the resource or operation as it is from now on, null once it is gone, or the new number of what is done
unchanged.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any, BinaryIO

from localcloud.errors import one_line

SMALL_BYTES = 1 << 18
"""A checkpoint that can be written at every change without being felt."""


def name_of(checkpoint: Path, content: bytes) -> Path:
    """Where the journal of a checkpoint of this content is."""
    return checkpoint.with_name(f"{checkpoint.name}.{hashlib.sha256(content).hexdigest()[:16]}.journal")


def replayed(deployment: dict[str, Any], lines: bytes) -> dict[str, Any]:
    """The deployment (apitype.DeploymentV3) with what the lines say was done since. Errors: ValueError."""
    entries: dict[int, Any] = dict(
        enumerate([*(deployment.get("resources") or []), *(deployment.get("pending_operations") or [])])
    )
    written = len(entries)
    first, *others = lines.split(b"\n")[:-1] or [b"0"]
    done = int(first)
    for line in others:
        for number, what in json.loads(line):
            if what is None:
                entries.pop(number, None)
            elif isinstance(what, int):
                entries[what] = entries.pop(number)
            else:
                entries[number] = what
    untouched = range(done, written)
    found = [entries[number] for number in sorted(entries, key=lambda number: (number in untouched, number >= written))]
    lists = {
        "resources": [entry for entry in found if "urn" in entry],
        "pending_operations": [entry for entry in found if "urn" not in entry],
    }
    return {**deployment, **{name: entries for name, entries in lists.items() if entries or name in deployment}}


class Journal:
    """Continues a checkpoint of this size; the file is made with the first line. Not thread-safe."""

    def __init__(self, path: Path, checkpoint_bytes: int) -> None:
        self._path = path
        self._room = checkpoint_bytes - SMALL_BYTES
        self._file: BinaryIO | None = None

    @property
    def is_outgrown(self) -> bool:
        """Whether it is time for a checkpoint instead of another line."""
        return self._room <= 0

    @property
    def is_begun(self) -> bool:
        return self._file is not None

    def append(self, line: str) -> None:
        """Add a line; it is on disk when this returns."""
        data = f"{line}\n".encode()
        # What fails to be written whole is followed by a checkpoint.
        room, self._room = self._room, 0
        with one_line(f"cannot write {self._path}"):
            if self._file is None:
                self._file = os.fdopen(os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "wb")
            self._file.write(data)
            self._file.flush()
            os.fsync(self._file.fileno())
        self._room = room - len(data)

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
