"""Errors that a user can cause."""

from __future__ import annotations

from pathlib import Path

import pytest

from localcloud.errors import LocalCloudError, one_line


def test_what_the_system_refuses_is_one_line_with_its_reason(tmp_path: Path) -> None:
    with pytest.raises(LocalCloudError) as caught, one_line("cannot read the settings"):
        (tmp_path / "missing").read_text()
    assert str(caught.value) == "cannot read the settings: No such file or directory"


def test_any_other_error_stays_what_it_is() -> None:
    with pytest.raises(KeyError), one_line("cannot read the settings"):
        raise KeyError("name")
