"""That a jar is only what it should be, and where jars come from."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from localcloud.settings import LocalCloud
from localcloud.spark import jars
from localcloud.spark.java import JavaHome


def test_a_jar_with_other_content_is_not_taken(tmp_path: Path) -> None:
    jar = jars.Jar("org.example", "road", "1.0", "0" * 64, "shaded")
    assert jar.file_name == "road-1.0-shaded.jar"
    assert 'm:classifier="shaded"' in jar.ivy()
    (tmp_path / jar.file_name).write_bytes(b"something else")
    assert not jar.is_at(tmp_path / jar.file_name)


def test_a_failing_download_is_one_clear_line_and_leaves_nothing(tmp_path: Path) -> None:
    refuses = tmp_path / "bin" / "java"
    refuses.parent.mkdir()
    refuses.write_text("#!/bin/sh\necho '  Server access error at url x (no route)'\nexit 1\n")
    refuses.chmod(0o755)
    folder = tmp_path / "jars"
    with pytest.raises(jars.JarsError, match=r"could not download them \(Server access error .* by hand"):
        jars.fetch(folder, JavaHome(tmp_path, 17, "PATH"))
    assert list(folder.iterdir()) == []


def test_jars_that_are_there_need_no_download(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = b"a jar"
    jar = jars.Jar("org.example", "road", "1.0", hashlib.sha256(content).hexdigest())
    monkeypatch.setattr(jars, "JARS", (jar,))
    (tmp_path / jar.file_name).write_bytes(content)
    lines: list[str] = []
    found = jars.fetch(tmp_path, JavaHome(tmp_path / "no-java", 17, "PATH"), lines.append)
    assert (found, lines) == ([tmp_path / "road-1.0.jar"], ["road-1.0.jar: present"])


def test_clouds_may_share_their_jars(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cloud = LocalCloud(tmp_path / "home")
    monkeypatch.delenv(jars.FOLDER_VARIABLE, raising=False)
    assert jars.jars_folder(cloud) == tmp_path / "home" / "jars"
    monkeypatch.setenv(jars.FOLDER_VARIABLE, str(tmp_path / "shared"))
    assert jars.jars_folder(cloud) == tmp_path / "shared"
