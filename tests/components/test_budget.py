"""Budget: alerts on what was spent and on the forecast."""

from __future__ import annotations

from typing import Any

import pulumi
import pytest

from components.budget import Budget, BudgetArgs
from tests.checked_mocks import Deploy


def test_the_budget_alerts_on_the_forecast(deploy: Deploy) -> None:
    args = BudgetArgs(billing_account="0-0-0", monthly_amount=2000, project="123456")
    budget = deploy(lambda: Budget("roadbed-dev", args)).one("gcp:billing/budget:Budget").inputs
    assert budget["amount"]["specifiedAmount"] == {"currencyCode": "USD", "units": "2000"}
    assert budget["thresholdRules"][-1]["spendBasis"] == "FORECASTED_SPEND"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"monthly_amount": 0}, "set what the month may cost"),
        ({"currency": "dollars"}, "ISO 4217"),
        ({"currency": "usd"}, "ISO 4217"),
        ({"currency": "U5D"}, "ISO 4217"),
        ({"labels": {"a": "1", "b": "2"}}, "one label at most"),
    ],
)
def test_refusals_say_what_to_change(change: dict[str, Any], message: str) -> None:
    known: dict[str, Any] = {"billing_account": "0-0-0", "monthly_amount": 2000, "project": "1"}
    with pytest.raises(pulumi.RunError, match=message):
        BudgetArgs(**known | change)
