"""Which files of the repository a program needs: itself, what it imports, and the data that its packages hold."""

from __future__ import annotations

from collections.abc import Iterable
from modulefinder import ModuleFinder
from pathlib import Path

DATA = {".sql"}
"""Endings of files that code reads from its own package."""


def import_closure(root: Path, mains: Iterable[str]) -> list[str]:
    """Paths below `root` of the main files, all modules that they import from there, and the data of their packages."""
    needed: set[Path] = set()
    for main in mains:
        finder = ModuleFinder(path=[str(root)])
        finder.run_script(str(root / main))
        needed |= {Path(file) for module in finder.modules.values() if (file := vars(module)["__file__"])}
    packages = {file.parent for file in needed if file.name == "__init__.py" and file.parent.parent != root}
    data = {file for package in packages for file in package.rglob("*") if file.suffix in DATA}
    markers = {marker for file in data if (marker := file.with_name("__init__.py")).exists()}
    return sorted(str(file.relative_to(root)) for file in needed | data | markers)
