"""Which version of Pulumi a project or a program may require."""

from __future__ import annotations

import pytest

from localcloud.engine.project.versions import satisfies
from localcloud.errors import LocalCloudError
from tests.localcloud.engine.workspace import Workspace


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (">=3.0.0", True),
        ("> 3.260.0", True),
        (">3.272.0", False),
        ("3.272.0", True),
        ("!3.272.0", False),
        (">=3.5.0 !3.7.7 <4.0.0", True),
        ("<3.0.0 || >3.200.0", True),
        ("<3.0.0 || >4.0.0", False),
        ("3.x", True),
        ("3.272.x", True),
        (">3.272.x", False),
        ("<=3.272.x", True),
    ],
)
def test_ranges(text: str, expected: bool) -> None:
    assert satisfies("3.272.0", text) is expected


@pytest.mark.parametrize("text", ["", "three", ">=3", "=>3.0.0", ">=3.0.0 ||", ">=3.0.0-"])
def test_other_texts_are_no_ranges(text: str) -> None:
    with pytest.raises(LocalCloudError, match="is not a version range"):
        satisfies("3.272.0", text)


def test_a_program_that_requires_another_version_is_refused(workspace: Workspace) -> None:
    workspace.up('pulumi.require_pulumi_version(">=3.0.0")')
    assert "does not satisfy the version range '>=99.0.0'" in workspace.refused(
        'pulumi.require_pulumi_version(">=99.0.0")'
    )


def test_so_is_a_project(workspace: Workspace) -> None:
    settings = workspace.folder / "Pulumi.yaml"
    settings.write_text(settings.read_text() + 'requiredPulumiVersion: "<3.0.0"\n')
    assert "does not satisfy the version range '<3.0.0'" in workspace.refused("pass")
