from __future__ import annotations

from pipelines.serving.overload.codel import Codel

TARGET_S, INTERVAL_S = 0.002, 0.1


def standing(waits: list[tuple[float, float]]) -> list[bool]:
    """Whether a queue stands, after each (time, wait)."""
    codel = Codel(TARGET_S, interval_s=INTERVAL_S)
    return [codel.observe(wait, now) for now, wait in waits]


def test_a_queue_that_lasts_longer_than_an_interval_stands() -> None:
    assert standing([(0.0, 0.005), (0.05, 0.004), (0.11, 0.005), (0.15, 0.005)]) == [False, False, True, True]


def test_a_burst_that_is_served_within_the_interval_does_not() -> None:
    assert not any(standing([(0.0, 0.050), (0.05, 0.030), (0.09, 0.001), (0.11, 0.005), (0.20, 0.001)]))


def test_it_ends_with_the_first_interval_in_which_one_waited_no_longer() -> None:
    before = [(0.0, 0.005), (0.11, 0.005)]
    assert standing([*before, (0.15, 0.001), (0.22, 0.001)])[-2:] == [True, False]


def test_after_a_pause_nothing_stands() -> None:
    assert standing([(0.0, 0.005), (0.11, 0.005), (5.0, 0.005)])[-2:] == [True, False]


def test_where_waits_are_made_just_good_the_queue_is_gone_when_they_are_shorter() -> None:
    codel = Codel(TARGET_S, gone_s=0.001, interval_s=INTERVAL_S)
    waits = [(0.0, 0.005), (0.11, 0.0015), (0.22, 0.0015), (0.33, 0.0005), (0.44, 0.0015), (0.55, 0.0015)]
    assert [codel.observe(wait, now) for now, wait in waits] == [False, True, True, True, False, False]
