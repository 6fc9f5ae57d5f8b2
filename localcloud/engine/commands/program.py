"""Runs the user's program in this process, as Pulumi's Python language host would in one of its own."""

from __future__ import annotations

import asyncio
import contextvars
import logging
import os
import runpy
import sys
import traceback
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pulumi
import pulumi.runtime

from localcloud.engine.commands.session import Session
from localcloud.engine.project.project import Project
from localcloud.engine.protocols.engine_service import EngineInProcess
from localcloud.engine.protocols.server import Server
from localcloud.errors import LocalCloudError

OWN_MODULES = f"{__name__.partition('.')[0]}."
"""What the engine itself may have imported meanwhile is not the program's, even if it lies in the same folder."""


class ProgramError(LocalCloudError):
    """The program failed; the message is one line for what the user set wrong, a traceback for a fault in it."""


def run_program(session: Session, server: Server, *, preview: bool) -> None:
    """Run the program against what the server serves. Each run has a context and modules of its own."""
    project = session.project
    with _surroundings(project):
        try:
            contextvars.copy_context().run(_run, session, server, preview)
        except pulumi.ConfigMissingError as error:
            raise ProgramError(f"{str(error).splitlines()[0].strip()}: set it in {session.settings_file}") from None
        except pulumi.RunError as error:
            raise ProgramError(" ".join(str(error).split())) from None
        except LocalCloudError as error:
            raise ProgramError(str(error)) from None
        except SystemExit as error:
            if error.code not in (None, 0):
                raise ProgramError(f"the program ended with exit code {error.code}") from None
        except Exception as error:  # noqa: BLE001 - whatever a program raises is shown as its own
            raise ProgramError(f"the program failed:\n{_user_traceback(error, project)}") from None


def _run(session: Session, server: Server, preview: bool) -> None:
    stack, parallel = session.stack, session.options.parallel
    pulumi.runtime.set_all_config(stack.configuration.texts, sorted(stack.configuration.secret_keys))
    pulumi.runtime.configure(
        pulumi.runtime.Settings(
            project=stack.project.name,
            stack=stack.name,
            monitor=server.address,
            engine=EngineInProcess(server.engine),
            parallel=parallel,
            dry_run=preview,
            organization=stack.organization,
            root_directory=str(stack.project.root),
        )
    )
    # Programs leave futures behind when they fail; asyncio would complain of each of them.
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    with ThreadPoolExecutor(max_workers=parallel * 4) as executor:
        loop.set_default_executor(executor)
        try:
            loop.run_until_complete(pulumi.runtime.run_in_stack(lambda: _execute(stack.project.program)))
        except BaseException:
            # So does the SDK with coroutines, of which Python would tell.
            warnings.filterwarnings("ignore", "coroutine .* was never awaited", RuntimeWarning)
            raise
        finally:
            loop.close()
            asyncio.set_event_loop(None)


def _execute(program: Path) -> None:
    runpy.run_path(str(program), run_name="__main__")


@contextmanager
def _surroundings(project: Project) -> Iterator[None]:
    """The program's folder as working folder and first on sys.path, sys.argv its own; afterwards all as before.

    Modules of the project are forgotten afterwards: a second run must make their resources again. What is installed
    stays loaded.
    """
    before, path, arguments, modules = Path.cwd(), list(sys.path), sys.argv, set(sys.modules)
    os.chdir(project.program_folder)
    sys.path.insert(0, str(project.program_folder))
    sys.argv = [str(project.program)]
    try:
        yield
    finally:
        os.chdir(before)
        sys.path[:], sys.argv = path, arguments
        for name in set(sys.modules) - modules:
            if _is_of_project(name, project):
                del sys.modules[name]
        sys.stdout.flush()
        sys.stderr.flush()


def _is_of_project(name: str, project: Project) -> bool:
    file = getattr(sys.modules[name], "__file__", None)
    if file is None or name.startswith(OWN_MODULES):
        return False
    path = Path(file)
    return path.is_relative_to(project.root) and "site-packages" not in path.parts


def _user_traceback(error: Exception, project: Project) -> str:
    """The traceback from the program's own first frame on."""
    summary = traceback.TracebackException.from_exception(error)
    folder = str(project.program_folder)
    for index, frame in enumerate(summary.stack):
        if frame.filename.startswith(folder) and "site-packages" not in frame.filename:
            summary.stack = traceback.StackSummary.from_list(summary.stack[index:])
            break
    return "".join(summary.format()).rstrip()
