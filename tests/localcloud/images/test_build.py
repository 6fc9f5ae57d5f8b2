"""What the instructions of a Dockerfile make."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from localcloud.images.dockerfile import DockerfileError
from tests.localcloud.images.conftest import DOCKERFILE, MAIN, Make


def test_the_record_has_what_the_dockerfile_says(make: Make) -> None:
    image = make(DOCKERFILE)
    assert (image.workdir, image.user, image.ports, image.labels) == (
        "/app", "1000:1000", ["8080"], {"team": "data platform"}
    )  # fmt: skip
    assert [note.split(":")[1] for note in image.skipped] == ["3", "9", "16"]
    files = sorted(str(path.relative_to(image.rootfs)) for path in Path(image.rootfs).rglob("*") if path.is_file())
    assert files == ["app/config.json", "app/library/__init__.py", "app/main.py"]


def test_stages(make: Make) -> None:
    image = make(
        "FROM launcher-base AS launcher\nCOPY main.py /opt/own/main.py\nFROM python:3\n"
        "COPY --from=launcher /opt/own /opt/copied\nCOPY --from=launcher /opt/google/launcher /opt/google/launcher\n",
    )  # fmt: skip
    assert image.path("/opt/copied/main.py").read_text() == MAIN
    assert image.skipped[-1].startswith("Dockerfile:5: COPY")
    assert not os.path.lexists(image.path("/opt/google"))


def test_a_stage_goes_by_its_number_too(make: Make) -> None:
    text = "FROM scratch AS first\nCOPY main.py /own/\nFROM scratch\nCOPY --from=0 /own /copied\n"
    assert make(text).path("/copied/main.py").read_text() == MAIN


def test_one_instruction_declares_several_arguments(make: Make) -> None:
    image = make("FROM scratch\nARG ONE=1 TWO=2 THREE\nENV ALL=$ONE-$TWO-$THREE\n", THREE="3")
    assert image.env == {"ALL": "1-2-3"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("FROM scratch\nADD https://example.org/x /x\n", r"Dockerfile:2: ADD: https://example.org/x"),
        ("FROM scratch\n\nADD site.tar.gz /\n", r"Dockerfile:3: ADD: site.tar.gz would be unpacked"),
        ("FROM scratch\nCOPY --from=elsewhere /x /x\n", r"Dockerfile:2: COPY: --from=elsewhere is not a stage"),
        ('FROM scratch\nSHELL ["bash"]\n', r"Dockerfile:2: SHELL: this instruction is not supported"),
        ("FROM scratch\nSTOPSIGNAL SIGINT\n", r"Dockerfile:2: STOPSIGNAL: processes are stopped with SIGTERM only"),
    ],
)
def test_refusals_name_file_and_line(make: Make, text: str, message: str) -> None:
    with pytest.raises(DockerfileError, match=message):
        make(text)
