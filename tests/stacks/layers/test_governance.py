"""Governance: one budget over the environment's own project."""

from __future__ import annotations

from tests.checked_mocks import Deployed


def test_the_budget_is_over_the_environments_project(deployed: Deployed) -> None:
    budget = deployed.one("gcp:billing/budget:Budget").inputs
    assert budget["budgetFilter"]["projects"] == ["projects/123456"]
    assert int(budget["amount"]["specifiedAmount"]["units"]) > 0
