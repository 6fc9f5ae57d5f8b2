"""Times every phase of `scripts/up` on a fresh clone with an empty home, and of a second one; weighs the idle stack."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import psutil
from rich.console import Console
from rich.table import Table

from tests.e2e.checkout import checkout as checkout_at


def main() -> int:
    """Clone, up, up, down; print the table."""
    with tempfile.TemporaryDirectory() as folder:
        clone = Path(folder) / "clone"
        clone.mkdir()
        with checkout_at(clone) as made:
            (clone / ".venv").unlink()
            home = Path(folder) / "home"
            home.mkdir()
            runs = []
            for number in (1, 2):
                record = Path(folder) / f"phases-{number}"
                result = made.run(
                    "scripts/up", HOME=str(home), XDG_CACHE_HOME=str(home / ".cache"), ROADBED_PHASES=str(record)
                )
                if result.returncode != 0:
                    print(result.stdout[-3000:], file=sys.stderr)
                    return result.returncode
                runs.append(phases(record))
            memory = idle_memory(made.home)
            made.run("scripts/down")
    show(runs, memory)
    return 0


def phases(record: Path) -> dict[str, float]:
    """Seconds by phase, as scripts/common.sh noted them."""
    return {name: float(seconds) for name, seconds in (line.split("\t") for line in record.read_text().splitlines())}


def idle_memory(home: Path) -> int:
    """Bytes that all processes of a local cloud take, pages that they share counted once."""
    total = 0
    for process in psutil.process_iter(["environ"]):
        if any(str(home) in value for value in (process.info["environ"] or {}).values()):
            total += process.memory_full_info().pss
    return total


def show(runs: list[dict[str, float]], memory: int) -> None:
    table = Table("phase", "first, s", "second, s", title=f"scripts/up on {os.cpu_count()} cores", title_justify="left")
    for name in runs[0]:
        table.add_row(name, f"{runs[0][name]:.1f}", f"{runs[1].get(name, 0):.1f}")
    table.add_row("together", *(f"{sum(run.values()):.1f}" for run in runs))
    Console().print(table)
    print(f"the local stack idles in {memory / 2**20:.0f} MiB")


if __name__ == "__main__":
    sys.exit(main())
