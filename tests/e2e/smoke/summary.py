"""What a person reads at the end: what ran, what was found, and what to try next."""

from __future__ import annotations

import sys
from collections.abc import Mapping

from rich.console import Console
from rich.panel import Panel
from rich.table import Table

from tests.e2e.smoke.outputs import Outputs
from tests.e2e.smoke.proof import Proof

LOG_WIDTH = 120


def show_summary(outputs: Outputs, resources: int, proof: Proof) -> None:
    """Print durations, checks, scenarios, the number of resources and the things to try."""
    console = Console(width=None if sys.stdout.isatty() else LOG_WIDTH)
    console.print()
    console.print(facts("step", "seconds", {name: f"{value:.1f}" for name, value in proof.seconds.items()}))
    console.print(facts("check", "what was seen", proof.seen))
    console.print(facts("scenario", "found", {kind: str(count) for kind, count in proof.kinds.most_common()}))
    title = f"Roadbed {outputs.environment} is up and proven: {resources} resources"
    console.print(Panel(things_to_try(outputs), title=title, expand=False))


def facts(left: str, right: str, values: Mapping[str, str]) -> Table:
    table = Table(show_edge=False, pad_edge=False, header_style="bold")
    table.add_column(left)
    table.add_column(right, justify="right" if right in ("seconds", "found") else "left")
    for name, value in values.items():
        table.add_row(name, value)
    return table


def things_to_try(outputs: Outputs) -> str:
    return "\n".join(
        [
            f"curl '{outputs.serving.url}/v1/scenarios?kind=hard_brake&limit=3'",
            f"open {outputs.serving.url}/openapi.json",
            "scripts/sql 'SELECT kind, COUNT(*) AS found FROM scenarios.scenarios GROUP BY kind' "
            f"{outputs.environment}",
        ]
    )
