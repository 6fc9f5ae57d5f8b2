"""COPY: which files go where."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from localcloud.images.dockerfile import DockerfileError
from tests.localcloud.images.conftest import Make


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("FROM scratch\nCOPY nothing.py /\n", r"Dockerfile:2: COPY: nothing.py is not in the build context"),
        ("FROM scratch\nCOPY ../main.py /\n", r"Dockerfile:2: COPY: ../main.py is outside the build context"),
        ("FROM scratch\nCOPY main.py config.json /x\n", r"Dockerfile:2: COPY: several sources need a folder"),
        ("FROM scratch\nCOPY library/notes.md /\n", r"Dockerfile:2: COPY: library/notes.md is left out"),
    ],
)
def test_refusals_name_file_and_line(make: Make, text: str, message: str) -> None:
    with pytest.raises(DockerfileError, match=message):
        make(text)


def test_a_target_is_a_folder_if_it_ends_so_or_is_one(make: Make) -> None:
    image = make(
        "FROM scratch\nWORKDIR /app\nCOPY main.py renamed.py\nCOPY main.py folder/\nCOPY config.json folder\n"
        "COPY library library\nCOPY *.json /etc/\n"
    )
    files = {str(path.relative_to(image.rootfs)) for path in Path(image.rootfs).rglob("*") if path.is_file()}
    in_folders = {"app/folder/main.py", "app/folder/config.json", "app/library/__init__.py", "etc/config.json"}
    assert files == {"app/renamed.py"} | in_folders
    assert "/etc" not in image.paths
    assert "/etc/config.json" in image.paths


def test_the_last_pattern_that_fits_decides_what_is_left_out(make: Make, context: Path) -> None:
    (context / ".dockerignore").write_text("# comment\nlibrary\n!library/notes.md\n*.json\n")
    image = make("FROM scratch\nCOPY . /app/\nCOPY library/notes.md /app/\n")
    files = {str(path.relative_to(image.rootfs)) for path in Path(image.rootfs).rglob("*") if path.is_file()}
    assert files == {"app/main.py", "app/notes.md", "app/.dockerignore"}


def test_a_mode_is_set_on_all_that_was_copied(make: Make) -> None:
    image = make("FROM scratch\nCOPY --chmod=750 library /app/library\n")
    modes = {stat.S_IMODE(path.stat().st_mode) for path in image.path("/app/library").rglob("*")}
    assert modes == {0o750}
    for flag, message in (
        ("--chmod=u+x", "--chmod=u\\+x is not an octal mode"),
        ("--parents", "--parents is not supported"),
    ):
        with pytest.raises(DockerfileError, match=f"Dockerfile:2: COPY: {message}"):
            make(f"FROM scratch\nCOPY {flag} library /app/\n")
