"""The command line: `python -m localcloud.engine preview|up|destroy|outputs|export --cwd DIR --stack NAME`."""

from __future__ import annotations

import argparse
import gc
import os
import re
import sys
from pathlib import Path

from localcloud.engine.commands.session import DEFAULT_PARALLEL, Options
from localcloud.errors import LocalCloudError
from localcloud.proxies import direct_environment


def main(arguments: list[str] | None = None) -> int:
    """Run one command; its exit code. What a user did wrong is one line on stderr."""
    given = _parser().parse_args(arguments)
    # gRPC tells of every connection that ends, on the user's screen.
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    # It would also call this very process through a proxy.
    os.environ.update(direct_environment())
    try:
        options = _options(given)
        if given.command in ("outputs", "export"):
            from localcloud.engine.commands import views

            return views.export(options) if given.command == "export" else views.outputs(options, as_json=given.json)
        # Millions of objects are made while SDKs are imported, and hardly any becomes garbage.
        gc.set_threshold(200_000, 20, 100)
        # Imported late: this pulls in Pulumi's SDK, which takes a second.
        from localcloud.engine.commands import operations

        commands = {"preview": operations.preview, "up": operations.up, "destroy": operations.destroy}
        return commands[given.command](options)
    except LocalCloudError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("error: interrupted", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="engine", description="Deploy a Pulumi Python project, without Pulumi's CLI.")
    commands = parser.add_subparsers(dest="command", required=True)
    texts = {
        "preview": "show what `up` would do",
        "up": "bring the stack to what the program says",
        "destroy": "delete everything the stack has",
        "outputs": "print the stack's outputs",
        "export": "print the stack's state, as `pulumi stack export` does",
    }
    for name, text in texts.items():
        command = commands.add_parser(name, help=text, description=text, allow_abbrev=False)
        command.add_argument("--cwd", type=Path, default=Path(), help="folder of the project (default: here)")
        command.add_argument("--stack", required=True, help="name of the stack")
        command.add_argument("--config-file", type=Path, help="settings file (default: Pulumi.<stack>.yaml)")
        command.add_argument("--config", action="append", default=[], metavar="KEY=VALUE", help="set a value")
        command.add_argument("--show-secrets", action="store_true", help="show secret values")
        if name in ("preview", "up", "destroy"):
            command.add_argument("--parallel", type=int, default=DEFAULT_PARALLEL, help="operations at a time")
        if name in ("preview", "up"):
            command.add_argument("--policy-pack", type=Path, action="append", default=[], metavar="DIR")
            command.add_argument("--expect-no-changes", action="store_true", help="fail if there are changes")
        if name == "outputs":
            command.add_argument("--json", action="store_true", help="as one JSON object")
    return parser


def _options(given: argparse.Namespace) -> Options:
    if not re.fullmatch(r"[A-Za-z0-9_.-]{1,100}", given.stack):
        raise LocalCloudError(f"--stack {given.stack!r}: a name has letters, digits, '_', '.' and '-' only")
    parallel = getattr(given, "parallel", DEFAULT_PARALLEL)
    if parallel < 1:
        raise LocalCloudError("--parallel must be at least 1")
    return Options(
        cwd=given.cwd.absolute(),
        stack=given.stack,
        config_file=given.config_file.absolute() if given.config_file else None,
        config=given.config,
        policy_packs=[folder.absolute() for folder in getattr(given, "policy_pack", [])],
        parallel=parallel,
        show_secrets=given.show_secrets,
        expect_no_changes=getattr(given, "expect_no_changes", False),
    )
