"""Where a stack is deployed, read outside of the program."""

from __future__ import annotations

from pathlib import Path

import pytest

from stacks import stack_file
from stacks.stack_file import Place, StackFileError, place_of


def test_a_stacks_place_is_its_project_and_region() -> None:
    assert place_of("local") == Place("roadbed-local", "us-central1")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ("config:\n  gcp:project: fleet\n", "must set gcp:project and gcp:region"),
        ("", "must set gcp:project and gcp:region"),
        ("config: [", "can't be read"),
        (None, "can't be read"),
    ],
)
def test_settings_without_a_place_are_one_line(
    settings: str | None, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "stacks").mkdir()
    if settings is not None:
        (tmp_path / "stacks" / "Pulumi.fleet.yaml").write_text(settings)
    monkeypatch.setattr(stack_file, "ROOT", tmp_path)
    with pytest.raises(StackFileError, match=message) as error:
        place_of("fleet")
    assert "stacks/Pulumi.fleet.yaml" in str(error.value)
    assert "\n" not in str(error.value)
