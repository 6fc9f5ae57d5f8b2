"""Rules and packs: each rule's examples hold, and a rule is enforced from the moment it is written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import policies.cost
from policies.rule import Resource, Rule, resource_rule, rules_of, stack_rule

PACKS = ("policies.cost", "policies.security")
RULES: list[Rule[Any]] = [rule for pack in PACKS for rule in rules_of(pack)]

RULE_OF_A_STRANGER = '''
"""Topics name the team that reads them."""

from policies.rule import Resource, resource_rule

TOPIC = "gcp:pubsub/topic:Topic"


@resource_rule(passes=[Resource(TOPIC, {"labels": {"reader": "x"}})], fails=[("reader", Resource(TOPIC))])
def require_readers(resource):
    """Topics have a reader."""
    if resource.type == TOPIC and "reader" not in (resource.props.get("labels") or {}):
        yield "labels lack reader: name who reads the topic"
'''


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_finds_nothing_in_what_passes(rule: Rule[Any]) -> None:
    assert rule.passes
    for example in rule.passes:
        assert list(rule.check(example)) == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_reports_what_fails(rule: Rule[Any]) -> None:
    assert rule.fails
    for message, example in rule.fails:
        assert any(message in found for found in rule.check(example)), message


def test_a_rule_is_named_and_described_by_its_function() -> None:
    @resource_rule(passes=[Resource("a")], fails=[("never", Resource("b"))])
    def forbid_b(resource: Resource):
        """Nothing is a b."""
        if resource.type == "b":
            yield "never a b"

    assert (forbid_b.name, forbid_b.description) == ("forbid-b", "Nothing is a b.")
    policy = forbid_b.policy(forbid_b)
    assert (policy.name, policy.description) == ("forbid-b", "Nothing is a b.")


def test_a_stack_rule_sees_all_resources_together() -> None:
    @stack_rule(passes=[[Resource("a")]], fails=[("two", [Resource("a"), Resource("a")])])
    def forbid_two(stack: Any):
        """One is enough."""
        if len(stack) > 1:
            yield "two are too many"

    assert list(forbid_two.check([Resource("a"), Resource("a")])) == ["two are too many"]
    assert forbid_two.policy(forbid_two).name == "forbid-two"


def test_names_are_unique_over_all_packs() -> None:
    names = [rule.name for rule in RULES]
    assert len(names) == len(set(names)) == 10


def test_a_stranger_adds_a_rule_by_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a folder of rules holds is enforced: nothing else names the rule."""
    (tmp_path / "topics.py").write_text(RULE_OF_A_STRANGER)
    monkeypatch.setattr(policies.cost, "__path__", [*policies.cost.__path__, str(tmp_path)])
    (added,) = [rule for rule in rules_of("policies.cost") if rule not in RULES]
    assert added.name == "require-readers"
    assert list(added.check(added.fails[0][1])) == ["labels lack reader: name who reads the topic"]
