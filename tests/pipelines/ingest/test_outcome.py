"""Which errors are a file's own, and which the run's."""

from __future__ import annotations

import http.client
import logging

import pytest
import requests
from google.api_core import exceptions
from google.auth.exceptions import RefreshError
from pyiceberg.exceptions import ServiceUnavailableError, UnauthorizedError
from urllib3.exceptions import ProtocolError

from pipelines.ingest.model import IngestError
from pipelines.ingest.outcome import REASON_CHARACTERS, expected, is_the_run_s, reason_of, short
from pipelines.sources.mcap_records import DamagedLog
from pipelines.storage import UnreadableObjectError

RUN = [
    exceptions.ServiceUnavailable("busy"),
    exceptions.TooManyRequests("slow down"),
    exceptions.Forbidden("not yours"),
    exceptions.NotFound("no bucket"),
    exceptions.RetryError("gave up", None),
    requests.ConnectionError("refused"),
    ProtocolError("cut off"),
    http.client.IncompleteRead(b""),
    RefreshError("no token"),
    ServiceUnavailableError("the catalogue is down"),
    UnauthorizedError("who are you"),
    IngestError("the table is not there"),
    OSError(28, "No space left on device"),
]
"""Of nobody who answers, of rights, of the disk, of the catalogue: any file would have met it."""

FILE = [
    DamagedLog("truncated"),
    UnreadableObjectError("its Content-Encoding is 'br'"),
    exceptions.BadRequest("the object is encrypted"),
    exceptions.PreconditionFailed("held"),
    ValueError("year 0 is out of range"),
    TypeError("got an unexpected keyword argument"),
    KeyError("speed"),
    UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates not allowed"),
    RecursionError("too deep"),
    MemoryError(),
]
"""Of what a file holds, or of what a library makes of it."""


@pytest.mark.parametrize("error", RUN, ids=lambda error: type(error).__name__)
def test_what_any_file_would_have_met_is_raised_again(error: Exception) -> None:
    assert is_the_run_s(error)
    with pytest.raises(type(error)) as raised:
        reason_of(error, "reading it")
    assert raised.value is error


@pytest.mark.parametrize("error", FILE, ids=lambda error: type(error).__name__)
def test_all_else_is_the_file_s(error: Exception) -> None:
    assert not is_the_run_s(error)
    assert reason_of(error, "reading it")


def test_what_says_itself_what_is_wrong_is_the_reason() -> None:
    assert reason_of(DamagedLog("truncated"), "decoding it") == "truncated"
    assert expected(DamagedLog("truncated"))


def test_what_nobody_expected_is_told_with_its_kind_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    error = ValueError("year 0\nis out of range")
    assert not expected(error)
    with caplog.at_level(logging.ERROR):
        assert reason_of(error, "decoding it") == "decoding it failed: ValueError: year 0 is out of range"
    (record,) = caplog.records
    assert record.exc_info is not None
    assert record.exc_info[1] is error


def test_a_long_reason_is_cut() -> None:
    assert short("a  b\n c") == "a b c"
    assert short("x" * 5000) == "x" * REASON_CHARACTERS + "..."
