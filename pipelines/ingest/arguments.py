"""The job's arguments: one parser, from which the Flex Template's parameters derive too (template.py)."""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from typing import Any

from pipelines.arguments import OneLineParser


@dataclass(frozen=True)
class Arguments:
    """What the job was asked to do; `beam` are the arguments for Beam and its runner."""

    input: str
    catalog_uri: str
    warehouse: str
    catalog_properties: dict[str, str]
    quarantine: str
    run_id: str
    contracts: str
    beam: tuple[str, ...] = ()


def job_parser() -> OneLineParser:
    """The job's own arguments, without Beam's."""
    parser = OneLineParser("ingest", "Drive logs to Iceberg tables.")
    add = parser.add_argument
    add("--input", required=True, help="Prefix of the logs, such as gs://landing/drive_logs/")
    add("--catalog_uri", required=True, help="Address of the Iceberg REST catalogue")
    add("--warehouse", required=True, help="Warehouse of the catalogue, such as gs://curated")
    add("--catalog_properties", default={}, type=_properties, help="More properties of the catalogue, a JSON object")
    add(
        "--quarantine",
        required=True,
        help="Prefix that damaged logs are copied below, such as gs://quarantine/drive_logs",
    )
    add("--run_id", required=True, help="Name of this run in the ledger")
    add(
        "--contracts",
        required=True,
        help="The contracts as the stack wrote them, such as gs://artifacts/contracts.json",
    )
    return parser


def parse_args(arguments: list[str]) -> Arguments:
    """The job's arguments and Beam's. Exits with status 2 and one line for anything that is neither."""
    parser = job_parser()
    own, others = parser.parse_known_args(arguments)
    unknown = unknown_to_beam(others)
    if unknown:
        known = ", ".join(action.option_strings[0] for action in parser._actions if action.dest != "help")
        parser.error(f"unknown argument {unknown[0]}; give {known}, or options of Beam")
    return Arguments(**vars(own), beam=tuple(others))


def unknown_to_beam(arguments: list[str]) -> list[str]:
    """Those arguments that no options class of Beam has."""
    from apache_beam.options.pipeline_options import PipelineOptions

    parser = OneLineParser("ingest", add_help=False, conflict_handler="resolve")
    for options in PipelineOptions.__subclasses__():
        options._add_argparse_args(parser)  # pyright: ignore[reportArgumentType]
    return parser.parse_known_args(arguments)[1]


def _properties(text: str) -> dict[str, str]:
    """A JSON object with text values; nested objects (pyiceberg's `auth`) stay as they are."""
    try:
        value: Any = json.loads(text)
    except json.JSONDecodeError as error:
        raise argparse.ArgumentTypeError(f"not JSON: {error}") from error
    if not isinstance(value, dict):
        raise argparse.ArgumentTypeError(f"{text} is not a JSON object")
    return value
