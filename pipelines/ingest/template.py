"""The Flex Template's parameters, derived from the job's own parser: what a launch may pass is what the job takes."""

from __future__ import annotations

import argparse
from typing import Any

from pipelines.contracts.model import Contracts
from pipelines.ingest.arguments import job_parser

TITLE = "Drive log ingest"
ADDRESS = r"^(gs|file)://.+$"
REGEXES = {
    "input": ADDRESS,
    "catalog_uri": r"^https?://.+$",
    "warehouse": ADDRESS,
    "catalog_properties": r"^\{.*\}$",
    "quarantine": ADDRESS,
    "run_id": r"^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$",
    "contracts": ADDRESS,
}


def description(contracts: Contracts) -> str:
    """What the template does, in one sentence that names the tables."""
    tables = ", ".join(table.full_name for table in contracts.topics.values())
    return f"Reads drive logs (MCAP) under a prefix into {tables}; damaged logs go to quarantine."


def parameters(contracts: Contracts) -> list[dict[str, Any]]:
    """The `metadata.parameters` of the template's spec, one per argument of the job."""
    topics = ", ".join(sorted(contracts.topics))
    result = []
    for action in job_parser()._actions:
        if isinstance(action, argparse._HelpAction):
            continue
        help_text = f"{action.help}."
        if action.dest == "input":
            help_text += f" Topics that become rows: {topics}."
        result.append(
            {
                "name": action.dest,
                "label": action.dest.replace("_", " ").capitalize(),
                "helpText": help_text,
                "isOptional": not action.required,
                "regexes": [REGEXES[action.dest]],
            }
        )
    return result
