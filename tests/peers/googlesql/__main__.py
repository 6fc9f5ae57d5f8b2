"""`python -m tests.peers.googlesql CHECKOUT [PART [LOG]]`: the compliance files of a checkout.

PART narrows to cases whose key has it; LOG is a file that takes a line of JSON a case.
"""

from __future__ import annotations

import json
import resource
import sys
from collections import Counter, defaultdict
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from tests.peers.googlesql.cases import cases_of
from tests.peers.googlesql.run import outcome_of

PROCESSES = 2
MEMORY_BYTES = 3 << 30


def main(checkout: str, part: str = "", log: str = "/dev/null") -> int:
    (folder,) = Path(checkout).rglob("compliance/testdata")
    cases = [case for case in cases_of(folder) if part in case.key]
    table: dict[str, Counter[str]] = defaultdict(Counter)
    with ExitStack() as stack:
        pool = stack.enter_context(ProcessPoolExecutor(PROCESSES, initializer=_bound_memory))
        lines = stack.enter_context(Path(log).open("w", buffering=1))
        for case, outcome in zip(cases, pool.map(outcome_of, cases, chunksize=10), strict=True):
            table[case.file][outcome.verdict] += 1
            line = {"key": case.key, "verdict": outcome.verdict, "said": outcome.said, "query": case.query}
            lines.write(json.dumps(line) + "\n")
    for file, found in sorted(table.items()):
        print(f"{file:60} {dict(found)}")
    print(len(cases), dict(sum(table.values(), Counter())))
    return 0


def _bound_memory() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
