"""The lake's Iceberg tables as the ingest job uses them: it appends Parquet files to them, each content once."""

# pyright: reportAttributeAccessIssue=false, reportCallIssue=false
# pyarrow.compute makes its functions at import, and pyiceberg its expressions' arguments by metaclass: the type checker
# sees neither.
from __future__ import annotations

import random
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import TYPE_CHECKING, Protocol

from pipelines.contracts.checks import one_line
from pipelines.contracts.model import Contracts, Table
from pipelines.contracts.schemas import iceberg_fields
from pipelines.ingest.data_files import data_file
from pipelines.ingest.model import IngestError, WrittenFile

if TYPE_CHECKING:
    import pyarrow as pa
    from pyarrow.parquet import FileMetaData
    from pyiceberg.expressions import BooleanExpression
    from pyiceberg.table import Table as IcebergTable

ATTEMPTS = 8
LITERALS = 200
"""More literals than this in an Iceberg `in` keep a scan from skipping files (pyiceberg's evaluators)."""


class TableCatalog(Protocol):
    """What the job needs of a catalogue, such as pyiceberg's."""

    def load_table(self, identifier: str) -> IcebergTable:
        """The table `namespace.name`. NoSuchTableError if there is none."""
        ...


OpenCatalog = Callable[[], TableCatalog]


class IcebergTables:
    """Appends to tables the stack made, and asks what is in them. Never creates or changes a table.

    IngestError if the catalogue can't be reached.
    """

    def __init__(self, open_catalog: OpenCatalog, contracts: Contracts) -> None:
        from google.auth.exceptions import GoogleAuthError
        from pyiceberg.exceptions import RESTError

        try:
            self._catalog = open_catalog()
        except (OSError, RESTError, GoogleAuthError) as error:
            raise IngestError(f"the catalogue can't be reached: {one_line(str(error))}") from error
        self._contracts = contracts
        self._tables: dict[str, IcebergTable] = {}

    def table(self, name: str, *, fresh: bool = False) -> IcebergTable:
        """A table by `namespace.name`; `fresh` reads its newest state.

        IngestError if the stack has not made it, or what the catalogue says of it is no table.
        """
        from pyiceberg.exceptions import NoSuchTableError

        if fresh or name not in self._tables:
            try:
                self._tables[name] = self._catalog.load_table(name)
            except NoSuchTableError as error:
                raise IngestError(f"table {name} is not in the catalogue; deploy the stack before ingesting") from error
            except ValueError as error:
                raise IngestError(f"table {name} can't be read from the catalogue: {one_line(str(error))}") from error
        return self._tables[name]

    def check(self, tables: Iterable[Table]) -> None:
        """IngestError unless each table is there and has the contract's columns with its field ids and types."""
        for table in tables:
            schema = self.table(table.full_name).schema()
            for field in iceberg_fields(table):
                found = next((f for f in schema.fields if f.name == field["name"]), None)
                if found is None or found.field_id != field["id"] or str(found.field_type) != field["type"]:
                    there = f"{found.field_type} with id {found.field_id}" if found else "missing"
                    raise IngestError(
                        f"column {table.full_name}.{field['name']} is {there} in the catalogue, but {field['type']} "
                        f"with id {field['id']} in the contract; deploy the stack, and append new columns at the end"
                    )

    def upload(self, table: str, content: Iterable[bytes], name: str) -> str:
        """Put a file into a table's data folder, replacing one of that name; returns its address."""
        target = f"{self.table(table).location()}/data/{name}"
        with self.table(table).io.new_output(target).create(overwrite=True) as stream:
            for block in content:
                stream.write(block)
        return target

    def written(self, table: str, origin: str, path: str, size: int, footer: FileMetaData) -> WrittenFile:
        """What a commit needs of a file, from its footer alone. ValueError if the table can't have such a file."""
        return WrittenFile(table, origin, data_file(self.table(table), path, size, footer))

    def rows(self, table: str, columns: tuple[str, ...], row_filter: BooleanExpression) -> Iterator[pa.RecordBatch]:
        """Rows of a table, a batch at a time."""
        yield from self.table(table, fresh=True).scan(row_filter, selected_fields=columns).to_arrow_batch_reader()

    def matching(self, table: str, column: str, values: Collection[str], also: BooleanExpression) -> set[str]:
        """Which of the values a text column holds already (in rows where `also` is true)."""
        import pyarrow as pa
        import pyarrow.compute as pc
        from pyiceberg.expressions import And, In

        if not values:
            return set()
        row_filter = And(also, In(column, tuple(values))) if len(values) <= LITERALS else also
        wanted, found = pa.array(list(values), pa.large_string()), set()
        for batch in self.rows(table, (column,), row_filter):
            present = pc.unique(batch[column].cast(pa.large_string()))
            found.update(present.filter(pc.is_in(present, value_set=wanted)).to_pylist())
        return found

    def append(self, table: str, run_id: str, choose: Callable[[IcebergTable], list[WrittenFile]]) -> int:
        """Append files in one commit; returns their rows.

        `choose` names the files that the table it is given lacks. If another writer commits in between, it is asked
        again about the new state, so that nothing is there twice however many runs there are.
        """
        from pyiceberg.exceptions import CommitFailedException

        for attempt in range(ATTEMPTS):
            state = self.table(table, fresh=True)
            # pyiceberg's own retry would commit the same files without asking again.
            state.metadata.properties["commit.retry.num-retries"] = "0"
            files = choose(state)
            if not files:
                return 0
            try:
                with state.transaction() as transaction:
                    update = transaction.update_snapshot(snapshot_properties={"roadbed.run-id": run_id})
                    with update.fast_append() as append:
                        for file in files:
                            append.append_data_file(file.entry)
                return sum(file.rows for file in files)
            except CommitFailedException:
                time.sleep(random.uniform(0.1, 0.5) * 2**attempt)
        raise IngestError(f"table {table}: other writers committed {ATTEMPTS} times in between; run the job again")

    def append_contents(self, table: str, run_id: str, files: list[WrittenFile]) -> int:
        """Append the logs' files of whose content (source_sha256) the table has no rows; returns the rows appended."""

        def choose(state: IcebergTable) -> list[WrittenFile]:
            if state.current_snapshot() is None:
                return files
            hashes = {file.origin for file in files}
            present = self.matching(table, "source_sha256", hashes, self._time_range(state, files))
            return [file for file in files if file.origin not in present]

        return self.append(table, run_id, choose)

    def _time_range(self, state: IcebergTable, files: list[WrittenFile]) -> BooleanExpression:
        """Where rows of these files can be, by the partition's column: it lets a scan skip all other days."""
        from pyiceberg.conversions import from_bytes
        from pyiceberg.expressions import AlwaysTrue, And, GreaterThanOrEqual, LessThanOrEqual

        partition = self._contracts.table(".".join(state.name()[-2:])).partition
        if partition is None:
            return AlwaysTrue()
        field = state.schema().find_field(partition.column)
        lows = [file.entry.lower_bounds.get(field.field_id) for file in files]
        highs = [file.entry.upper_bounds.get(field.field_id) for file in files]
        if None in lows or None in highs:
            return AlwaysTrue()  # the longest texts have no upper bound
        lowest = min(from_bytes(field.field_type, low) for low in lows)
        highest = max(from_bytes(field.field_type, high) for high in highs)
        return And(GreaterThanOrEqual(field.name, lowest), LessThanOrEqual(field.name, highest))


def one_of(column: str, values: set[str]) -> BooleanExpression:
    """A filter that lets files be skipped: the values themselves if they are few, else the range they lie in."""
    from pyiceberg.expressions import And, GreaterThanOrEqual, In, LessThanOrEqual

    if len(values) <= LITERALS:
        return In(column, tuple(values))
    return And(GreaterThanOrEqual(column, min(values)), LessThanOrEqual(column, max(values)))
