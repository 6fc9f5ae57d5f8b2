"""`python -m localcloud.engine`."""

import sys

from localcloud.engine.cli import main

if __name__ == "__main__":
    sys.exit(main())
