"""Labels: who owns and pays, for the platform's parts and for datasets of teams."""

from __future__ import annotations

from components.labels import Labels

LABELS = Labels(owner="data-platform", cost_center="platform", environment="dev")


def test_a_component_is_the_platforms() -> None:
    assert LABELS.of("spark") == {
        "owner": "data-platform",
        "cost-center": "platform",
        "environment": "dev",
        "component": "spark",
    }


def test_a_dataset_is_its_own_teams() -> None:
    assert LABELS.of_dataset("vendor_labels", owner="perception", cost_center="fleet") == {
        "owner": "perception",
        "cost-center": "fleet",
        "environment": "dev",
        "dataset": "vendor-labels",
    }
