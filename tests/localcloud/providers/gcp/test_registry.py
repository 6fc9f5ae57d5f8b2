"""Which resource type stands for a type of the SDK, and what its ids tell."""

from __future__ import annotations

import pytest

from localcloud.providers.errors import ProviderError
from localcloud.providers.gcp.record import Record
from localcloud.providers.gcp.registry import declared, parse_id, type_of
from localcloud.providers.gcp.resource_type import ResourceType
from localcloud.providers.gcp.resources.storage import Bucket
from localcloud.providers.gcp.settings import GcpSettings
from localcloud.providers.sdk_types import installed

SETTINGS = GcpSettings("default-project")


def kind_of(token: str) -> ResourceType:
    schema = installed("pulumi_gcp").resource(token)
    assert schema is not None
    return type_of(schema)


def test_a_declared_type_is_its_class_and_any_other_a_record() -> None:
    assert type(kind_of("gcp:storage/bucket:Bucket")) is Bucket
    topic = kind_of("gcp:pubsub/topic:Topic")
    assert "gcp:pubsub/topic:Topic" not in declared()
    assert (type(topic), topic.id_format) == (Record, "projects/{project}/topics/{name}")


@pytest.mark.parametrize(
    ("token", "identifier", "inputs"),
    [
        ("gcp:storage/bucket:Bucket", "landing", {"project": "default-project", "name": "landing"}),
        (
            "gcp:kms/keyRing:KeyRing",
            "projects/p/locations/us/keyRings/r",
            {"project": "p", "location": "us", "name": "r"},
        ),
        (
            "gcp:serviceaccount/account:Account",
            "projects/p/serviceAccounts/job@p.iam.gserviceaccount.com",
            {"project": "p", "accountId": "job"},
        ),
        (
            "gcp:container/nodePool:NodePool",
            "projects/p/locations/l/clusters/c/nodePools/spot",
            {"project": "default-project", "cluster": "projects/p/locations/l/clusters/c", "name": "spot"},
        ),
    ],
)
def test_an_id_tells_the_inputs_that_it_is_made_of(token: str, identifier: str, inputs: dict[str, str]) -> None:
    assert parse_id(kind_of(token), identifier, SETTINGS) == inputs


@pytest.mark.parametrize(
    ("token", "identifier"),
    [
        ("gcp:kms/keyRing:KeyRing", "r"),
        ("gcp:serviceaccount/account:Account", "projects/p/serviceAccounts/job@q.iam.gserviceaccount.com"),
        ("gcp:secretmanager/regionalSecret:RegionalSecret", "anything"),
    ],
)
def test_an_id_of_another_form_is_refused_with_the_form(token: str, identifier: str) -> None:
    form = kind_of(token).id_format or "(none)"
    with pytest.raises(ProviderError) as caught:
        parse_id(kind_of(token), identifier, SETTINGS)
    assert str(caught.value) == f"cannot import {identifier!r}: expected an id of the form {form}"
