"""The house's own rules: a test for each module at its place, and nothing too long to be read at once."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from pathlib import PurePosixPath

from tests.paths import REPOSITORY

FILE_LINES, FUNCTION_LINES, CONSTRUCTOR_LINES = 300, 60, 40
LOCKS = ".lock"
EXEMPT_NAMES = {"__init__.py", "__main__.py"}
"""A package's front and a program's start have no behaviour of their own."""
WITH_EXAMPLES = ("policies/cost/", "policies/security/")
"""Rules carry their examples beside them; tests/policies/test_rule.py runs them."""


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
