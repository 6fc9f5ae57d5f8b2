"""The command line of a local cloud: start, stop, status, env, build, delete."""

from __future__ import annotations

import argparse
import errno
import shlex
import shutil
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

from localcloud import supervisor
from localcloud.errors import LocalCloudError
from localcloud.settings import LocalCloud

# What a full disk, a full quota, a read-only disk or a folder of somebody else answers.
UNWRITABLE = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES}


def main(arguments: list[str] | None = None) -> int:
    """Run one command; errors that a user can cause are one line on standard error and exit code 1."""
    options = parse_args(arguments)
    cloud = LocalCloud.from_environment()
    try:
        options.command(cloud, options)
    except LocalCloudError as error:
        print(f"localcloud: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        if error.errno not in UNWRITABLE:
            raise
        print(f"localcloud: {cloud.home}: {error.strerror}: free space, or set LOCALCLOUD_HOME", file=sys.stderr)
        return 1
    return 0


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
    """Shell assignments, one a line."""
    for name, value in supervisor.client_environment(cloud).items():
        print(f"export {name}={shlex.quote(value)}")


def delete(cloud: LocalCloud, _: argparse.Namespace) -> None:
    supervisor.stop(cloud)
    if cloud.home.exists():
        shutil.rmtree(cloud.home)


def build(cloud: LocalCloud, options: argparse.Namespace) -> None:
    from localcloud import images

    try:
        image = images.build(options.file, options.context, options.tag, cloud)
    except images.ImageError as error:
        raise LocalCloudError(str(error)) from None
    print(f"  {options.tag} ({image.digest[:19]})")
