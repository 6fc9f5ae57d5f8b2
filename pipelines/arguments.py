"""Command lines as all programs of the platform read them: whole names only, and an error is one line."""

from __future__ import annotations

import argparse
import re
from typing import Any, NoReturn

IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class OneLineParser(argparse.ArgumentParser):
    """An argument parser whose errors are one line, with exit status 2; abbreviations are unknown arguments."""

    def __init__(self, prog: str, description: str | None = None, **options: Any) -> None:
        super().__init__(prog=prog, description=description, allow_abbrev=False, **options)

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}\n")


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
