"""Types without a service: their ids, defaults and computed outputs."""

from __future__ import annotations

import pytest

from localcloud.providers.gcp.resources import unbacked
from tests.localcloud.providers.engine import Engine
from tests.localcloud.providers.fake_google.server import FakeGoogle
from tests.localcloud.providers.gcp.resources.lives import (
    MEMBER,
    PLACE,
    Case,
    live_through,
    tokens_of,
)

CASES = {
    "gcp:kms/keyRing:KeyRing": Case(
        {"name": "ring", "location": "us-central1"},
        f"{PLACE}/keyRings/ring",
        {"name": "ring", "project": "test-project"},
        replace={"location": "us"},
        replaces=["location"],
        before=False,
    ),
    "gcp:kms/cryptoKey:CryptoKey": Case(
        {"name": "key", "keyRing": f"{PLACE}/keyRings/ring"},
        f"{PLACE}/keyRings/ring/cryptoKeys/key",
        {"purpose": "ENCRYPT_DECRYPT"},
        update={"rotationPeriod": "7776000s"},
        replace={"purpose": "ASYMMETRIC_SIGN"},
        replaces=["purpose"],
    ),
    "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember": Case(
        {"cryptoKeyId": "k", **MEMBER},
        "k/roles/storage.objectViewer/serviceAccount:job@p.iam.gserviceaccount.com",
        replace={"cryptoKeyId": "l"},
        replaces=["cryptoKeyId"],
        before=False,
    ),
    "gcp:serviceaccount/iAMMember:IAMMember": Case(
        {"serviceAccountId": "a", **MEMBER},
        "a/roles/storage.objectViewer/serviceAccount:job@p.iam.gserviceaccount.com",
    ),
    "gcp:bigquery/datasetIamMember:DatasetIamMember": Case(
        {"datasetId": "d", **MEMBER},
        "projects/test-project/datasets/d/roles/storage.objectViewer/serviceAccount:job@p.iam.gserviceaccount.com",
    ),
    "gcp:projects/iAMMember:IAMMember": Case(
        {"project": "p", **MEMBER}, "p/roles/storage.objectViewer/serviceAccount:job@p.iam.gserviceaccount.com"
    ),
    "gcp:projects/service:Service": Case(
        {"service": "dataflow.googleapis.com"},
        "test-project/dataflow.googleapis.com",
        update={"disableOnDestroy": False},
        replace={"service": "storage.googleapis.com"},
        replaces=["service"],
        before=False,
    ),
    "gcp:billing/budget:Budget": Case(
        {"billingAccount": "0-0-0", "amount": {"lastPeriodAmount": True}},
        "billingAccounts/0-0-0/budgets/",
        update={"displayName": "x"},
        replace={"billingAccount": "1-1-1"},
        replaces=["billingAccount"],
        before=False,
    ),
    "gcp:monitoring/alertPolicy:AlertPolicy": Case(
        {"combiner": "OR", "displayName": "x", "conditions": [{"displayName": "c"}]},
        "projects/test-project/alertPolicies/",
        {"enabled": True},
        update={"displayName": "y"},
    ),
    "gcp:artifactregistry/repository:Repository": Case(
        {"repositoryId": "images", "format": "DOCKER"},
        f"{PLACE}/repositories/images",
        {"name": "images", "registryUri": "us-central1-docker.pkg.dev/test-project/images", "location": "us-central1"},
        update={"description": "x"},
        replace={"format": "PYTHON"},
        replaces=["format"],
    ),
    "gcp:artifactregistry/repositoryIamMember:RepositoryIamMember": Case(
        {"repository": "images", **MEMBER},
        f"{PLACE}/repositories/images/roles/storage.objectViewer/serviceAccount:job@p.iam.gserviceaccount.com",
    ),
    "gcp:compute/network:Network": Case(
        {"name": "net"},
        "projects/test-project/global/networks/net",
        {"selfLink": "https://www.googleapis.com/compute/v1/projects/test-project/global/networks/net"},
        update={"routingMode": "GLOBAL"},
        replace={"autoCreateSubnetworks": False},
        replaces=["autoCreateSubnetworks"],
    ),
    "gcp:compute/subnetwork:Subnetwork": Case(
        {"name": "sub", "network": "net", "ipCidrRange": "10.0.0.0/20"},
        "projects/test-project/regions/us-central1/subnetworks/sub",
        {"region": "us-central1", "stackType": "IPV4_ONLY"},
        update={"privateIpGoogleAccess": True},
        replace={"network": "other"},
        replaces=["network"],
    ),
}


def test_each_type_has_a_case() -> None:
    assert CASES.keys() == tokens_of(unbacked)


@pytest.mark.parametrize("token", CASES)
def test_life_of_a_resource(gcp: Engine, google: FakeGoogle, token: str) -> None:
    live_through(gcp, google, token, CASES[token])
