"""Makes Pulumi's policies of rules, which are functions that yield one line for each violation."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from pulumi_policy import (
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)


def resource_policy(
    name: str, description: str, rule: Callable[[ResourceValidationArgs], Iterator[str]]
) -> ResourceValidationPolicy:
    """A policy that holds each resource against a rule."""

    def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
        for violation in rule(args):
            report(violation, None)

    return ResourceValidationPolicy(name, description, validate)


def stack_policy(
    name: str, description: str, rule: Callable[[StackValidationArgs], Iterator[str]]
) -> StackValidationPolicy:
    """A policy that holds the whole stack against a rule."""

    def validate(args: StackValidationArgs, report: ReportViolation) -> None:
        for violation in rule(args):
            report(violation, None)

    return StackValidationPolicy(name, description, validate)
