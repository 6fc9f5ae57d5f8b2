"""The process of a Dataflow job: `python -P -m localcloud.services.dataflow.worker FILE ARG...` runs FILE as __main__.

It is `python FILE ARG...`, but ends with the service, and knows the runner that FILE is told to use.
"""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

from localcloud.services import lifeline


def main() -> None:
    """Run the file named by the first argument."""
    lifeline.hold_on()
    # Imported now, because below the job loses sight of what lies beside localcloud: it must bring its own modules.
    import localcloud.services.dataflow.runner  # noqa: F401

    lifeline.hide_package()
    sys.argv = sys.argv[1:]
    sys.path.insert(0, str(Path(sys.argv[0]).parent))
    runpy.run_path(sys.argv[0], run_name="__main__")


if __name__ == "__main__":
    main()
