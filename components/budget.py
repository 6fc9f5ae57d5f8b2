"""The monthly budget of an environment, with alerts before the money is gone and on the forecast."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NotRequired

import pulumi
import pulumi_gcp as gcp
from typing_extensions import TypedDict

from components.validation import check


class BudgetSettings(TypedDict):
    """What an environment sets; the defaults are those of BudgetArgs."""

    billing_account: str
    monthly_amount: int
    currency: NotRequired[str]


@dataclass(kw_only=True)
class BudgetArgs:
    """Arguments of Budget.

    billing_account: id of the billing account.
    monthly_amount: whole units of `currency` a calendar month.
    project: number of the project whose cost counts.
    currency: ISO 4217 code of the billing account.
    thresholds: shares of the amount at which actual cost alerts.
    forecast_threshold: share of the amount at which the forecast of the month alerts.
    labels: one `key: value` pair at most, as Google's budgets filter by a single label.
    """

    billing_account: pulumi.Input[str]
    monthly_amount: pulumi.Input[int]
    project: pulumi.Input[str]
    currency: pulumi.Input[str] = "USD"
    thresholds: Sequence[pulumi.Input[float]] = (0.5, 0.9, 1.0)
    forecast_threshold: pulumi.Input[float] = 1.0
    labels: Mapping[str, pulumi.Input[str]] | None = None

    def __post_init__(self) -> None:
        self.monthly_amount = check(
            self.monthly_amount,
            lambda amount: amount > 0,
            "monthly_amount must be above 0; set what the month may cost",
        )
        self.currency = check(
            self.currency,
            lambda code: re.fullmatch(r"[A-Z]{3}", code) is not None,
            "currency is an ISO 4217 code such as USD",
        )
        if self.labels is not None and len(self.labels) > 1:
            raise pulumi.RunError(f"a budget filters by one label at most; remove some of {sorted(self.labels)}")


class Budget(pulumi.ComponentResource):
    """A billing budget.

    Outputs: name, `billingAccounts/*/budgets/*`.
    """

    name: pulumi.Output[str]

    def __init__(self, name: str, args: BudgetArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("roadbed:budget:Budget", name, None, opts)
        actual = [threshold(share, "CURRENT_SPEND") for share in args.thresholds]
        forecast = threshold(args.forecast_threshold, "FORECASTED_SPEND")
        budget = gcp.billing.Budget(
            name,
            billing_account=args.billing_account,
            display_name=name,
            amount={
                "specified_amount": {
                    "currency_code": args.currency,
                    "units": pulumi.Output.from_input(args.monthly_amount).apply(str),
                }
            },
            budget_filter={
                "projects": [pulumi.Output.concat("projects/", args.project)],
                "calendar_period": "MONTH",
                "labels": args.labels,
            },
            threshold_rules=[*actual, forecast],
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.name = budget.name
        self.register_outputs({"name": self.name})


def threshold(share: pulumi.Input[float], basis: str) -> gcp.billing.BudgetThresholdRuleArgs:
    """An alert at a share of the budget."""
    return gcp.billing.BudgetThresholdRuleArgs(threshold_percent=share, spend_basis=basis)
