"""A policy pack is a process of its own."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from localcloud.engine.plugins import policy_pack
from localcloud.engine.plugins.policy_pack import start_process
from tests.localcloud.engine.plugins.conftest import PACK
from tests.localcloud.engine.workspace import Workspace
from tests.waiting import PATIENCE_S


def test_what_a_pack_says_while_it_starts_is_shown(workspace: Workspace, pack: str) -> None:
    (Path(pack) / "__main__.py").write_text(f"import sys\nprint('prices are of May', file=sys.stderr)\n{PACK}")
    assert "prices are of May\n" in workspace.up('Thing("a", value="2")', "--policy-pack", pack).err


def test_a_pack_that_does_not_end_is_killed(workspace: Workspace, pack: str, monkeypatch: pytest.MonkeyPatch) -> None:
    deaf = "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    (Path(pack) / "__main__.py").write_text(f"{deaf}{PACK}")
    monkeypatch.setattr(policy_pack, "STOP_SECONDS", 0.1)
    started = []

    def start(*given: Any) -> subprocess.Popen[str]:
        started.append(start_process(*given))
        return started[-1]

    monkeypatch.setattr(policy_pack, "start_process", start)
    workspace.up('Thing("a", value="2")', "--policy-pack", pack)
    assert [process.returncode for process in started] == [-signal.SIGKILL]


def test_a_pack_ends_with_the_engine_even_if_that_is_killed(pack: str) -> None:
    with start_process(Path(pack), Path(pack), "127.0.0.1:1", {}) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline().strip().isdigit()
        process.stdin.close()  # what the system does when the engine's process is gone
        assert process.wait(timeout=PATIENCE_S) == 0


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("PulumiPolicy.yaml", None, "there is no PulumiPolicy.yaml"),
        ("PulumiPolicy.yaml", "runtime: nodejs\n", "runs python policy packs only"),
        ("__main__.py", "import nothing_of_this_name\n", "did not start: "),
        ("__main__.py", f"print('hello')\n{PACK}", "its first line of output must be its port, not 'hello'"),
    ],
)
def test_a_pack_that_cannot_run_is_one_line(
    workspace: Workspace, pack: str, file: str, text: str | None, message: str
) -> None:
    path = Path(pack) / file
    path.unlink() if text is None else path.write_text(text)
    workspace.program("pass")
    result = workspace.run("up", "--policy-pack", pack)
    assert result.code == 1
    assert message in result.err
    assert result.err.startswith("error: ")
    assert not workspace.checkpoint.exists()
