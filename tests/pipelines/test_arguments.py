"""Command lines of the platform's programs: whole names only, an error is one line."""

from __future__ import annotations

import pytest

from pipelines.arguments import OneLineParser


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["--speed", "1", "--bogus"], "prog: unrecognized arguments: --bogus\n"),
        (["--spe", "1"], "prog: the following arguments are required: --speed\n"),
        (["--speed", "x"], "prog: argument --speed: invalid int value: 'x'\n"),
    ],
)
def test_an_error_is_one_line_and_status_2(given: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    parser = OneLineParser("prog", "A program.")
    parser.add_argument("--speed", type=int, required=True)
    assert parser.parse_args(["--speed", "3"]).speed == 3
    with pytest.raises(SystemExit) as stop:
        parser.parse_args(given)
    assert stop.value.code == 2
    assert capsys.readouterr().err == message
