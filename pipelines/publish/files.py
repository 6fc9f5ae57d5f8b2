"""Small files in the object store, through Spark's Hadoop file system (gs:// by the connector, file:// in tests)."""

from __future__ import annotations

from typing import Any

from py4j.protocol import Py4JJavaError
from pyspark.sql import SparkSession


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
        """Write a file as a whole. With overwrite=False an existing file is a FileExistsError."""
        try:
            stream = self._system.create(self._path(name), overwrite)
            try:
                stream.write(bytearray(text.encode("utf-8")))
            finally:
                stream.close()
        except Py4JJavaError as error:
            if "AlreadyExists" in error.java_exception.getClass().getName():
                raise FileExistsError(self.address(name)) from error
            raise

    def replace(self, name: str, text: str, expected: str | None) -> None:
        """Write a file whose text must still be `expected` (None: it must not exist); else PublishConflictError.

        A new file is created on the condition that there is none (generation 0). An existing one is read again, then
        replaced; the connector puts the upload on the condition of the generation that it finds when the file is
        opened, so of two publishers at the same moment one fails.
        """
        if expected is None:
            try:
                return self.write(name, text, overwrite=False)
            except FileExistsError as error:
                raise PublishConflictError(f"{self.address(name)} was written by another run meanwhile") from error
        if self.read(name) != expected:
            raise PublishConflictError(f"{self.address(name)} was changed by another run meanwhile")
        return self.write(name, text)

    def delete(self, name: str) -> None:
        """Delete a file or a folder with all below it; nothing if it is not there."""
        self._system.delete(self._path(name), True)

    def names(self, folder: str, suffix: str) -> list[str]:
        """Names of the files directly in a folder that end with the suffix, sorted."""
        entries = self._system.listStatus(self._path(folder))
        names = [entry.getPath().getName() for entry in entries]
        return sorted(name for name in names if name.endswith(suffix))

    def _path(self, name: str) -> Any:
        return self._jvm.org.apache.hadoop.fs.Path(self.address(name) if name else self._root)
