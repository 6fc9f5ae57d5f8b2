"""Images: what each is built from, and what is wrong with settings that don't name one."""

from __future__ import annotations

from pathlib import Path

import pytest

from stacks import images


@pytest.mark.parametrize(("name", "other"), [("ingest", "serving"), ("serving", "ingest")])
def test_an_image_is_built_from_its_dockerfile_and_what_that_copies(name: str, other: str) -> None:
    sources = images.sources(name)
    assert f"pipelines/{name}/Dockerfile" in sources
    assert f"pipelines/{name}" in sources
    assert "requirements.lock" in sources
    assert f"pipelines/{other}" not in sources
    assert all((images.ROOT / source).exists() for source in sources)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ("config:\n  gcp:project: fleet\n", "must set gcp:project and gcp:region"),
        ("", "must set gcp:project and gcp:region"),
        ("config: [", "can't be read"),
    ],
)
def test_settings_without_a_place_are_one_line(
    settings: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "stacks").mkdir()
    (tmp_path / "stacks" / "Pulumi.fleet.yaml").write_text(settings)
    monkeypatch.setattr(images, "ROOT", tmp_path)
    monkeypatch.setattr("sys.argv", ["images", "--stack", "fleet"])
    assert images.main() == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "stacks/Pulumi.fleet.yaml" in line
    assert message in line
