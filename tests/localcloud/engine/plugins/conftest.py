"""A policy pack in a temporary folder."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

PACK = """\
from pulumi_policy import EnforcementLevel, PolicyPack, ResourceValidationPolicy, StackValidationPolicy


def no_ones(args, report):
    if args.resource_type == "test:index:Thing" and args.props.get("value") == "1":
        report("ones are not allowed")


def few(args, report):
    things = [r for r in args.resources if r.resource_type == "test:index:Thing"]
    if len(things) > 3:
        report(f"{len(things)} things are too many")


def identified(args, report):
    for resource in args.resources:
        if resource.resource_type == "test:index:Thing" and resource.props.get("identity") == "id-2":
            report("the second of its kind", resource.urn)


def labelled(args):
    if args.resource_type == "test:index:Thing" and "label" not in args.props:
        return {**args.props, "label": "made by policy"}
    return None


PolicyPack(
    "pack",
    enforcement_level=EnforcementLevel.MANDATORY,
    policies=[
        ResourceValidationPolicy("no-ones", "Forbids ones.", no_ones),
        StackValidationPolicy("few", "At most three things.", few),
        StackValidationPolicy("identified", "No second.", identified, EnforcementLevel.ADVISORY),
        ResourceValidationPolicy(
            "labelled", "Labels.", remediate=labelled, enforcement_level=EnforcementLevel.REMEDIATE
        ),
    ],
)
"""


@pytest.fixture
def pack(tmp_path: Path) -> str:
    folder = tmp_path / "pack"
    folder.mkdir()
    (folder / "PulumiPolicy.yaml").write_text("runtime: python\nversion: 0.1.0\n")
    (folder / "__main__.py").write_text(textwrap.dedent(PACK))
    return str(folder)
