"""The grammar of Dockerfiles. Source: https://docs.docker.com/reference/dockerfile/"""

from __future__ import annotations

from pathlib import Path

import pytest

from localcloud.images.dockerfile import DockerfileError, Instruction, expand, parse
from tests.localcloud.images.conftest import Make


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("FROM scratch\nRUN <<EOF\n", r"Dockerfile:2: RUN: here-documents are not supported"),
        ("FROM scratch\nENV A=1 B\n", r"Dockerfile:2: ENV: expected KEY=VALUE, got 'B'"),
        ("COPY . .\n", r"Dockerfile:1: there is no FROM"),
        ('FROM scratch\nCMD ["x", \\\n', r"Dockerfile:2: the file ends in the middle of a continued line"),
    ],
)
def test_refusals_name_file_and_line(make: Make, text: str, message: str) -> None:
    with pytest.raises(DockerfileError, match=message):
        make(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$A-${A}x", "one-onex"),
        ("${B:-two}$B", "two"),
        ("${A:+set}${B:+set}", "set"),
        (r"\$A ${B:-$A}", "$A one"),
        ("$AB", ""),
    ],
)
def test_variables_are_filled_in(text: str, expected: str) -> None:
    assert expand(text, {"A": "one", "B": ""}) == expected


def test_instructions_have_their_line_keyword_and_flags(tmp_path: Path) -> None:
    path = tmp_path / "Dockerfile"
    path.write_text("# a comment\nfrom --platform=linux/amd64 base\n\ncopy --link --chown=1:1 \\\n  # within\n  a b\n")
    first, second = parse(path)
    assert (first.line, first.keyword, first.text, first.flags) == (2, "FROM", "base", {"platform": "linux/amd64"})
    assert (second.line, second.keyword, second.words()) == (4, "COPY", ["a", "b"])
    assert second.flags == {"link": "true", "chown": "1:1"}


def test_words_are_those_of_json_or_of_a_shell() -> None:
    def words(text: str) -> list[str]:
        return Instruction(Path("Dockerfile"), 7, "CMD", text).words()

    assert words('["a b", "c"]') == ["a b", "c"]
    assert words("'a b' c") == ["a b", "c"]
    with pytest.raises(DockerfileError, match=r"Dockerfile:7: CMD: \[1\] is not an array of strings"):
        words("[1]")
    with pytest.raises(DockerfileError, match=r"Dockerfile:7: CMD: .*No closing quotation"):
        words("'a")


def test_pairs_have_an_old_form() -> None:
    def pairs(text: str) -> dict[str, str]:
        return Instruction(Path("Dockerfile"), 7, "ENV", text).pairs()

    assert pairs("A=1 B='2 3'") == {"A": "1", "B": "2 3"}
    assert pairs("A 1 = 2") == {"A": "1 = 2"}
    with pytest.raises(DockerfileError, match="A has no value: write A=VALUE"):
        pairs("A")


def test_another_escape_character_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "Dockerfile"
    path.write_text("# escape=`\nFROM scratch\n")
    with pytest.raises(DockerfileError, match=r"Dockerfile:1: only the escape character"):
        parse(path)
