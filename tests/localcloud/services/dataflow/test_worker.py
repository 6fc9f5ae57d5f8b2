"""A job's process is `python FILE ARG...` that ends with the service and brings its own modules."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from localcloud.services import lifeline
from tests.paths import REPOSITORY

MAIN = """\
import sys
import helper
print(__name__, sys.argv[2:], helper.WORD)
print(sys.argv[1] in sys.path)
"""


def test_it_runs_the_file_as_main_with_its_own_modules(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(MAIN)
    (tmp_path / "helper.py").write_text("WORD = 'mine'")
    worker = [sys.executable, "-P", "-m", "localcloud.services.dataflow.worker"]
    running = subprocess.Popen(
        [*worker, str(tmp_path / "main.py"), str(REPOSITORY), "--x=1"],
        cwd=tmp_path,
        env=lifeline.python_environment({"PATH": os.defpath}),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert running.stdout is not None
    output = running.stdout.read()
    assert running.wait() == 0
    assert output.splitlines() == ["__main__ ['--x=1'] mine", "False"], "what lies beside localcloud is out of sight"
