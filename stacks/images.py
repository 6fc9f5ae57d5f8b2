"""The platform's images: `python -m stacks.images --stack NAME [--build | --submit]`.

Without an action prints each image's reference. --build builds them in the local cloud, --submit with Cloud Build.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from components.image_repository import content_tag

ROOT = Path(__file__).parents[1]
REPOSITORY = "roadbed"
NAMES = ("ingest", "serving")
SOURCES = ("pipelines", "requirements.lock", "pyproject.toml")


@dataclass(frozen=True)
class Image:
    """One image: how it is called and what it is built from."""

    name: str
    reference: str

    @property
    def dockerfile(self) -> Path:
        return ROOT / "pipelines" / self.name / "Dockerfile"


def tag() -> str:
    """The tag of every image of this checkout: it changes exactly when what they are built from does."""
    return content_tag(ROOT, SOURCES)


def images(stack: str) -> Iterator[Image]:
    """The images of a stack, in the repository that the stack makes."""
    document = yaml.safe_load((ROOT / "stacks" / f"Pulumi.{stack}.yaml").read_text())
    config = document["config"]
    repository = f"{config['gcp:region']}-docker.pkg.dev/{config['gcp:project']}/{REPOSITORY}"
    for name in NAMES:
        yield Image(name, f"{repository}/{name}:{tag()}")


def build(image: Image) -> list[str]:
    """The command that builds an image into the local cloud."""
    return [sys.executable, "-m", "localcloud", "build", "-f", str(image.dockerfile), "-t", image.reference, str(ROOT)]


def submit(image: Image) -> list[str]:
    """The command that builds an image with Cloud Build and pushes it."""
    config = str(ROOT / "stacks" / "cloudbuild.yaml")
    substitutions = f"_REFERENCE={image.reference},_DOCKERFILE={image.dockerfile.relative_to(ROOT)}"
    return ["gcloud", "builds", "submit", "--config", config, "--substitutions", substitutions, str(ROOT)]


def main() -> int:
    """Print, build or submit the images."""
    parser = argparse.ArgumentParser(description="The platform's images.")
    parser.add_argument("--stack", required=True)
    action = parser.add_mutually_exclusive_group()
    action.add_argument("--build", dest="command", action="store_const", const=build)
    action.add_argument("--submit", dest="command", action="store_const", const=submit)
    options = parser.parse_args()
    for image in images(options.stack):
        if options.command is None:
            print(image.reference)
        elif (code := subprocess.run(options.command(image), check=False).returncode) != 0:
            return code
    return 0


if __name__ == "__main__":
    sys.exit(main())
