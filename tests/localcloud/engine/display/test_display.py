"""What a person sees."""

from __future__ import annotations

import pytest

from localcloud.engine.checkpoint.state import ResourceState
from localcloud.engine.display.display import Display, Op, render_outputs
from localcloud.wire import values
from localcloud.wire.values import UNKNOWN
from tests.localcloud.engine.workspace import Workspace


def test_a_slow_step_says_what_its_provider_is_at(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    told = Display.progress

    def progress(display: Display, urn: str, text: str) -> None:
        told(display, urn, text)
        display._tell_of_slow(urn)

    monkeypatch.setattr(Display, "progress", progress)
    workspace.provider.progress = {"slow": "1 of 3 replicas available"}
    lines = workspace.up('Thing("slow")').out.splitlines()
    (shown,) = [line for line in lines if "replicas" in line]
    assert shown.endswith("test:index:Thing slow  creating: 1 of 3 replicas available")


def test_outputs_are_shown_in_order_without_secrets_and_with_words_for_unknowns() -> None:
    outputs = {"b": values.secret({"deep": 1}), "a": [UNKNOWN, values.secret(2)], "c": "text"}
    assert list(render_outputs(outputs, show_secrets=False).items()) == [
        ("a", ["[unknown]", "[secret]"]),
        ("b", "[secret]"),
        ("c", "text"),
    ]
    assert render_outputs(outputs, show_secrets=True) == {"a": ["[unknown]", 2], "b": {"deep": 1}, "c": "text"}


def test_what_a_quiet_pass_holds_back_is_shown_when_no_other_follows(capsys: pytest.CaptureFixture[str]) -> None:
    display = Display(preview=True, quiet=True)
    display.warn("watch out")
    display.violation("pack", "rule", False, "better\n  not", "")
    display.finished(Op.CREATE, ResourceState(urn="urn:pulumi:s::p::t:i:T::n", type="t:i:T", custom=True))
    assert capsys.readouterr().err == ""
    display.violation("pack", "rule", True, "no", "")
    display.release()
    assert capsys.readouterr().err.splitlines() == [
        "policy violation (mandatory) pack/rule: no",
        "warning: watch out",
        "policy violation (advisory) pack/rule: better not",
    ]
    display.summary()
    assert "Resources: 1 to create\n" in capsys.readouterr().out
    assert display.errors == 1


def test_default_providers_are_not_shown_nor_counted(capsys: pytest.CaptureFixture[str]) -> None:
    display = Display(preview=False)
    urn = "urn:pulumi:s::p::pulumi:providers:gcp::default_10_2_0"
    display.finished(Op.CREATE, ResourceState(urn=urn, type="pulumi:providers:gcp", custom=True))
    display.summary()
    assert capsys.readouterr().out.splitlines()[0] == "Resources: none"


def test_long_outputs_are_shortened(capsys: pytest.CaptureFixture[str]) -> None:
    display = Display(preview=False)
    display.outputs({"short": "x", "long": "y" * 200})
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Outputs (shortened; `outputs` shows them whole):"
    assert lines[1:] == [f"    long   {'y' * 96} ...", "    short  x"]
