"""`python -m tests.peers SUITE CHECKOUT`: a peer's own suite against the local cloud that runs."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from localcloud import supervisor
from localcloud.errors import LocalCloudError
from localcloud.settings import LocalCloud
from tests.peers.runner import Suite, SuiteError, judged, run

FOLDER = Path(__file__).parent


def main() -> int:
    """0 if nothing failed that the suite's file does not list; 1 if something did; 2 if the suite could not run."""
    options = parse_args()
    try:
        suite = Suite.read(FOLDER / f"{options.suite}.yaml")
        cloud = LocalCloud.from_environment()
        supervisor.require_running(cloud)
        verdict = judged(suite, run(suite, options.checkout, cloud, options.python, options.select))
    except (LocalCloudError, SuiteError) as error:
        print(f"peers: {error}", file=sys.stderr)
        return 2
    print(verdict.text())
    return 1 if verdict.unexpected else 0


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.peers", description=__doc__)
    parser.add_argument("suite", choices=sorted(path.stem for path in FOLDER.glob("*.yaml")))
    parser.add_argument("checkout", type=Path, help="folder of the suite's repository")
    parser.add_argument(
        "--python", type=Path, default=Path(sys.executable), help="of an environment with what it needs"
    )
    parser.add_argument("select", nargs="*", help="what to give to pytest in the place of the suite's own tests")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
