"""ImageRepository: newest images are kept, pulls are granted one by one; and the tag that content gives an image."""

from __future__ import annotations

from pathlib import Path

import pulumi
import pytest

from components.image_repository import ImageRepository, ImageRepositoryArgs, content_tag
from tests.checked_mocks import Deploy


def test_newest_images_stay_and_a_member_may_pull(deploy: Deploy) -> None:
    def program() -> None:
        repository = ImageRepository("roadbed", ImageRepositoryArgs(location="us-central1", keep_versions=3))
        repository.allow_pull("ingest", "serviceAccount:ingest@x.iam.gserviceaccount.com")

    deployed = deploy(program)
    repository = deployed.one("gcp:artifactregistry/repository:Repository").inputs
    assert repository["cleanupPolicies"][0]["mostRecentVersions"] == {"keepCount": 3}
    grant = deployed.one("gcp:artifactregistry/repositoryIamMember:RepositoryIamMember").inputs
    assert (grant["repository"], grant["role"]) == ("roadbed", "roles/artifactregistry.reader")


def test_the_content_tag_follows_names_and_bytes(tmp_path: Path) -> None:
    (tmp_path / "job").mkdir()
    (tmp_path / "job" / "main.py").write_text("a")
    first = content_tag(tmp_path, ["job"])
    assert content_tag(tmp_path, ["job"]) == first
    (tmp_path / "job" / "main.py").write_text("b")
    second = content_tag(tmp_path, ["job"])
    (tmp_path / "job" / "main.py").rename(tmp_path / "job" / "run.py")
    assert len({first, second, content_tag(tmp_path, ["job"])}) == 3
    with pytest.raises(pulumi.RunError, match="an image source is missing"):
        content_tag(tmp_path, ["gone"])
