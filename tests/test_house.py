"""The house's own rules: a test for each module at its place, nothing too long to be read at once, nothing unused."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from vulture import Vulture

from tests.paths import REPOSITORY

FILE_LINES, FUNCTION_LINES, CONSTRUCTOR_LINES = 300, 60, 40
LOCKS = ".lock"
EXEMPT_NAMES = {"__init__.py", "__main__.py"}
"""A package's front and a program's start have no behaviour of their own."""
WITH_EXAMPLES = ("policies/cost/", "policies/security/")
"""Rules carry their examples beside them; tests/policies/test_rule.py runs them."""

ONLY_LINUX = (
    r"/proc/|/dev/shm|prctl\(|pidfd|sched_[gs]et|memfd|inotify|\bsetsid |\bsha256sum|readlink -f|\brealpath |\bflock |"
    r"\btimeout [0-9]|%N\b|sed -i|\bmapfile|\bnproc"
)
"""Files, calls and programs that macOS has not, whose bash is 3.2."""

CODE = ("stacks", "components", "pipelines", "policies", "localcloud", "scripts")
REGISTERED_BY = ["@resource_rule", "@stack_rule", "@answers", "@app.*"]
"""Decorators that hand a function to whoever calls it."""
CALLED_FROM_OUTSIDE = {
    "localcloud/engine/protocols/*.py": "programs, providers and policy packs, over gRPC",
    "localcloud/providers/server.py": "engines, over gRPC",
    "localcloud/providers/gcp/resources/*.py": "nobody by name: a class registers itself",
    "localcloud/images/build.py": "the name of a Dockerfile's instruction",
    "localcloud/gateway/calls.py": "gRPC, whose handler it is",
    "localcloud/services/dataflow/runner.py": "Beam, by --runner",
    "localcloud/services/iceberg/file_io.py": "PyIceberg, whose method it replaces",
    "localcloud/services/kubernetes/gke/runtime.py": "uvicorn, whose method it replaces",
    "localcloud/services/kubernetes/network/service_proxy.py": "asyncio, whose protocol it is",
    "pipelines/serving/http/connection.py": "asyncio and httptools, whose protocol it is",
    "pipelines/serving/metrics.py": "prometheus_client, whose collector it is",
    "pipelines/storage.py": "io, whose reader it is",
}
"""Where something is called by a name that stands in no code of ours, and by whom."""


def tracked(*patterns: str) -> list[str]:
    """The repository's files, those that are not committed yet included."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", *patterns]
    listed = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True).stdout.splitlines()
    return [name for name in listed if (REPOSITORY / name).is_file()]


def modules() -> Iterator[PurePosixPath]:
    """Every module that has to have a test."""
    for name in tracked("*.py"):
        path = PurePosixPath(name)
        if path.parts[0] != "tests" and path.name not in EXEMPT_NAMES and not name.startswith(WITH_EXAMPLES):
            yield path


def test_every_module_has_its_test_at_its_place() -> None:
    """The test of a/b/c.py is tests/a/b/test_c.py."""
    missing = {
        str(module): f"tests/{module.parent}/test_{module.name}"
        for module in modules()
        if not (REPOSITORY / "tests" / module.parent / f"test_{module.name}").is_file()
    }
    assert missing == {}


def test_no_file_is_too_long() -> None:
    lengths = {name: text.count("\n") for name in tracked() if (text := content(name)) is not None}
    assert {name: length for name, length in lengths.items() if length > FILE_LINES} == {}


def content(name: str) -> str | None:
    """A file's text; None of a lock file, and of one that holds no text."""
    try:
        return None if name.endswith(LOCKS) else (REPOSITORY / name).read_text()
    except UnicodeDecodeError:
        return None


def test_nothing_needs_linux() -> None:
    """README names macOS: what only Linux has is replaced, or refused with one line. Images are Linux's."""
    names = [name for name in tracked("*.py", "scripts", ".ci") if not name.startswith("tests/test_house")]
    found = {name: re.findall(ONLY_LINUX, text) for name in names if (text := content(name)) is not None}
    assert {name: words for name, words in found.items() if words} == {}


def test_file_names_differ_by_more_than_case() -> None:
    """As the file systems of macOS have it."""
    names = tracked()
    assert len({name.casefold() for name in names}) == len(names)


def test_no_function_is_too_long() -> None:
    too_long: dict[str, int] = {}
    for name in tracked("*.py"):
        for node in ast.walk(ast.parse((REPOSITORY / name).read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno is not None:
                limit = CONSTRUCTOR_LINES if node.name == "__init__" else FUNCTION_LINES
                length = node.end_lineno - node.lineno + 1
                if length > limit:
                    too_long[f"{name}:{node.lineno} {node.name}"] = length
    assert too_long == {}


def test_nothing_is_unused() -> None:
    """Neither do tests count as users: what only they call is theirs."""
    vulture = Vulture(ignore_decorators=REGISTERED_BY)
    vulture.scavenge([REPOSITORY / folder for folder in CODE])
    unused: list[str] = []
    for found in vulture.get_unused_code(min_confidence=60):
        file = Path(found.filename).relative_to(REPOSITORY)
        if found.typ in ("function", "method", "property", "class") and not any(map(file.match, CALLED_FROM_OUTSIDE)):
            unused.append(f"{file}:{found.first_lineno} {found.name}")
    assert unused == []
