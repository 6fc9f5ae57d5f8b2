"""What the smoke test knows of an environment: its stack outputs, nothing else."""

from __future__ import annotations

import json
import re
from pathlib import Path

from pipelines.orchestration import outputs as launching

DEFAULT_PROVIDER = re.compile(r"::pulumi:providers:[a-z]+::default")


class Serving(launching.Serving):
    """How the serving replicas are found and reached, beside the address of the snapshots that they serve."""

    kubeconfig: str
    namespace: str
    selector: str
    url: str


class Outputs(launching.Outputs):
    """The stack outputs that stacks/__main__.py exports."""

    environment: str
    serving: Serving


def count_resources(state: Path) -> int:
    """Resources in the state that `export` printed, counted as `up` does: without providers that nobody declared."""
    urns = [resource["urn"] for resource in json.loads(state.read_bytes())["deployment"]["resources"]]
    return len([urn for urn in urns if not DEFAULT_PROVIDER.search(urn)])
