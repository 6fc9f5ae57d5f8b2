"""The arguments that every Spark job has."""

from __future__ import annotations

import argparse
import re

from pipelines.arguments import OneLineParser

IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def spark_job_parser(prog: str, description: str) -> OneLineParser:
    """What every Spark job is told: --catalog and --run_id."""
    parser = OneLineParser(prog, description)
    help_text = "Spark catalogue that holds drive_logs and scenarios"
    parser.add_argument("--catalog", required=True, type=identifier, help=help_text)
    parser.add_argument("--run_id", required=True, help="name of this run")
    return parser


def identifier(text: str) -> str:
    """A name that can stand in SQL as it is."""
    if not IDENTIFIER.fullmatch(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a plain name of letters, digits and _")
    return text
