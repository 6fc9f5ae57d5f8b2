"""Reads a Dockerfile into instructions with their lines: the grammar only, nothing is done here."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from localcloud.errors import LocalCloudError

VARIABLE = re.compile(r"\\\$|\$(?:(?P<name>\w+)|\{(?P<braced>\w+)(?::(?P<operator>[-+])(?P<word>[^}]*))?\})")
INSTRUCTION = re.compile(r"(?P<keyword>[A-Za-z]+)(?:\s+(?P<rest>.*))?$", re.DOTALL)
FLAG = re.compile(r"--(?P<name>[a-z-]+)(?:=(?P<value>\S*))?\s+")
FLAGGED = {"FROM", "COPY", "ADD", "RUN", "HEALTHCHECK"}


class DockerfileError(LocalCloudError):
    """What a Dockerfile asks for can't be read or can't be honoured; the message starts with file:line."""


@dataclass
class Instruction:
    """One instruction: `keyword` in capitals, `text` what follows it and its flags, `line` its first (1-based)."""

    path: Path
    line: int
    keyword: str
    text: str
    flags: dict[str, str] = field(default_factory=dict)

    def refuse(self, why: str) -> DockerfileError:
        return DockerfileError(f"{self.path}:{self.line}: {self.keyword}: {why}")

    def exec_form(self) -> list[str] | None:
        """The words of a JSON array; None if this is the shell form."""
        if not self.text.startswith("["):
            return None
        try:
            words = json.loads(self.text)
        except ValueError:
            return None
        if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
            raise self.refuse(f"{self.text} is not an array of strings")
        return words

    def words(self) -> list[str]:
        """The exec form's words, or the text split as a shell would."""
        form = self.exec_form()
        if form is not None:
            return form
        try:
            return shlex.split(self.text)
        except ValueError as error:
            raise self.refuse(f"{self.text!r}: {error}") from error

    def pairs(self) -> dict[str, str]:
        """The key=value pairs of ENV and LABEL; ENV's old form `KEY the rest` too."""
        words = self.words()
        if words and "=" not in words[0]:
            key, _, value = self.text.partition(" ")
            if not value:
                raise self.refuse(f"{key} has no value: write {key}=VALUE")
            return {key: value.strip()}
        wrong = [word for word in words if "=" not in word]
        if wrong or not words:
            raise self.refuse(f"expected KEY=VALUE, got {' '.join(wrong)!r}")
        return dict(word.split("=", 1) for word in words)

    def expanded(self, variables: dict[str, str]) -> Instruction:
        """The same instruction with $NAME, ${NAME}, ${NAME:-word} and ${NAME:+word} filled in."""
        return Instruction(
            self.path,
            self.line,
            self.keyword,
            expand(self.text, variables),
            {name: expand(value, variables) for name, value in self.flags.items()},
        )


def expand(text: str, variables: dict[str, str]) -> str:
    """Fill in a Dockerfile's variables; an unknown one is empty, `\\$` stays a dollar sign."""

    def value(match: re.Match[str]) -> str:
        if match[0] == r"\$":
            return "$"
        found = variables.get(match["name"] or match["braced"], "")
        if match["operator"] == "-":
            return found or expand(match["word"], variables)
        if match["operator"] == "+":
            return expand(match["word"], variables) if found else ""
        return found

    return VARIABLE.sub(value, text)


def parse(path: Path) -> list[Instruction]:
    """Every instruction of a Dockerfile in order; DockerfileError on what is no Dockerfile."""
    try:
        lines = path.read_text().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DockerfileError(f"{path}: can't be read: {error}") from error
    instructions = [_instruction(path, line, text) for line, text in _logical_lines(path, lines)]
    if not any(instruction.keyword == "FROM" for instruction in instructions):
        raise DockerfileError(f"{path}:1: there is no FROM")
    return instructions


def _logical_lines(path: Path, lines: list[str]) -> Iterator[tuple[int, str]]:
    """Lines joined at their backslashes; comments and blank lines left out, in the middle of a continuation too."""
    start, parts = 0, []
    for number, line in enumerate(lines, 1):
        stripped = line.strip()
        if re.fullmatch(r"#\s*escape\s*=\s*[^\\\s]", stripped):
            raise DockerfileError(f"{path}:{number}: only the escape character \\ is supported")
        if not stripped or stripped.startswith("#"):
            continue
        if not parts:
            start = number
        if stripped.endswith("\\"):
            parts.append(stripped[:-1])
            continue
        yield start, " ".join([*(part.strip() for part in parts), stripped])
        parts = []
    if parts:
        raise DockerfileError(f"{path}:{start}: the file ends in the middle of a continued line")


def _instruction(path: Path, line: int, text: str) -> Instruction:
    match = INSTRUCTION.match(text)
    if match is None:
        raise DockerfileError(f"{path}:{line}: {text!r} is not an instruction")
    keyword, rest, flags = match["keyword"].upper(), (match["rest"] or "").strip(), {}
    while keyword in FLAGGED and (flag := FLAG.match(rest)):
        flags[flag["name"]] = flag["value"] or "true"
        rest = rest[flag.end() :]
    instruction = Instruction(path, line, keyword, rest, flags)
    if not rest:
        raise instruction.refuse("it has no arguments")
    if re.search(r"<<-?[\"']?\w+", rest) and keyword in {"RUN", "COPY", "ADD"}:
        raise instruction.refuse("here-documents are not supported: put the text in a file")
    return instruction
