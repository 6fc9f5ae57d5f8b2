from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from localcloud.images.registry import DockerfileError, Image, ImageError, build, resolve
from localcloud.settings import LocalCloud

DOCKERFILE = """\
# syntax=docker/dockerfile:1
ARG PYTHON=3.11
FROM python:${PYTHON}-slim AS base
ARG FLAVOUR=plain
ENV GREETING="hello ${FLAVOUR}" \\
    # a comment in the middle
    CONFIG=/app/config.json
WORKDIR /app
RUN pip install \\
      requests
COPY main.py config.json ./
COPY library /app/library
EXPOSE 8080
USER 1000:1000
LABEL team="data platform"
HEALTHCHECK CMD true
ENTRYPOINT ["python", "/app/main.py"]
CMD ["--config=/app/config.json"]
"""
MAIN = "import os, sys, library; print(os.getcwd(), sys.argv[1:], os.environ['GREETING'], open('config.json').read())"


@pytest.fixture
def cloud(tmp_path: Path) -> LocalCloud:
    return LocalCloud(home=tmp_path / "home")


@pytest.fixture
def context(tmp_path: Path) -> Path:
    folder = tmp_path / "context"
    (folder / "library" / "__pycache__").mkdir(parents=True)
    (folder / "library" / "__init__.py").write_text("")
    (folder / "library" / "notes.md").write_text("left out")
    (folder / "library" / "__pycache__" / "x.pyc").write_text("left out")
    (folder / "main.py").write_text(MAIN)
    (folder / "config.json").write_text("{}")
    (folder / ".dockerignore").write_text("**/*.md\n")
    return folder


def make(text: str, context: Path, cloud: LocalCloud, reference: str = "app:1", **given: str) -> Image:
    dockerfile = context.parent / "Dockerfile"
    dockerfile.write_text(text)
    return build(dockerfile, context, reference, cloud, given)


def test_the_process_runs_in_the_rootfs_with_the_images_settings(cloud: LocalCloud, context: Path) -> None:
    image = make(DOCKERFILE, context, cloud, FLAVOUR="spicy")
    argv, env, cwd = resolve("app:1", cloud).process(env={"EXTRA": "at /app/library"})
    assert argv == [sys.executable, f"{image.rootfs}/app/main.py", f"--config={image.rootfs}/app/config.json"]
    assert (env["CONFIG"], env["EXTRA"]) == (f"{image.rootfs}/app/config.json", f"at {image.rootfs}/app/library")
    assert "GOOGLE_APPLICATION_CREDENTIALS" not in env
    out = subprocess.run(argv, env=env, cwd=cwd, capture_output=True, text=True, check=True).stdout
    assert out == f"{image.rootfs}/app ['--config={image.rootfs}/app/config.json'] hello spicy {{}}\n"


def test_the_record_has_what_the_dockerfile_says(cloud: LocalCloud, context: Path) -> None:
    image = make(DOCKERFILE, context, cloud)
    assert (image.workdir, image.user, image.ports, image.labels) == (
        "/app", "1000:1000", ["8080"], {"team": "data platform"}
    )  # fmt: skip
    assert [note.split(":")[1] for note in image.skipped] == ["3", "9", "16"]
    files = sorted(str(path.relative_to(image.rootfs)) for path in Path(image.rootfs).rglob("*") if path.is_file())
    assert files == ["app/config.json", "app/library/__init__.py", "app/main.py"]


@pytest.mark.parametrize(
    ("command", "args", "expected"),
    [
        (None, None, ["python", "main.py", "--default"]),
        (None, ["--given"], ["python", "main.py", "--given"]),
        (["python3.11", "-m", "library"], None, ["python", "-m", "library"]),
        (["/opt/venv/bin/python"], ["x"], ["python", "x"]),
    ],
)
def test_command_and_args_follow_kubernetes(
    cloud: LocalCloud, context: Path, command: list[str] | None, args: list[str] | None, expected: list[str]
) -> None:
    text = 'FROM scratch\nWORKDIR /app\nCOPY main.py .\nENTRYPOINT ["python", "main.py"]\nCMD ["--default"]\n'
    argv = make(text, context, cloud).process(command, args).argv
    assert argv == [sys.executable, *expected[1:]]


def test_console_scripts_and_shell_form(cloud: LocalCloud, context: Path) -> None:
    image = make("FROM scratch\nWORKDIR /app\nCOPY . .\nCMD python main.py $GREETING\n", context, cloud)
    process = image.process()
    assert process.argv == ["/bin/sh", "-c", "python main.py $GREETING"]
    done = subprocess.run(process.argv, env={**process.env, "GREETING": "hi"}, cwd=process.cwd, capture_output=True)
    assert b"['hi'] hi" in done.stdout
    assert image.process(["/usr/local/bin/uvicorn"]).argv == [str(Path(sys.executable).parent / "uvicorn")]
    with pytest.raises(ImageError, match="no-such-program: no such file in image app:1"):
        image.process(["no-such-program"])


def test_a_path_that_only_looks_like_the_images_is_left_alone(cloud: LocalCloud, context: Path) -> None:
    image = make("FROM scratch\nWORKDIR /app\nCOPY library /etc/\nCMD true\n", context, cloud)
    assert image.mapped("/application gs://b/app /app") == f"/application gs://b/app {image.rootfs}/app"
    assert image.mapped("/etc/hosts:/etc/__init__.py") == f"/etc/hosts:{image.rootfs}/etc/__init__.py"


def test_same_files_same_digest_and_a_new_build_leaves_the_old_one(cloud: LocalCloud, context: Path) -> None:
    first = make(DOCKERFILE, context, cloud)
    assert make(DOCKERFILE, context, cloud).digest == first.digest
    (context / "config.json").write_text('{"new": true}')
    second = make(DOCKERFILE, context, cloud)
    assert second.digest != first.digest
    assert (Path(first.rootfs) / "app/config.json").read_text() == "{}"
    assert resolve("app:1", cloud).digest == second.digest
    assert resolve(f"app@{first.digest}", cloud).rootfs == first.rootfs
    assert [path.name for path in cloud.folder("images").iterdir() if path.name.startswith(".build")] == []


def test_a_failed_build_leaves_the_reference_as_it_was(cloud: LocalCloud, context: Path) -> None:
    first = make(DOCKERFILE, context, cloud)
    with pytest.raises(DockerfileError):
        make(DOCKERFILE + "COPY missing .\n", context, cloud)
    assert resolve("app:1", cloud).digest == first.digest


def test_stages(cloud: LocalCloud, context: Path) -> None:
    image = make(
        "FROM launcher-base AS launcher\nCOPY main.py /opt/own/main.py\nFROM python:3\n"
        "COPY --from=launcher /opt/own /opt/copied\nCOPY --from=launcher /opt/google/launcher /opt/google/launcher\n",
        context, cloud,
    )  # fmt: skip
    assert image.path("/opt/copied/main.py").read_text() == MAIN
    assert image.skipped[-1].startswith("Dockerfile:5: COPY")
    assert not os.path.lexists(image.path("/opt/google"))


def test_a_stage_goes_by_its_number_too(cloud: LocalCloud, context: Path) -> None:
    text = "FROM scratch AS first\nCOPY main.py /own/\nFROM scratch\nCOPY --from=0 /own /copied\n"
    assert make(text, context, cloud).path("/copied/main.py").read_text() == MAIN


def test_one_instruction_declares_several_arguments(cloud: LocalCloud, context: Path) -> None:
    image = make("FROM scratch\nARG ONE=1 TWO=2 THREE\nENV ALL=$ONE-$TWO-$THREE\n", context, cloud, THREE="3")
    assert image.env == {"ALL": "1-2-3"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("FROM scratch\nADD https://example.org/x /x\n", r"Dockerfile:2: ADD: https://example.org/x"),
        ("FROM scratch\n\nADD site.tar.gz /\n", r"Dockerfile:3: ADD: site.tar.gz would be unpacked"),
        ("FROM scratch\nCOPY --from=elsewhere /x /x\n", r"Dockerfile:2: COPY: --from=elsewhere is not a stage"),
        ("FROM scratch\nCOPY nothing.py /\n", r"Dockerfile:2: COPY: nothing.py is not in the build context"),
        ("FROM scratch\nCOPY ../main.py /\n", r"Dockerfile:2: COPY: ../main.py is outside the build context"),
        ("FROM scratch\nCOPY main.py config.json /x\n", r"Dockerfile:2: COPY: several sources need a folder"),
        ("FROM scratch\nCOPY library/notes.md /\n", r"Dockerfile:2: COPY: library/notes.md is left out"),
        ("FROM scratch\nSHELL [\"bash\"]\n", r"Dockerfile:2: SHELL: this instruction is not supported"),
        ("FROM scratch\nRUN <<EOF\n", r"Dockerfile:2: RUN: here-documents are not supported"),
        ("FROM scratch\nENV A=1 B\n", r"Dockerfile:2: ENV: expected KEY=VALUE, got 'B'"),
        ("FROM scratch\nSTOPSIGNAL SIGINT\n", r"Dockerfile:2: STOPSIGNAL: processes are stopped with SIGTERM only"),
        ("COPY . .\n", r"Dockerfile:1: there is no FROM"),
        ("FROM scratch\nCMD [\"x\", \\\n", r"Dockerfile:2: the file ends in the middle of a continued line"),
    ],
)  # fmt: skip
def test_refusals_name_file_and_line(cloud: LocalCloud, context: Path, text: str, message: str) -> None:
    with pytest.raises(DockerfileError, match=message):
        make(text, context, cloud)


def test_unknown_reference_says_how_to_build_it(cloud: LocalCloud) -> None:
    with pytest.raises(ImageError, match=r"image app:2 is not in this local cloud: build it with localcloud build"):
        resolve("app:2", cloud)
    with pytest.raises(ImageError, match="'App Two' is not an image reference"):
        resolve("App Two", cloud)
