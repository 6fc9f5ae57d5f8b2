"""Policy packs: judged before anything is touched."""

from __future__ import annotations

import signal
import subprocess
import textwrap
from pathlib import Path
from typing import Any

import pytest

from localcloud.engine.plugins import policy_pack
from localcloud.engine.plugins.policy_pack import start_process
from tests.localcloud.engine.conftest import Workspace

PACK = """\
from pulumi_policy import EnforcementLevel, PolicyPack, ResourceValidationPolicy, StackValidationPolicy


def no_ones(args, report):
    if args.resource_type == "test:index:Thing" and args.props.get("value") == "1":
        report("ones are not allowed")


def few(args, report):
    things = [r for r in args.resources if r.resource_type == "test:index:Thing"]
    if len(things) > 3:
        report(f"{len(things)} things are too many")


def identified(args, report):
    for resource in args.resources:
        if resource.resource_type == "test:index:Thing" and resource.props.get("identity") == "id-2":
            report("the second of its kind", resource.urn)


def labelled(args):
    if args.resource_type == "test:index:Thing" and "label" not in args.props:
        return {**args.props, "label": "made by policy"}
    return None


PolicyPack(
    "pack",
    enforcement_level=EnforcementLevel.MANDATORY,
    policies=[
        ResourceValidationPolicy("no-ones", "Forbids ones.", no_ones),
        StackValidationPolicy("few", "At most three things.", few),
        StackValidationPolicy("identified", "No second.", identified, EnforcementLevel.ADVISORY),
        ResourceValidationPolicy(
            "labelled", "Labels.", remediate=labelled, enforcement_level=EnforcementLevel.REMEDIATE
        ),
    ],
)
"""


@pytest.fixture
def pack(tmp_path: Path) -> str:
    folder = tmp_path / "pack"
    folder.mkdir()
    (folder / "PulumiPolicy.yaml").write_text("runtime: python\nversion: 0.1.0\n")
    (folder / "__main__.py").write_text(textwrap.dedent(PACK))
    return str(folder)


def test_a_mandatory_violation_stops_before_anything_is_made(workspace: Workspace, pack: str) -> None:
    workspace.program('Thing("good", value="2")\nThing("bad", value="1")')
    result = workspace.run("up", "--policy-pack", pack)
    assert result.code == 1
    assert (
        "policy violation (mandatory) pack/no-ones: test:index:Thing bad: Forbids ones. ones are not allowed"
        in result.err
    )
    assert workspace.provider.things == {}
    assert not workspace.checkpoint.exists()
    assert workspace.run("preview", "--policy-pack", pack).code == 1


def test_a_violation_of_the_whole_stack_stops_too(workspace: Workspace, pack: str) -> None:
    workspace.program('for i in range(4):\n    Thing(f"thing-{i}")')
    result = workspace.run("up", "--policy-pack", pack)
    assert result.code == 1
    assert "pack/few: At most three things. 4 things are too many" in result.err
    assert workspace.provider.things == {}


def test_what_passes_is_deployed_and_remedied(workspace: Workspace, pack: str) -> None:
    result = workspace.up('Thing("good", value="2")', "--policy-pack", pack)
    assert "Resources: 2 created" in result.out
    assert workspace.provider.things["id-1"] == {"value": "2", "label": "made by policy"}
    assert "remedied by policy pack/labelled" in result.out
    workspace.provider.calls.clear()
    again = workspace.up(None, "--policy-pack", pack)
    assert "Resources: 2 unchanged" in again.out
    # The preview pass found no change, so there was no other pass.
    assert workspace.provider.names("check") == ["check good"]


def test_values_that_become_known_are_judged_when_they_are(workspace: Workspace, pack: str) -> None:
    workspace.program("""
        first = Thing("first", value="0")
        Thing("second", value=first.identity.apply(lambda identity: identity.removeprefix("id-")))
    """)
    result = workspace.run("up", "--policy-pack", pack)
    assert result.code == 1
    assert "no-ones" in result.err
    assert workspace.provider.names("create") == ["create first"]
    assert set(workspace.resources()) == {"demo-local", "default", "first"}


def test_advisory_violations_are_only_shown(workspace: Workspace, pack: str) -> None:
    result = workspace.up('Thing("a", value="2", opts=O())\nThing("b", value="3")', "--policy-pack", pack)
    assert "policy violation (advisory) pack/identified" in result.err
    assert len(workspace.provider.things) == 2


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
        assert process.wait(timeout=30) == 0


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
