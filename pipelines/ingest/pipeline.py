"""The ingest job as a graph.

list new files -> hash -> group by content -> decode into Parquet files -> claim drives -> commit each other table once
-> ledger, last. A file with which a step can't go on leaves there, with its entry for the ledger.

A run that dies anywhere can be run again: files that no table names are not rows, a table that has a content's rows
leaves its files out, and only the ledger, written when all tables are, makes a file done.
"""

from __future__ import annotations

import apache_beam as beam
from apache_beam.pvalue import AsList, PCollection

from pipelines.ingest.model import LedgerEntry
from pipelines.ingest.steps import LEDGER_ENTRIES, Claim, Commit, Decode, GroupContents, Hash, Job, ListNew, WriteLedger


def build(pipeline: beam.Pipeline, job: Job) -> PCollection[LedgerEntry]:
    """Add the job to a pipeline; returns the ledger's new entries."""
    hashed = (
        pipeline
        | "Start" >> beam.Create([None])
        | "List" >> beam.ParDo(ListNew(job))
        | "Spread files" >> beam.Reshuffle()
        | "Hash" >> beam.ParDo(Hash(job)).with_outputs(LEDGER_ENTRIES, main="hashed")
    )
    contents = (
        hashed.hashed
        | "All files" >> beam.GroupByKey()
        | "Group contents" >> beam.ParDo(GroupContents(job))
        | "Spread contents" >> beam.Reshuffle()
    )
    decoded = contents | "Decode" >> beam.ParDo(Decode(job)).with_outputs(LEDGER_ENTRIES, main="logs")
    claimed = (
        decoded.logs
        | "All logs" >> beam.GroupByKey()
        | "Claim drives" >> beam.ParDo(Claim(job)).with_outputs(LEDGER_ENTRIES, main="files")
    )
    committed = claimed.files | "By table" >> beam.GroupByKey() | "Commit" >> beam.ParDo(Commit(job))
    return (
        [step[LEDGER_ENTRIES] for step in (hashed, decoded, claimed)]
        | "Entries" >> beam.Flatten()
        | "All entries" >> beam.GroupByKey()
        | "Ledger" >> beam.ParDo(WriteLedger(job), committed=AsList(committed))
    )
