"""An image copies some files of the package: all that its program imports must be among them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from stacks.images import NAMES, ROOT, sources


def imported(module: Path) -> Iterator[str]:
    """The modules and packages of `pipelines` that a file imports, also inside of functions."""
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{name.name}" for name in node.names)
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names)


def file_of(name: str) -> Path | None:
    """The file of a module or package of `pipelines`; None for anything else."""
    path = ROOT / name.replace(".", "/")
    candidates = (path.with_suffix(".py"), path / "__init__.py")
    return next((file for file in candidates if name.startswith("pipelines") and file.is_file()), None)


def needed(main: Path) -> set[Path]:
    """What a program needs of the package, itself included."""
    found, todo = set(), [main]
    while todo:
        module = todo.pop()
        if module not in found:
            found.add(module)
            todo += [file for name in imported(module) if (file := file_of(name))]
    return found


@pytest.mark.parametrize("name", NAMES)
def test_an_image_has_all_that_its_program_imports(name: str) -> None:
    copied = [ROOT / source for source in sources(name)]
    modules = needed(ROOT / "pipelines" / name / "main.py")
    assert len(modules) > 5
    missing = [module for module in modules if not any(module.is_relative_to(source) for source in copied)]
    assert [str(module.relative_to(ROOT)) for module in missing] == []
