"""The runner of peers' suites: how it calls a suite, reads its report, and judges it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from localcloud.settings import OWNER, LocalCloud
from tests.peers.runner import Expected, Suite, SuiteError, environment, judged, run

TESTS = """
import os
import pytest

class TestIt:
    def test_right(self): pass
    @pytest.mark.parametrize("n", ["[a]", "b"])
    def test_wrong(self, n): assert not n

@pytest.fixture
def broken(): raise OSError

@pytest.fixture
def leaves():
    yield
    raise OSError

def test_broken(broken): pass
def test_left(leaves): pass
def test_address(): assert os.environ["PEER"] == "http://127.0.0.1:9000/x"
@pytest.mark.skip
def test_skipped(): pass
"""
SUITE = Suite(
    source="github:peer/suite", tests=["tests"], options=["-p", "no:cacheprovider"], environment={"PEER": "{storage}/x"}
)


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("suite")
    (folder / "tests").mkdir()
    (folder / "tests" / "test_it.py").write_text(TESTS)
    return run(SUITE, folder, LocalCloud(folder, 9000), Path(sys.executable), [])


def test_outcomes_are_by_name(results: dict[str, str]) -> None:
    assert results == {
        "tests/test_it.py::TestIt::test_right": "passed",
        "tests/test_it.py::TestIt::test_wrong[[a]]": "failed",
        "tests/test_it.py::TestIt::test_wrong[b]": "failed",
        "tests/test_it.py::test_broken": "failed",
        "tests/test_it.py::test_left": "failed",
        "tests/test_it.py::test_address": "passed",
        "tests/test_it.py::test_skipped": "skipped",
    }


def test_only_what_is_not_listed_counts(results: dict[str, str]) -> None:
    suite = SUITE.model_copy()
    suite.expected = [
        Expected(reason="brackets", tests=["*::test_wrong[[a]]", "*::test_right", "*::test_skipped"]),
        Expected(reason="fixtures", tests=["tests/test_it.py::test_*"]),
    ]
    verdict = judged(suite, results)
    assert verdict.unexpected == ["tests/test_it.py::TestIt::test_wrong[b]"]
    assert (verdict.passing, verdict.expected) == (["*::test_right"], 3)
    first, second, third = verdict.text().splitlines()
    assert first == "2 of 6 passed, 1 skipped, 3 as listed"
    assert second == "  fails, and is not listed: tests/test_it.py::TestIt::test_wrong[b]"
    assert third == "  listed, and passes now: *::test_right"


def test_what_could_not_run_is_no_success(tmp_path: Path) -> None:
    cloud = LocalCloud(tmp_path, 9000)
    with pytest.raises(SuiteError, match="is no folder: check out github:peer/suite there"):
        run(SUITE, tmp_path / "none", cloud, Path(sys.executable), [])
    with pytest.raises(SuiteError, match="pytest wrote no report"):
        run(SUITE, tmp_path, cloud, Path("/bin/false"), [])
    with pytest.raises(SuiteError, match="no test ran"):
        judged(SUITE, {"x": "skipped"})


def test_a_suites_file_is_checked(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text("source: s\ntests: [t]\nexpected: [{tests: [a]}]\n")
    with pytest.raises(SuiteError, match=r"x\.yaml: expected\.0\.reason: Field required"):
        Suite.read(tmp_path / "x.yaml")


@pytest.mark.parametrize("path", sorted(Path(__file__).parent.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_suites_file_has_the_form(path: Path) -> None:
    assert Suite.read(path).source.startswith("github:")


def test_a_suite_can_take_a_variable_away(tmp_path: Path) -> None:
    suite = Suite(source="s", tests=[], environment={"PULUMI_BACKEND_URL": "", "KEY": "{credentials}"})
    told = environment(suite, tmp_path, LocalCloud(tmp_path, 9000))
    assert "PULUMI_BACKEND_URL" not in told
    assert told["KEY"] == str(LocalCloud(tmp_path).credentials(OWNER))
