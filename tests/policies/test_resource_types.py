"""The type tokens that rules look for are tokens of the SDK: a typo would make a rule find nothing, for ever."""

from __future__ import annotations

import pytest

from localcloud.providers.sdk_types import installed
from policies import resource_types
from policies.cost.labels import LABEL_PROPERTY
from policies.security.hardened_clusters import WORKLOADS

TOKENS = {value for value in vars(resource_types).values() if isinstance(value, str) and value.count(":") == 2}


@pytest.mark.parametrize("token", sorted(TOKENS | LABEL_PROPERTY.keys() | WORKLOADS))
def test_a_token_is_the_sdks(token: str) -> None:
    assert installed(f"pulumi_{token.split(':')[0]}").resource(token) is not None


@pytest.mark.parametrize(("token", "name"), sorted(LABEL_PROPERTY.items()))
def test_labels_are_where_the_sdk_has_them(token: str, name: str) -> None:
    schema = installed("pulumi_gcp").resource(token)
    assert schema is not None
    assert name in schema.inputs.properties
