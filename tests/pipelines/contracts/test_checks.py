"""A failed check is one line that says where, what is wrong and what to do."""

from __future__ import annotations

import pytest
from open_data_contract_standard.model import CustomProperty

from pipelines.contracts.checks import ContractError, check, custom, known, one_line, unique

TOPIC = CustomProperty(property="topic", value="/a")


def test_custom_properties_by_name() -> None:
    assert custom([TOPIC, CustomProperty(property="sort", value="a, b")], {"topic", "sort"}, "x") == {
        "topic": "/a",
        "sort": "a, b",
    }
    assert custom(None, {"topic"}, "x") == {}


def test_custom_properties_that_are_unknown_or_there_twice() -> None:
    with pytest.raises(ContractError, match=r"^x: unknown customProperty 'topic'; use partition, sort$"):
        custom([TOPIC], {"sort", "partition"}, "x")
    with pytest.raises(ContractError, match=r"^x: unknown customProperty 'topic'; none is known here$"):
        custom([TOPIC], set(), "x")
    with pytest.raises(ContractError, match=r"^x: customProperty 'topic' is given twice; keep one$"):
        custom([TOPIC, TOPIC], {"topic"}, "x")


def test_names_that_are_unknown_or_there_twice() -> None:
    known("a", ["a", "b"], "x")
    with pytest.raises(ContractError, match=r"^x: there is no column 'c'; use one of a, b$"):
        known("c", ["a", "b"], "x")
    unique(["a", "b"], "x", "column")
    with pytest.raises(ContractError, match=r"^x: column b is there twice; rename or remove one$"):
        unique(["a", "b", "b"], "x", "column")


def test_a_check_that_holds_says_nothing() -> None:
    check(True, "x", "wrong")
    with pytest.raises(ContractError, match=r"^x: wrong$"):
        check(False, "x", "wrong")


def test_text_in_one_line() -> None:
    assert one_line(" a\n  b\tc\n") == "a b c"
    assert one_line(None) == ""
