"""A rule: a function that yields a line for each violation, registered where it is written, its examples beside it."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from pulumi_policy import (
    EnforcementLevel,
    Policy,
    PolicyPack,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)


@dataclass(frozen=True)
class Resource:
    """A resource as rules see it: its type token and its inputs under Pulumi's names."""

    type: str
    props: Mapping[str, Any] = field(default_factory=dict)


Stack = Sequence[Resource]
Subject = TypeVar("Subject", Resource, Stack)


@dataclass(frozen=True)
class Rule(Generic[Subject]):
    """One rule of a pack.

    passes: what it must find nothing in.  fails: what it must report, by a part of the message.
    """

    name: str
    description: str
    check: Callable[[Subject], Iterator[str]]
    policy: Callable[[Rule[Any]], Policy]
    passes: Sequence[Subject]
    fails: Sequence[tuple[str, Subject]]


def resource_rule(
    *, passes: Sequence[Resource], fails: Sequence[tuple[str, Resource]]
) -> Callable[[Callable[[Resource], Iterator[str]]], Rule[Resource]]:
    """Make a function the rule of its name, which each resource is held against; its docstring describes it."""
    return lambda check: Rule(*named(check), check, resource_policy, passes, fails)


def stack_rule(
    *, passes: Sequence[Stack], fails: Sequence[tuple[str, Stack]]
) -> Callable[[Callable[[Stack], Iterator[str]]], Rule[Stack]]:
    """Make a function the rule of its name, which the stack's resources are held against together."""
    return lambda check: Rule(*named(check), check, stack_policy, passes, fails)


def named(check: Callable[..., Any]) -> tuple[str, str]:
    """Name and description of a rule, from its function."""
    return check.__name__.replace("_", "-"), (check.__doc__ or "").strip()


def resource_policy(rule: Rule[Resource]) -> Policy:
    def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
        for violation in rule.check(Resource(args.resource_type, args.props)):
            report(violation, None)

    return ResourceValidationPolicy(rule.name, rule.description, validate)


def stack_policy(rule: Rule[Stack]) -> Policy:
    def validate(args: StackValidationArgs, report: ReportViolation) -> None:
        for violation in rule.check([Resource(one.resource_type, one.props) for one in args.resources]):
            report(violation, None)

    return StackValidationPolicy(rule.name, rule.description, validate)


def rules_of(package: str) -> list[Rule[Any]]:
    """Every rule that is written in a module of the package."""
    folder = importlib.import_module(package).__path__
    modules = [
        importlib.import_module(f"{package}.{module.name}")
        for module in pkgutil.iter_modules(folder)
        if module.name != "__main__"
    ]
    return [value for module in modules for value in vars(module).values() if isinstance(value, Rule)]


def mandatory_pack(name: str, package: str) -> PolicyPack:
    """The pack of a package's rules, as Pulumi's policy engine runs it. None of its violations may be deployed."""
    policies = [rule.policy(rule) for rule in rules_of(package)]
    return PolicyPack(name=name, enforcement_level=EnforcementLevel.MANDATORY, policies=policies)
