"""What a program needs of the repository: found by its imports, wherever in a file they stand."""

from __future__ import annotations

from pathlib import Path

from stacks.import_closure import import_closure

FILES = {
    "jobs/__init__.py": "",
    "jobs/shared.py": "",
    "jobs/lazy.py": "",
    "jobs/unused.py": "",
    "jobs/mining/__init__.py": "",
    "jobs/mining/main.py": "import os\nfrom jobs import shared\nfrom jobs.mining import rules\n",
    "jobs/mining/rules.py": "import numpy\ndef later():\n    from jobs.lazy import x\n",
    "jobs/mining/sql/__init__.py": "",
    "jobs/mining/sql/stop.sql": "SELECT 1",
    "jobs/mining/sql/notes.txt": "",
    "jobs/other/__init__.py": "",
    "jobs/other/other.sql": "SELECT 2",
}


def test_the_closure_holds_what_is_imported_and_the_data_beside_it(tmp_path: Path) -> None:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    assert import_closure(tmp_path, ["jobs/mining/main.py"]) == [
        "jobs/__init__.py",
        "jobs/lazy.py",
        "jobs/mining/__init__.py",
        "jobs/mining/main.py",
        "jobs/mining/rules.py",
        "jobs/mining/sql/__init__.py",
        "jobs/mining/sql/stop.sql",
        "jobs/shared.py",
    ]
