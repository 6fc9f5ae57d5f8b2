"""Governance: the budget of the environment."""

from __future__ import annotations

import pulumi_gcp as gcp

from components.budget import Budget, BudgetArgs
from stacks.layers.environment import Environment


def build_governance(environment: Environment) -> Budget:
    """Make the monthly budget over the environment's project."""
    return Budget(
        f"roadbed-{environment.settings.environment}",
        BudgetArgs(
            project=gcp.organizations.get_project_output().number,
            **environment.settings.budget,
        ),
    )
