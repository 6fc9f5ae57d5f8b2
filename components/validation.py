"""Checks of a component's arguments: at construction where the value is known, on resolution where it is not."""

from __future__ import annotations

from collections.abc import Callable
from inspect import isawaitable
from typing import TypeVar

import pulumi

T = TypeVar("T")


def check(value: pulumi.Input[T], accepted: Callable[[T], bool], message: str) -> pulumi.Input[T]:
    """The value itself, or pulumi.RunError with `message`, which says what to change."""

    def checked(known: T) -> T:
        if not accepted(known):
            raise pulumi.RunError(f"{message} (it is {known!r})")
        return known

    if isinstance(value, pulumi.Output) or isawaitable(value):
        return pulumi.Output.from_input(value).apply(checked)
    return checked(value)


def check_range(low: pulumi.Input[int], high: pulumi.Input[int], name: str) -> None:
    """Refuse a range whose lower end lies above its upper end."""
    if isinstance(low, int) and isinstance(high, int) and not 0 <= low <= high:
        raise pulumi.RunError(f"{name}: the minimum {low} must be between 0 and the maximum {high}")
