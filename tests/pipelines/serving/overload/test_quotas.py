from __future__ import annotations

import pytest

from pipelines.serving.overload import quotas
from pipelines.serving.overload.quotas import Quotas


def admitted(limits: Quotas, caller: bytes, times: list[float]) -> int:
    return sum(limits.wait(caller, now) == 0 for now in times)


def test_a_caller_gets_its_rate_and_a_second_s_burst() -> None:
    assert admitted(Quotas({"perception": 10}), b"perception", [step / 1000 for step in range(3000)]) == 39


def test_who_keeps_to_its_rate_is_never_refused() -> None:
    assert admitted(Quotas({"*": 50}), b"any", [step / 50 for step in range(500)]) == 500


def test_the_wait_that_is_told_is_long_enough() -> None:
    limits = Quotas({"slow": 0.5})
    assert limits.wait(b"slow", 0.0) == 0
    assert limits.wait(b"slow", 0.5) == pytest.approx(1.5)
    assert limits.wait(b"slow", 2.0) == 0
    assert limits.refused == 1


def test_callers_do_not_share_and_one_without_a_quota_has_none() -> None:
    limits = Quotas({"a": 1, "*": 2})
    assert [admitted(limits, caller, [0.0] * 5) for caller in (b"a", b"b", b"c")] == [1, 2, 2]
    assert admitted(Quotas({"a": 1}), b"b", [0.0] * 5) == 5


def test_the_memory_for_callers_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quotas, "REMEMBERED", 100)
    limits = Quotas({"*": 1})
    for caller in range(1000):
        assert limits.wait(str(caller).encode(), 0.0) == 0
    assert [limits.wait(b"999", 0.0) > 0, limits.wait(b"0", 0.0) > 0] == [True, False]
