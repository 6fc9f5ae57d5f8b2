"""Results of queries: one Arrow file a job, whole or not there at all."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pyarrow as pa
from pyarrow import ipc

from localcloud.services.bigquery.errors import not_found


class Results:
    """The files below one folder, by the names of their jobs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(exist_ok=True)
        for unfinished in folder.glob("*.tmp"):  # of a service that was killed
            unfinished.unlink()

    def _path(self, name: str) -> Path:
        return self.folder / f"{hashlib.sha256(name.encode()).hexdigest()}.arrow"

    def keep(self, name: str, table: pa.Table) -> None:
        path = self._path(name)
        temporary = path.with_suffix(".tmp")
        try:
            with ipc.new_file(str(temporary), table.schema) as writer:
                writer.write_table(table)
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise

    def read(self, name: str, start: int, size: int) -> pa.Table:
        """Rows from `start`. Errors: 404 for a result that has expired."""
        try:
            with ipc.open_file(pa.memory_map(str(self._path(name)))) as reader:
                return reader.read_all().slice(start, size)
        except FileNotFoundError as error:
            raise not_found("Result", f"of job {name}: run the query again") from error

    def delete(self, name: str) -> None:
        self._path(name).unlink(missing_ok=True)
