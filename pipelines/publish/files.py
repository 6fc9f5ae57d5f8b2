"""Small files beside the tables that Spark writes, through the same Hadoop file system (gs:// by its connector).

Not pipelines/storage.py: a Dataproc image promises Spark and the connector, but no client library in a version of ours.
"""

from __future__ import annotations

from typing import Any

from py4j.protocol import Py4JJavaError
from pyspark.sql import SparkSession

CONFLICT_SIGNS = ("FileAlreadyExistsException", "412 Precondition Failed", "conditionNotMet")
"""What the Hadoop file systems say when a file is there already, or changed while it was open for writing."""


class PublishConflictError(Exception):
    """Another publisher was faster; its snapshot stays."""


class Files:
    """Reads and writes below one address. An object store shows a file as a whole when it is closed, never in part."""

    def __init__(self, spark: SparkSession, root: str) -> None:
        context: Any = spark.sparkContext
        self._jvm = context._jvm
        self._root = root.rstrip("/")
        self._system = self._path("").getFileSystem(context._jsc.hadoopConfiguration())

    def address(self, name: str) -> str:
        """The full address of a file or folder."""
        return f"{self._root}/{name}"

    def read(self, name: str) -> str | None:
        """The text of a file; None if there is none."""
        path = self._path(name)
        if not self._system.exists(path):
            return None
        stream = self._system.open(path)
        try:
            return bytes(stream.readAllBytes()).decode("utf-8")
        finally:
            stream.close()

    def write(self, name: str, text: str, overwrite: bool = True) -> None:
        """Write a file as a whole. PublishConflictError if it exists (without overwrite) or someone else is faster."""
        try:
            stream = self._system.create(self._path(name), overwrite)
            try:
                stream.write(bytearray(text.encode("utf-8")))
            finally:
                stream.close()
        except Py4JJavaError as error:
            if any(sign in str(error) for sign in CONFLICT_SIGNS):
                raise PublishConflictError(f"{self.address(name)} was written by another run meanwhile") from error
            raise

    def replace(self, name: str, text: str, expected: str | None) -> None:
        """Write a file whose text must still be `expected` (None: it must not exist); else PublishConflictError.

        The connector puts the upload on the condition of the generation that it finds when the file is opened (0 for a
        new one), so of two writers with the file open at the same time the second one fails.
        """
        if expected is not None and self.read(name) != expected:
            raise PublishConflictError(f"{self.address(name)} was changed by another run meanwhile")
        self.write(name, text, overwrite=expected is not None)

    def delete(self, name: str) -> None:
        """Delete a file or a folder with all below it; nothing if it is not there."""
        self._system.delete(self._path(name), True)

    def folders(self, folder: str) -> list[str]:
        """Names of the folders directly below a folder, sorted; none if it is not there."""
        return sorted(entry.getPath().getName() for entry in self._entries(folder) if entry.isDirectory())

    def names(self, folder: str) -> list[str]:
        """Names of the files directly in a folder, sorted; none if it is not there."""
        return sorted(entry.getPath().getName() for entry in self._entries(folder) if entry.isFile())

    def _entries(self, folder: str) -> list[Any]:
        path = self._path(folder)
        return list(self._system.listStatus(path)) if self._system.exists(path) else []

    def _path(self, name: str) -> Any:
        return self._jvm.org.apache.hadoop.fs.Path(self.address(name) if name else self._root)
