"""Images by reference and digest: built once, kept, found again."""

from __future__ import annotations

from pathlib import Path

import pytest

from localcloud.images.dockerfile import DockerfileError
from localcloud.images.image import ImageError
from localcloud.images.registry import resolve
from localcloud.settings import LocalCloud
from tests.localcloud.images.conftest import DOCKERFILE, Make


def test_same_files_have_one_digest_and_a_new_build_leaves_the_old_one(
    make: Make, cloud: LocalCloud, context: Path
) -> None:
    first = make(DOCKERFILE)
    assert make(DOCKERFILE).digest == first.digest
    (context / "config.json").write_text('{"new": true}')
    second = make(DOCKERFILE)
    assert second.digest != first.digest
    assert (Path(first.rootfs) / "app/config.json").read_text() == "{}"
    assert resolve("app:1", cloud).digest == second.digest
    assert resolve(f"app@{first.digest}", cloud).rootfs == first.rootfs
    assert [path.name for path in cloud.folder("images").iterdir() if path.name.startswith(".build")] == []


def test_a_failed_build_leaves_the_reference_as_it_was(make: Make, cloud: LocalCloud) -> None:
    first = make(DOCKERFILE)
    with pytest.raises(DockerfileError):
        make(DOCKERFILE + "COPY missing .\n")
    assert resolve("app:1", cloud).digest == first.digest


def test_unknown_reference_says_how_to_build_it(cloud: LocalCloud) -> None:
    with pytest.raises(ImageError, match=r"image app:2 is not in this local cloud: build it with localcloud build"):
        resolve("app:2", cloud)
    with pytest.raises(ImageError, match="'App Two' is not an image reference"):
        resolve("App Two", cloud)
