"""The whole program of every stack, run once with every input held against the SDK's types."""

from __future__ import annotations

import json
import runpy
from typing import Any

import pulumi
import pytest
import yaml

from tests.checked_mocks import Deployed, run_checked
from tests.paths import STACKS

STACK_NAMES = sorted(path.name.split(".")[1] for path in STACKS.glob("Pulumi.*.yaml"))


def configuration(stack: str) -> dict[str, Any]:
    config = yaml.safe_load((STACKS / f"Pulumi.{stack}.yaml").read_text())["config"]
    return {key: value if isinstance(value, str) else json.dumps(value) for key, value in config.items()}


@pytest.fixture(scope="session", params=STACK_NAMES)
def stack(request: pytest.FixtureRequest) -> str:
    """The name of a stack."""
    return request.param


@pytest.fixture(scope="session")
def deployed(stack: str) -> Deployed:
    """What the program of the stack registers."""
    pulumi.runtime.set_all_config(configuration(stack))
    return run_checked(lambda: runpy.run_path(str(STACKS / "__main__.py"), run_name="__main__") and None)
