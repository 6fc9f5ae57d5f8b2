"""A peer's suite as a file here describes it: run by its own pytest, and held against what is expected to fail.

SUITE.yaml has `source` (where its repository is), `tests` (what pytest is given), `options` (of pytest), `environment`
(beside what `localcloud env` says; {storage} and so on are the services' addresses, {project}, {credentials},
{checkout} and {jars}, Spark's, what they say), `plugin` (a module in plugins/ that pytest loads) and `expected`:
[{reason, tests}], where a test is FILE::CLASS::NAME, and `*` stands for anything.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from localcloud import supervisor
from localcloud.registry import services
from localcloud.settings import OWNER, LocalCloud
from localcloud.spark.jars import jars_folder

PLUGINS = Path(__file__).parent / "plugins"


class SuiteError(Exception):
    """A suite that could not be run; the message is one line."""


class Expected(BaseModel):
    """Tests that fail, and why."""

    model_config = ConfigDict(extra="forbid")

    reason: str
    tests: list[str]


class Suite(BaseModel):
    """A peer's suite."""

    model_config = ConfigDict(extra="forbid")

    source: str
    tests: list[str]
    options: list[str] = []
    environment: dict[str, str] = {}
    plugin: str = ""
    expected: list[Expected] = []

    @classmethod
    def read(cls, path: Path) -> Suite:
        """Errors: SuiteError for a file of another form."""
        try:
            return cls.model_validate(yaml.safe_load(path.read_text()))
        except ValidationError as error:
            first = error.errors()[0]
            raise SuiteError(f"{path}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from error


@dataclass
class Verdict:
    """How a suite did: its tests by outcome, and how that compares with what is listed."""

    counts: dict[str, int]
    unexpected: list[str] = field(default_factory=list)
    expected: int = 0
    passing: list[str] = field(default_factory=list)
    """What is listed as failing, ran, and passes now."""

    def text(self) -> str:
        ran = self.counts["passed"] + self.counts["failed"]
        lines = [
            f"{self.counts['passed']} of {ran} passed, {self.counts['skipped']} skipped, {self.expected} as listed"
        ]
        lines += [f"  fails, and is not listed: {name}" for name in self.unexpected]
        lines += [f"  listed, and passes now: {pattern}" for pattern in self.passing]
        return "\n".join(lines)


def run(suite: Suite, checkout: Path, cloud: LocalCloud, python: Path, select: list[str]) -> dict[str, str]:
    """{test: passed, failed or skipped}. Errors: SuiteError if pytest wrote no report."""
    if not checkout.is_dir():
        raise SuiteError(f"{checkout} is no folder: check out {suite.source} there")
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [str(python), "-m", "pytest", "-q", "-o", "junit_family=xunit1", f"--junitxml={report}"]
        command += ["-p", suite.plugin] if suite.plugin else []
        command += [*suite.options, *(select or suite.tests)]
        subprocess.run(command, cwd=checkout, env=environment(suite, checkout, cloud), check=False)
        if not report.exists():
            raise SuiteError(
                f"pytest wrote no report: is everything that {suite.source} needs in {python}'s environment?"
            )
        return outcomes(ElementTree.parse(report).getroot())


def environment(suite: Suite, checkout: Path, cloud: LocalCloud) -> Mapping[str, str]:
    """What `localcloud env` says, and what the suite wants on top of it; an empty value takes a variable away."""
    known = {name: cloud.url(name) for name in services()}
    known |= {
        "project": cloud.project,
        "credentials": str(cloud.credentials(OWNER)),
        "checkout": str(checkout.absolute()),
        "jars": str(jars_folder(cloud)),
    }
    own = {name: value.format(**known) for name, value in suite.environment.items()}
    together = os.environ | supervisor.client_environment(cloud) | {"PYTHONPATH": str(PLUGINS)} | own
    return {name: value for name, value in together.items() if value}


def outcomes(report: ElementTree.Element) -> dict[str, str]:
    """{FILE::CLASS::NAME: outcome} of a JUnit report in pytest's form xunit1; an error in a fixture is a failure."""
    found: dict[str, str] = {}
    for case in report.iter("testcase"):
        tags = {child.tag for child in case}
        outcome = "failed" if tags & {"failure", "error"} else "skipped" if "skipped" in tags else "passed"
        name = "::".join(_place(case))
        found[name] = "failed" if found.get(name) == "failed" else outcome  # one case each for call and teardown
    return found


def _place(case: ElementTree.Element) -> Iterator[str]:
    file = case.get("file", "")
    module = file.removesuffix(".py").replace("/", ".")
    inside = case.get("classname", "").removeprefix(module).strip(".")
    yield from filter(None, (file, inside.replace(".", "::"), case.get("name", "")))


def judged(suite: Suite, results: Mapping[str, str]) -> Verdict:
    """What happened against what is listed. Errors: SuiteError if no test ran."""
    counts = {outcome: list(results.values()).count(outcome) for outcome in ("passed", "failed", "skipped")}
    if counts["passed"] + counts["failed"] == 0:
        raise SuiteError("no test ran")
    patterns = {pattern: _compiled(pattern) for group in suite.expected for pattern in group.tests}
    verdict = Verdict(counts)
    for name, outcome in sorted(results.items()):
        if outcome == "failed" and not any(one.fullmatch(name) for one in patterns.values()):
            verdict.unexpected.append(name)
    verdict.expected = counts["failed"] - len(verdict.unexpected)
    for text, pattern in patterns.items():
        matched = {outcome for name, outcome in results.items() if pattern.fullmatch(name)}
        if "passed" in matched and "failed" not in matched:
            verdict.passing.append(text)
    return verdict


def _compiled(pattern: str) -> re.Pattern[str]:
    """`*` is the only sign that stands for others: names of tests have brackets in them."""
    return re.compile(".*".join(map(re.escape, pattern.split("*"))), re.DOTALL)
