"""The program of every stack as a whole: its inventory, and that no policy is violated."""

from __future__ import annotations

from collections import defaultdict
from itertools import chain
from typing import Any

import pytest
import yaml

from policies.rule import Resource, Rule, rules_of
from tests.checked_mocks import Deployed
from tests.paths import REPOSITORY

INVENTORY = REPOSITORY / "tests" / "inventories" / "platform.yaml"
RULES: list[Rule[Any]] = [*rules_of("policies.cost"), *rules_of("policies.security")]


def test_the_inventory_is_what_the_platform_is_made_of(deployed: Deployed, stack: str) -> None:
    """A name that changes here replaces the resource in every environment: give it an alias."""
    found: dict[str, list[str]] = defaultdict(list)
    for resource in deployed.resources:
        found[resource.type].append(resource.name)
    expected = yaml.safe_load(INVENTORY.read_text().replace("{environment}", stack))
    assert {type_token: sorted(names) for type_token, names in found.items()} == expected


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_no_policy_is_violated(deployed: Deployed, rule: Rule[Any]) -> None:
    resources = [Resource(one.type, one.inputs) for one in deployed.resources]
    of_stack = isinstance(rule.passes[0], list)
    assert list(rule.check(resources) if of_stack else chain(*map(rule.check, resources))) == []
