"""What every layer knows of its environment."""

from __future__ import annotations

from pathlib import Path

import pulumi
import pytest

from stacks.layers import environment


def test_the_checkouts_contracts_are_read_by_name() -> None:
    assert {contract.name for contract in environment.contracts_of_checkout()} == {
        "drive_logs",
        "operations",
        "scenarios",
    }


def test_a_bad_contract_is_an_error_of_the_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "broken.odcs.yaml").write_text("kind: [")
    monkeypatch.setattr(environment, "DATASETS", tmp_path)
    with pytest.raises(pulumi.RunError, match=r"broken\.odcs\.yaml") as error:
        environment.contracts_of_checkout()
    assert "\n" not in str(error.value)
