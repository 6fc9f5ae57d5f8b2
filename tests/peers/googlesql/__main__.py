"""`python -m tests.peers.googlesql CHECKOUT [PART ...]`: the compliance files of a checkout of google/zetasql."""

from __future__ import annotations

import argparse
import json
import resource
import sys
from collections import Counter, defaultdict
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from tests.peers.googlesql.cases import cases_of
from tests.peers.googlesql.run import ANSWERED, BROKEN, WRONG, outcome_of

PROCESSES = 2
MEMORY_BYTES = 3 << 30


def main() -> int:
    """0 if no answer is wrong, 1 if one is; what is refused is only counted."""
    options = parse_args()
    (folder,) = options.checkout.rglob("compliance/testdata")
    cases = [
        case for case in cases_of(folder) if not options.select or any(part in case.key for part in options.select)
    ]
    table: dict[str, Counter[str]] = defaultdict(Counter)
    with ExitStack() as stack:
        pool = stack.enter_context(ProcessPoolExecutor(PROCESSES, initializer=_bound_memory))
        lines = stack.enter_context(options.log.open("w", buffering=1))
        for case, outcome in zip(cases, pool.map(outcome_of, cases, chunksize=10), strict=True):
            table[case.file][outcome.verdict] += 1
            line = {"key": case.key, "verdict": outcome.verdict, "said": outcome.said, "query": case.query}
            lines.write(json.dumps(line) + "\n")
    for file, found in sorted(table.items()):
        print(f"{file:60} {dict(found)}")
    whole: Counter[str] = sum(table.values(), Counter())
    print(len(cases), dict(whole))
    return 1 if whole[WRONG] + whole[ANSWERED] + whole[BROKEN] else 0


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.peers.googlesql", description=__doc__)
    parser.add_argument("checkout", type=Path, help="folder of a checkout of google/zetasql")
    parser.add_argument("--log", type=Path, default=Path("/dev/null"), help="file that takes a line of JSON a case")
    parser.add_argument("select", nargs="*", help="parts of the keys, FILE:NAME, of the cases to run")
    return parser.parse_args()


def _bound_memory() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))


if __name__ == "__main__":
    sys.exit(main())
