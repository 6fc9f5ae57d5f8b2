"""The platform's images: `python -m stacks.images --stack NAME [--build | --submit]`.

Without an action prints each image's reference. --build builds them in the local cloud, --submit with Cloud Build.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from components.image_repository import content_tag
from stacks.stack_file import ROOT, StackFileError, place_of

REPOSITORY = "roadbed"
NAMES = ("ingest", "serving")


@dataclass(frozen=True)
class Image:
    """One image: its Dockerfile in the repository, the project that it is built in, and how it is called."""

    dockerfile: str
    project: str
    reference: str


def dockerfile(name: str) -> str:
    return f"pipelines/{name}/Dockerfile"


def tag(name: str) -> str:
    """The tag of this checkout's image: it changes exactly when what the image is built from does."""
    return content_tag(ROOT, sources(name))


def sources(name: str) -> list[str]:
    """What an image is built from: its Dockerfile and all that it copies out of the repository."""
    instructions = [line.split() for line in (ROOT / dockerfile(name)).read_text().splitlines()]
    copies = [words for words in instructions if words[:1] == ["COPY"] and not words[1].startswith("--from=")]
    return [dockerfile(name), *(source for words in copies for source in words[1:-1])]


def images(stack: str) -> Iterator[Image]:
    """The images of a stack, in the repository that the stack makes. StackFileError if it is nowhere."""
    place = place_of(stack)
    for name in NAMES:
        reference = f"{place.region}-docker.pkg.dev/{place.project}/{REPOSITORY}/{name}:{tag(name)}"
        yield Image(dockerfile(name), place.project, reference)


def build(image: Image) -> list[str]:
    """The command that builds an image into the local cloud."""
    file = str(ROOT / image.dockerfile)
    return [sys.executable, "-m", "localcloud", "build", "-f", file, "-t", image.reference, str(ROOT)]


def submit(image: Image) -> list[str]:
    """The command that builds an image with Cloud Build and pushes it."""
    config = str(ROOT / "stacks" / "cloudbuild.yaml")
    substitutions = f"_REFERENCE={image.reference},_DOCKERFILE={image.dockerfile}"
    where = ["--project", image.project, "--config", config]
    return ["gcloud", "builds", "submit", *where, "--substitutions", substitutions, str(ROOT)]


def main() -> int:
    """Print, build or submit the images."""
    parser = argparse.ArgumentParser(description="The platform's images.")
    parser.add_argument("--stack", required=True)
    action = parser.add_mutually_exclusive_group()
    action.add_argument("--build", dest="command", action="store_const", const=build)
    action.add_argument("--submit", dest="command", action="store_const", const=submit)
    options = parser.parse_args()
    try:
        found = list(images(options.stack))
    except StackFileError as error:
        print(f"images: {error}", file=sys.stderr)
        return 1
    for image in found:
        if options.command is None:
            print(image.reference)
        elif (code := subprocess.run(options.command(image), check=False).returncode) != 0:
            return code
    return 0


if __name__ == "__main__":
    sys.exit(main())
