"""A Beam pipeline as a Dataflow Flex Template: the spec that a launch reads. Runs are launched, never kept as state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_gcp as gcp

from components.folder import Folder

PARAMETER_KEYS = {"name", "label", "helpText", "isOptional", "regexes", "paramType"}


@dataclass(kw_only=True)
class FlexTemplateArgs:
    """Arguments of FlexTemplate.

    image: the launcher image; its FLEX_TEMPLATE_PYTHON_PY_FILE is what a launch runs.
    folder: where the spec object goes.
    title, description: shown in the console.
    parameters: the job's parameters, as Google's template metadata has them.
    """

    image: pulumi.Input[str]
    folder: Folder
    title: pulumi.Input[str]
    description: pulumi.Input[str] = ""
    parameters: Sequence[Mapping[str, Any]] = ()

    def __post_init__(self) -> None:
        for parameter in self.parameters:
            unknown = set(parameter) - PARAMETER_KEYS
            if unknown:
                raise pulumi.RunError(
                    f"parameter {parameter.get('name')}: unknown keys {sorted(unknown)}; use {sorted(PARAMETER_KEYS)}"
                )


class FlexTemplate(pulumi.ComponentResource):
    """A template spec in Cloud Storage.

    Outputs: spec_uri, `gs://` address of the spec object, to be passed to flexTemplates.launch.
    """

    spec_uri: pulumi.Output[str]

    def __init__(self, name: str, args: FlexTemplateArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("roadbed:dataflow:FlexTemplate", name, None, opts)
        spec = pulumi.Output.json_dumps(
            {
                "image": args.image,
                "sdkInfo": {"language": "PYTHON"},
                "metadata": {
                    "name": args.title,
                    "description": args.description,
                    "parameters": [dict(parameter) for parameter in args.parameters],
                },
            },
            indent=2,
        )
        spec_object = gcp.storage.BucketObject(
            f"{name}-spec",
            name=args.folder.name(f"{name}.json"),
            bucket=args.folder.bucket,
            content=spec,
            content_type="application/json",
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.spec_uri = pulumi.Output.concat("gs://", spec_object.bucket, "/", spec_object.name)
        self.register_outputs({"spec_uri": self.spec_uri})
