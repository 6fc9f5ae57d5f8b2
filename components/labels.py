"""The labels that every resource carries, so that each cost has an owner."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Labels:
    """Who owns and pays for what is made. Values follow Google's label rule: lower-case letters, digits, - and _."""

    owner: str
    cost_center: str
    environment: str

    def of(self, component: str) -> dict[str, str]:
        """Labels of one component's resources."""
        return {
            "owner": self.owner,
            "cost-center": self.cost_center,
            "environment": self.environment,
            "component": component,
        }

    def of_dataset(self, dataset: str, owner: str, cost_center: str) -> dict[str, str]:
        """Labels of one dataset's resources: the dataset's own team owns and pays for them."""
        return {
            "owner": owner,
            "cost-center": cost_center,
            "environment": self.environment,
            "dataset": dataset.replace("_", "-"),
        }
