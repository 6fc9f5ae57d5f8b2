"""Makes Pulumi's policies of rules, which are functions that yield one line for each violation."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

from pulumi_policy import (
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)

Args = TypeVar("Args")


def resource_policy(
    name: str, description: str, rule: Callable[[ResourceValidationArgs], Iterator[str]]
) -> ResourceValidationPolicy:
    """A policy that holds each resource against a rule."""

    return ResourceValidationPolicy(name, description, reporting(rule))


def stack_policy(
    name: str, description: str, rule: Callable[[StackValidationArgs], Iterator[str]]
) -> StackValidationPolicy:
    """A policy that holds the whole stack against a rule."""

    return StackValidationPolicy(name, description, reporting(rule))


def reporting(rule: Callable[[Args], Iterator[str]]) -> Callable[[Args, ReportViolation], None]:
    """A rule as Pulumi calls it, with somebody to report each violation to."""

    def validate(args: Args, report: ReportViolation) -> None:
        for violation in rule(args):
            report(violation, None)

    return validate
