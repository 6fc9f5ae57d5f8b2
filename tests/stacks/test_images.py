"""Images: what each is built from has all that its program imports, and nothing of tests."""

from __future__ import annotations

import pytest

from stacks import images
from stacks.import_closure import import_closure
from stacks.stack_file import ROOT


@pytest.mark.parametrize(("name", "other"), [("ingest", "serving"), ("serving", "ingest")])
def test_an_image_is_built_from_its_dockerfile_and_what_that_copies(name: str, other: str) -> None:
    sources = images.sources(name)
    assert f"pipelines/{name}/Dockerfile" in sources
    assert f"pipelines/{name}" in sources
    assert "requirements.lock" in sources
    assert f"pipelines/{other}" not in sources
    assert not [source for source in sources if source.startswith("tests")]
    assert all((ROOT / source).exists() for source in sources)


@pytest.mark.parametrize("name", images.NAMES)
def test_an_image_has_all_that_its_program_imports(name: str) -> None:
    copied = [ROOT / source for source in images.sources(name)]
    needed = import_closure(ROOT, [f"pipelines/{name}/main.py"])
    assert len(needed) > 5
    assert [path for path in needed if not any((ROOT / path).is_relative_to(source) for source in copied)] == []


def test_images_lie_in_the_repository_of_the_stacks_own_project() -> None:
    assert [image.reference.split(":")[0] for image in images.images("local")] == [
        "us-central1-docker.pkg.dev/roadbed-local/roadbed/ingest",
        "us-central1-docker.pkg.dev/roadbed-local/roadbed/serving",
    ]


def test_a_stack_without_a_file_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["images", "--stack", "nowhere"])
    assert images.main() == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("images: stacks/Pulumi.nowhere.yaml can't be read")
