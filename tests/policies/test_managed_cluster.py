"""The managed cluster of a workflow template, wherever a program left a level of it out."""

from __future__ import annotations

from typing import Any

import pytest

from policies.managed_cluster import managed_cluster, workflow_with


def test_the_config_is_found_where_dataproc_has_it() -> None:
    assert managed_cluster(workflow_with(masterConfig={"numInstances": 1}).props) == {
        "masterConfig": {"numInstances": 1}
    }


@pytest.mark.parametrize("props", [{}, {"placement": None}, {"placement": {"clusterSelector": {"zone": "a"}}}])
def test_a_template_without_one_has_an_empty_config(props: dict[str, Any]) -> None:
    assert managed_cluster(props) == {}
