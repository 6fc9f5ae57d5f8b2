"""How an image's process is started."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from localcloud.images.image import ImageError
from localcloud.images.registry import resolve
from localcloud.settings import LocalCloud
from tests.localcloud.images.conftest import DOCKERFILE, Make


def test_the_process_runs_in_the_rootfs_with_the_images_settings(make: Make, cloud: LocalCloud) -> None:
    image = make(DOCKERFILE, FLAVOUR="spicy")
    argv, env, cwd = resolve("app:1", cloud).process(env={"EXTRA": "at /app/library"})
    assert argv == [sys.executable, f"{image.rootfs}/app/main.py", f"--config={image.rootfs}/app/config.json"]
    assert (env["CONFIG"], env["EXTRA"]) == (f"{image.rootfs}/app/config.json", f"at {image.rootfs}/app/library")
    assert "GOOGLE_APPLICATION_CREDENTIALS" not in env
    out = subprocess.run(argv, env=env, cwd=cwd, capture_output=True, text=True, check=True).stdout
    assert out == f"{image.rootfs}/app ['--config={image.rootfs}/app/config.json'] hello spicy {{}}\n"


def test_paths_of_this_machine_are_none_of_the_image_s(make: Make) -> None:
    """A local cloud may live below a folder that the image has too, such as /tmp."""
    image, key = make(DOCKERFILE, FLAVOUR="spicy"), {"KEY": "/app/home/key.json"}
    assert image.process(env=key).env["KEY"] == f"{image.rootfs}/app/home/key.json"
    assert image.process(env=key, machine=key).env["KEY"] == "/app/home/key.json"
    replaced = image.process(env={"KEY": "/app/own.json"}, machine=key)
    assert replaced.env["KEY"] == f"{image.rootfs}/app/own.json"


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
    make: Make, command: list[str] | None, args: list[str] | None, expected: list[str]
) -> None:
    text = 'FROM scratch\nWORKDIR /app\nCOPY main.py .\nENTRYPOINT ["python", "main.py"]\nCMD ["--default"]\n'
    argv = make(text).process(command, args).argv
    assert argv == [sys.executable, *expected[1:]]


def test_console_scripts_and_shell_form(make: Make) -> None:
    image = make("FROM scratch\nWORKDIR /app\nCOPY . .\nCMD python main.py $GREETING\n")
    process = image.process()
    assert process.argv == ["/bin/sh", "-c", "python main.py $GREETING"]
    done = subprocess.run(process.argv, env={**process.env, "GREETING": "hi"}, cwd=process.cwd, capture_output=True)
    assert b"['hi'] hi" in done.stdout
    assert image.process(["/usr/local/bin/uvicorn"]).argv == [str(Path(sys.executable).parent / "uvicorn")]
    with pytest.raises(ImageError, match="no-such-program: no such file in image app:1"):
        image.process(["no-such-program"])


def test_a_path_that_only_looks_like_the_images_is_left_alone(make: Make) -> None:
    image = make("FROM scratch\nWORKDIR /app\nCOPY library /etc/\nCMD true\n")
    assert image.mapped("/application gs://b/app /app") == f"/application gs://b/app {image.rootfs}/app"
    assert image.mapped("/etc/hosts:/etc/__init__.py") == f"/etc/hosts:{image.rootfs}/etc/__init__.py"
