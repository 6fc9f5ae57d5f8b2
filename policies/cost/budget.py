"""A stack that can cost money has a budget, with an alert before the money is gone."""

from __future__ import annotations

from collections.abc import Iterator

from policies.cost.labels import LABEL_PROPERTY
from policies.resource_types import BUCKET, BUCKET_GRANT
from policies.rule import Resource, Stack, stack_rule

BUDGET = "gcp:billing/budget:Budget"


def budget_on(basis: str) -> Resource:
    return Resource(BUDGET, {"thresholdRules": [{"spendBasis": basis}]})


@stack_rule(
    passes=[[Resource(BUCKET), budget_on("FORECASTED_SPEND")], [Resource(BUCKET_GRANT)]],
    fails=[
        ("no gcp.billing.Budget", [Resource(BUCKET)]),
        ("FORECASTED_SPEND", [Resource(BUCKET), budget_on("CURRENT_SPEND")]),
    ],
)
def require_budget(stack: Stack) -> Iterator[str]:
    """A stack has a budget with a forecast alert."""
    if not any(resource.type in LABEL_PROPERTY for resource in stack):
        return
    budgets = [resource for resource in stack if resource.type == BUDGET]
    thresholds = [threshold for budget in budgets for threshold in budget.props.get("thresholdRules") or []]
    if not budgets:
        yield "the stack has no gcp.billing.Budget: add components.budget.Budget"
    elif not any(threshold.get("spendBasis") == "FORECASTED_SPEND" for threshold in thresholds):
        yield "no budget of the stack alerts on FORECASTED_SPEND: add a threshold that fires before the money is gone"
