"""The job's arguments, told apart from Beam's; anything else is refused."""

from __future__ import annotations

import pytest

from pipelines.ingest.arguments import parse_args
from tests.pipelines.ingest.arguments import OWN, arguments

BEAM = (
    "--runner=FnApiRunner",
    "--project=p",
    "--region=us-central1",
    "--temp_location=gs://t/x",
    "--staging_location=gs://t/y",
    "--job_name=j",
    "--service_account_email=a@b",
    "--experiments=use_runner_v2",
)


def test_own_arguments_and_beam_s_are_told_apart() -> None:
    parsed = parse_args([*arguments(), *BEAM])
    assert parsed.input == OWN["input"]
    assert parsed.catalog_properties == {"auth": {"type": "google"}}
    assert parsed.beam == BEAM
    assert parse_args(arguments(catalog_properties=None)).catalog_properties == {}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([*arguments(), "--inputs=gs://x"], "ingest: unknown argument --inputs=gs://x; give --input, --catalog_uri"),
        ([*arguments(), "--run", "x"], "ingest: unknown argument --run"),
        ([*arguments(), "extra"], "ingest: unknown argument extra"),
        (arguments(run_id=None), "ingest: the following arguments are required: --run_id"),
        (arguments(catalog_properties="{"), "ingest: argument --catalog_properties: not JSON"),
        (arguments(catalog_properties="[]"), "ingest: argument --catalog_properties: [] is not a JSON object"),
    ],
)
def test_anything_else_is_refused_in_one_line(
    given: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as refusal:
        parse_args(given)
    assert refusal.value.code == 2
    error = capsys.readouterr().err
    assert error.startswith(message)
    assert error.count("\n") == 1
