"""Where a stack is deployed, from its settings file: read by what runs outside of the program."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[1]


class StackFileError(Exception):
    """A settings file that doesn't say where its stack is; the message is one line."""


@dataclass(frozen=True)
class Place:
    """Google Cloud's project and region of a stack."""

    project: str
    region: str


def place_of(stack: str) -> Place:
    """The place that stacks/Pulumi.<stack>.yaml names. StackFileError if it names none."""
    file = f"stacks/Pulumi.{stack}.yaml"
    try:
        config = yaml.safe_load((ROOT / file).read_text())["config"]
        return Place(config["gcp:project"], config["gcp:region"])
    except (OSError, yaml.YAMLError) as error:
        raise StackFileError(f"{file} can't be read: {' '.join(str(error).split())}") from None
    except (KeyError, TypeError):
        raise StackFileError(f"{file} must set gcp:project and gcp:region below config") from None
