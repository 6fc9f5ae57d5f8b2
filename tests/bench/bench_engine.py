"""How long the embedded engine takes for stacks of 10 to 3,000 resources, on a provider that does nothing.

    python tests/bench/bench_engine.py [COUNT ...]

Prints seconds, and milliseconds of processor time for each resource beyond what the engine takes for none, which other
programs on the machine disturb less: it is to be the same in every row.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.localcloud.engine.fake_provider import FakeProvider, serving
from tests.localcloud.engine.workspace import PRELUDE
from tests.paths import REPOSITORY

COUNTS = (10, 100, 1000, 3000)
COMMANDS = {"first up": "up", "up again": "up", "preview": "preview", "destroy": "destroy"}

# Of each ten resources nine depend on the tenth; inputs are of the size of a bucket's.
PROGRAM = """
for number in range({count}):
    if number % 10 == 0:
        owner = Thing(f"owner-{{number}}", value=str(number), labels={{"owner": "bench", "cost-center": "none"}})
    else:
        Thing(f"thing-{{number}}", value=owner.identity, rules=[{{"age": 30, "action": {{"type": "Delete"}}}}] * 3)
"""


def measure(count: int) -> list[tuple[float, float]]:
    """Seconds and processor seconds of each command on a stack of so many resources."""
    with tempfile.TemporaryDirectory() as folder, serving(FakeProvider()) as port:
        project = Path(folder) / "project"
        project.mkdir()
        (project / "Pulumi.yaml").write_text("name: bench\nruntime: python\n")
        (project / "__main__.py").write_text(PRELUDE + PROGRAM.format(count=count))
        environment = {
            **os.environ,
            "PYTHONPATH": str(REPOSITORY),
            "PULUMI_BACKEND_URL": f"file://{folder}/state",
            "PULUMI_CONFIG_PASSPHRASE": "",
            "PULUMI_DEBUG_PROVIDERS": f"test:{port}",
        }
        return [timed(command, project, environment) for command in COMMANDS.values()]


def timed(command: str, project: Path, environment: dict[str, str]) -> tuple[float, float]:
    start, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [sys.executable, "-m", "localcloud.engine", command, "--cwd", str(project), "--stack", "local"],
        env=environment,
        stdout=subprocess.DEVNULL,
        check=True,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.perf_counter() - start, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    counts = [int(text) for text in sys.argv[1:]] or COUNTS
    alone = measure(0)
    table = Table("resources", *COMMANDS, title="embedded engine, s (processor ms a resource)", title_justify="left")
    for count in counts:
        cells = [
            f"{seconds:.1f} ({(busy - base) / count * 1000:.1f})"
            for (seconds, busy), (_, base) in zip(measure(count), alone, strict=True)
        ]
        table.add_row(str(count), *cells)
    Console().print(table)


if __name__ == "__main__":
    main()
