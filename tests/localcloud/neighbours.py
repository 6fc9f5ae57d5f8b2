"""A second local cloud beside a test's first: of a copy of the package, to which a stranger has added a service."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from localcloud.settings import LocalCloud
from tests.paths import REPOSITORY
from tests.ports import PORTS

DECLARATION = f'''"""Says hello."""

from localcloud.registry import Service

SERVICE = Service(port_offset={PORTS}, apis=("greeter",))
'''
ROUTES = '''"""Routes of the greeter."""

from localcloud.services.dispatch import Route, application


def create_app(cloud):
    return application(cloud, [Route("GET", "/v1/{name=people/*}", lambda call: {"hello": call.path["name"]})])
'''


@dataclass(frozen=True)
class Copied:
    """A cloud of the copy, told by its command line alone."""

    root: Path
    cloud: LocalCloud

    @property
    def greeter(self) -> str:
        """Address of the stranger's service."""
        return f"http://127.0.0.1:{self.cloud.port + PORTS}"

    def run(self, command: str) -> str:
        """Run `python -m localcloud COMMAND`; what it printed."""
        environment = os.environ | self.cloud.environment() | {"PYTHONPATH": str(self.root), "COLUMNS": "200"}
        done = subprocess.run(
            [sys.executable, "-m", "localcloud", command],
            cwd=self.root,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


def copied(root: Path, cloud: LocalCloud) -> Copied:
    """Copy the package, its byte code too, and add the folder of a service; nothing else is touched."""
    shutil.copytree(REPOSITORY / "localcloud", root / "localcloud")
    folder = root / "localcloud" / "services" / "greeter"
    folder.mkdir()
    (folder / "__init__.py").write_text(DECLARATION)
    (folder / "routes.py").write_text(ROUTES)
    return Copied(root, cloud)
