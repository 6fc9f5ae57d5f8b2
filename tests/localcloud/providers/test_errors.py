"""Errors in the words the user reads, and how each reaches the engine."""

from __future__ import annotations

import pytest

from localcloud.errors import LocalCloudError
from localcloud.providers.errors import Failure, InitializationFailedError, InterruptedCallError, ProviderError
from localcloud.providers.gcp.rest import ServiceError
from localcloud.providers.kubernetes.client import ApiError


def test_a_failure_reads_as_path_and_reason() -> None:
    assert str(Failure("rules[0].type", "missing")) == "rules[0].type: missing"
    assert str(Failure("", "expected an object")) == "expected an object"


def test_what_stopped_a_resource_from_working_is_one_line() -> None:
    error = InitializationFailedError("default/x", {}, ["not ready within 5 s", "pod x-1: CrashLoopBackOff"])
    assert str(error) == "not ready within 5 s; pod x-1: CrashLoopBackOff"
    assert error.reasons == ["not ready within 5 s", "pod x-1: CrashLoopBackOff"]


@pytest.mark.parametrize(
    ("error", "line", "clashes"),
    [
        (ServiceError("storage", 409, "conflict", "It exists."), "storage: It exists. (conflict)", True),
        (ServiceError("storage", 412, "", "etag mismatch"), "storage: etag mismatch", False),
        (ApiError(409, "AlreadyExists", "pods x already exists"), "pods x already exists (AlreadyExists)", True),
        (ApiError(409, "Conflict", "the object has been modified"), "the object has been modified (Conflict)", False),
    ],
)
def test_a_refusal_says_whether_the_thing_is_there(error: ServiceError | ApiError, line: str, clashes: bool) -> None:
    assert (str(error), error.clashes) == (line, clashes)


def test_all_are_errors_that_a_user_can_read() -> None:
    for error in (ProviderError("x"), InterruptedCallError(), ApiError(500, "", "x")):
        assert isinstance(error, LocalCloudError)
        assert "\n" not in str(error)
