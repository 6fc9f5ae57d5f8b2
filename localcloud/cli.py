"""The command line of a local cloud: start, stop, status, env, build, delete."""

from __future__ import annotations

import argparse
import errno
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.table import Table

from localcloud import supervisor
from localcloud.errors import LocalCloudError
from localcloud.files import DISK_FULL
from localcloud.settings import LocalCloud, home_from_environment

# Somebody else's, read-only, a file in a folder's place, a name that no folder can have, or nowhere, as below /proc.
NO_HOME = {errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOTDIR, errno.ENAMETOOLONG, errno.ELOOP, errno.ENOENT}


def main(arguments: list[str] | None = None) -> int:
    """Run one command; errors that a user can cause are one line on standard error and exit code 1."""
    options = parse_args(arguments)
    try:
        with at_home(home_from_environment()):
            cloud = LocalCloud.from_environment()
            options.command(cloud, options)
    except LocalCloudError as error:
        print(f"localcloud: {error}", file=sys.stderr)
        return 1
    return 0


@contextmanager
def at_home(home: Path) -> Iterator[None]:
    """A home that can't be is a user's error, and so is a disk that takes nothing more; neither is a fault."""
    try:
        yield
    except OSError as error:
        if error.errno in DISK_FULL:
            raise LocalCloudError(f"{home}: {error.strerror}: free space, or set LOCALCLOUD_HOME") from None
        if error.errno in NO_HOME and str(error.filename).startswith(str(home)):
            raise LocalCloudError(f"{home}: {error.strerror}: set LOCALCLOUD_HOME to a folder to write in") from None
        raise


def parse_args(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="localcloud",
        description="A cloud on this machine. LOCALCLOUD_HOME and LOCALCLOUD_PORT say where.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, command, text in (
        ("start", start, "start every service and provider that does not run"),
        ("stop", stop, "end them; what they keep on disk stays"),
        ("status", status, "show what runs, where, and in how much memory"),
        ("env", env, "print what clients need, for eval"),
        ("delete", delete, "stop, and remove everything that the cloud keeps on disk"),
    ):
        commands.add_parser(name, help=text, description=text).set_defaults(command=command)
    builder = commands.add_parser("build", help="build an image for Pods and Flex Templates from a Dockerfile")
    builder.add_argument("-f", "--file", type=Path, required=True, help="the Dockerfile")
    builder.add_argument("-t", "--tag", required=True, help="reference of the image")
    builder.add_argument(
        "--build-arg", type=build_argument, action="append", default=[], metavar="NAME=VALUE", help="value of an ARG"
    )
    builder.add_argument("context", type=Path, help="folder that the Dockerfile copies from")
    builder.set_defaults(command=build)
    return parser.parse_args(arguments)


def start(cloud: LocalCloud, _: argparse.Namespace) -> None:
    supervisor.start(cloud, progress=lambda line: print(f"  {line}", flush=True))


def stop(cloud: LocalCloud, _: argparse.Namespace) -> None:
    supervisor.stop(cloud)


def status(cloud: LocalCloud, _: argparse.Namespace) -> None:
    table = Table(title=f"local cloud in {cloud.home}", title_justify="left")
    for heading in ("program", "port", "process", "memory, MiB"):
        table.add_column(heading, justify="left" if heading == "program" else "right")
    total = 0
    for program in supervisor.status(cloud):
        total += program.memory
        ports = ", ".join(map(str, program.ports))
        table.add_row(program.name, ports, str(program.pid or "stopped"), f"{program.memory / 2**20:.0f}")
    table.add_row("together", "", "", f"{total / 2**20:.0f}")
    Console().print(table)


def env(cloud: LocalCloud, _: argparse.Namespace) -> None:
    """Shell assignments, one a line; of a cloud that does not run they would only lead clients to wait."""
    supervisor.require_running(cloud)
    for name, value in supervisor.client_environment(cloud).items():
        print(f"export {name}={shlex.quote(value)}")
    print("unset STORAGE_EMULATOR_HOST")  # whoever set it: it comes first, and makes Google's client anonymous


def delete(cloud: LocalCloud, _: argparse.Namespace) -> None:
    """Only what `start` made: LOCALCLOUD_HOME may be set to a folder that has much else in it."""
    if not cloud.home.exists():
        return
    if not supervisor.passphrase_of(cloud).exists():
        raise LocalCloudError(f"{cloud.home} is not a local cloud; nothing was deleted: check LOCALCLOUD_HOME")
    supervisor.delete(cloud)


def build(cloud: LocalCloud, options: argparse.Namespace) -> None:
    from localcloud.images import registry as images

    image = images.build(options.file, options.context, options.tag, cloud, dict(options.build_arg))
    for line in image.skipped:
        print(f"  skipped {line}")
    print(f"  {options.tag} ({image.digest[:19]})")


def build_argument(text: str) -> tuple[str, str]:
    """NAME=VALUE of --build-arg."""
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE")
    return name, value
