"""The registry of the platform's images, and the tag that an image's own content gives it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pulumi
import pulumi_gcp as gcp


def content_tag(root: Path, sources: Iterable[str]) -> str:
    """A tag that changes exactly when the image does: 12 hex digits over the names and bytes of its sources.

    sources: files and folders below `root`, as the image's Dockerfile copies them.
    """
    digest = hashlib.sha256()
    for source in sorted(sources):
        path = root / source
        if not path.exists():
            raise pulumi.RunError(f"{path}: an image source is missing; correct the list of the image's sources")
        files = (
            [path] if path.is_file() else [p for p in path.rglob("*") if p.is_file() and "__pycache__" not in p.parts]
        )
        for file in sorted(files):
            digest.update(str(file.relative_to(root)).encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()[:12]


@dataclass(kw_only=True)
class ImageRepositoryArgs:
    """Arguments of ImageRepository.

    location: region of the repository.
    keep_versions: newest versions of each image that clean-up leaves alone.
    labels: labels of the repository.
    """

    location: pulumi.Input[str]
    keep_versions: pulumi.Input[int] = 10
    labels: Mapping[str, pulumi.Input[str]] | None = None


class ImageRepository(pulumi.ComponentResource):
    """A Docker repository that keeps the newest versions of each image and drops old ones.

    Outputs: url, `<location>-docker.pkg.dev/<project>/<repository>`.
    """

    url: pulumi.Output[str]

    def __init__(self, name: str, args: ImageRepositoryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("roadbed:images:ImageRepository", name, None, opts)
        self._name, self._child = name, pulumi.ResourceOptions(parent=self)
        self._repository = repository = gcp.artifactregistry.Repository(
            name,
            repository_id=name,
            location=args.location,
            format="DOCKER",
            cleanup_policies=[
                {"id": "keep-newest", "action": "KEEP", "most_recent_versions": {"keep_count": args.keep_versions}},
                {"id": "delete-old", "action": "DELETE", "condition": {"older_than": "2592000s"}},
            ],
            labels=args.labels,
            opts=self._child,
        )
        self.url = pulumi.Output.concat(
            repository.location, "-docker.pkg.dev/", repository.project, "/", repository.name
        )
        self.register_outputs({"url": self.url})

    def allow_pull(self, key: str, member: pulumi.Input[str]) -> None:
        """Let a member pull the images; `key` is a short name of it."""
        gcp.artifactregistry.RepositoryIamMember(
            f"{self._name}-{key}",
            repository=self._repository.name,
            location=self._repository.location,
            role="roles/artifactregistry.reader",
            member=member,
            opts=self._child,
        )
