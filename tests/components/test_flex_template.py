"""FlexTemplate: the spec that a launch reads."""

from __future__ import annotations

import json

import pulumi
import pytest

from components.flex_template import FlexTemplate, FlexTemplateArgs
from components.folder import Folder
from tests.checked_mocks import Deploy

FOLDER = Folder("scratch", "templates")


def test_the_template_spec_is_what_a_launch_reads(deploy: Deploy) -> None:
    parameter = {"name": "input", "label": "Input", "helpText": "where logs lie", "isOptional": False}
    args = FlexTemplateArgs(image="registry/ingest:1", folder=FOLDER, title="Ingest", parameters=[parameter])
    spec = deploy(lambda: FlexTemplate("ingest", args)).one("gcp:storage/bucketObject:BucketObject").inputs
    assert (spec["bucket"], spec["name"]) == ("scratch", "templates/ingest.json")
    content = json.loads(spec["content"])
    assert content["image"] == "registry/ingest:1"
    assert content["metadata"]["parameters"] == [parameter]


def test_a_misspelt_parameter_key_is_refused() -> None:
    with pytest.raises(pulumi.RunError, match=r"unknown keys \['optional'\]"):
        FlexTemplateArgs(image="i", folder=FOLDER, title="t", parameters=[{"name": "input", "optional": True}])
