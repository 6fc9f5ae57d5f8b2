"""Inputs that are refused: a type, its inputs, and the reason by path."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

Refusal = tuple[str, dict[str, Any], dict[str, str]]


def each(cases: Sequence[Refusal]) -> pytest.MarkDecorator:
    """Run a test for each, named after the type and the paths."""
    names = [f"{token.rsplit(':', 1)[-1]}-{'+'.join(expected)}" for token, _, expected in cases]
    return pytest.mark.parametrize(("token", "inputs", "expected"), cases, ids=names)
