"""The ingest job as a graph.

list new files -> hash -> group by content -> decode into Parquet files -> commit each table once -> ledger, last.

A run that dies anywhere can be run again: files that no table names are not rows, a table that has a content's rows
leaves its files out, and only the ledger, written when all tables are, makes a file done.
"""

from __future__ import annotations

import apache_beam as beam
from apache_beam.pvalue import AsList, PCollection

from pipelines.ingest.model import LedgerEntry
from pipelines.ingest.steps import LEDGER_ENTRIES, Commit, Decode, GroupContents, Hash, Job, ListNew, WriteLedger


def build(pipeline: beam.Pipeline, job: Job) -> PCollection[LedgerEntry]:
    """Add the job to a pipeline; returns the ledger's new entries."""
    contents = (
        pipeline
        | "Start" >> beam.Create([None])
        | "List" >> beam.ParDo(ListNew(job))
        | "Spread files" >> beam.Reshuffle()
        | "Hash" >> beam.ParDo(Hash(job))
        | "All files" >> beam.GroupByKey()
        | "Group contents" >> beam.ParDo(GroupContents(job))
        | "Spread contents" >> beam.Reshuffle()
    )
    decoded = contents | "Decode" >> beam.ParDo(Decode(job)).with_outputs(LEDGER_ENTRIES, main="files")
    committed = decoded.files | "By table" >> beam.GroupByKey() | "Commit" >> beam.ParDo(Commit(job))
    return (
        decoded[LEDGER_ENTRIES]
        | "All entries" >> beam.GroupByKey()
        | "Ledger" >> beam.ParDo(WriteLedger(job), committed=AsList(committed))
    )
