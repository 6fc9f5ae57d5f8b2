"""Types that the local cloud has no service for: their ids, defaults and computed outputs are the real provider's."""

from __future__ import annotations

import uuid
from typing import ClassVar

from localcloud.providers.gcp.record import Grant, Record
from localcloud.providers.gcp.resource_type import Call, Outputs
from localcloud.providers.gcp.rules import RESOURCE_NAME, Rule

COMPUTE = "https://www.googleapis.com/compute/v1/projects/{project}"


class KeyRing(Record):
    token = "gcp:kms/keyRing:KeyRing"
    id_format = "projects/{project}/locations/{location}/keyRings/{name}"


class CryptoKey(Record):
    token = "gcp:kms/cryptoKey:CryptoKey"
    id_format = "{keyRing}/cryptoKeys/{name}"
    replaces = ("purpose", "importOnly", "destroyScheduledDuration")
    defaults: ClassVar = {"purpose": "ENCRYPT_DECRYPT"}


class CryptoKeyIAMMember(Grant):
    token = "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember"
    id_format = "{cryptoKeyId}/{role}/{member}"


class ServiceAccountIAMMember(Grant):
    token = "gcp:serviceaccount/iAMMember:IAMMember"
    id_format = "{serviceAccountId}/{role}/{member}"


class DatasetIamMember(Grant):
    token = "gcp:bigquery/datasetIamMember:DatasetIamMember"
    id_format = "projects/{project}/datasets/{datasetId}/{role}/{member}"


class ProjectIAMMember(Grant):
    token = "gcp:projects/iAMMember:IAMMember"
    id_format = "{project}/{role}/{member}"


class ProjectService(Record):
    token = "gcp:projects/service:Service"
    id_format = "{project}/{service}"
    provider_only = ("disableOnDestroy", "disableDependentServices", "checkIfServiceHasUsageOnDestroy")


class _Numbered(Record):
    """A type to which Google gives a name of its own: here one that is never used twice."""

    def identify(self, call: Call) -> str:
        return self.id_format.format_map({**call.state, **call.inputs, "number": uuid.uuid4()})

    def create(self, call: Call) -> Outputs:
        return {"name": call.identifier}

    def id_keys(self) -> tuple[str, ...]:
        return ()


class Budget(_Numbered):
    token = "gcp:billing/budget:Budget"
    id_format = "billingAccounts/{billingAccount}/budgets/{number}"
    replaces = ("billingAccount",)


class AlertPolicy(_Numbered):
    token = "gcp:monitoring/alertPolicy:AlertPolicy"
    id_format = "projects/{project}/alertPolicies/{number}"
    defaults: ClassVar = {"enabled": True}


class Repository(Record):
    token = "gcp:artifactregistry/repository:Repository"
    id_format = "projects/{project}/locations/{location}/repositories/{repositoryId}"
    name_key = "repositoryId"
    location_from = ("region",)
    replaces = ("format", "kmsKeyName", "mode")
    defaults: ClassVar = {"mode": "STANDARD_REPOSITORY"}
    computed: ClassVar = {"name": "{repositoryId}", "registryUri": "{location}-docker.pkg.dev/{project}/{repositoryId}"}


class RepositoryIamMember(Grant):
    token = "gcp:artifactregistry/repositoryIamMember:RepositoryIamMember"
    id_format = "projects/{project}/locations/{location}/repositories/{repository}/{role}/{member}"
    location_from = ("region",)


class Network(Record):
    token = "gcp:compute/network:Network"
    id_format = "projects/{project}/global/networks/{name}"
    rules: ClassVar = {"name": RESOURCE_NAME}
    replaces = ("autoCreateSubnetworks", "description", "internalIpv6Range", "networkProfile")
    defaults: ClassVar = {"autoCreateSubnetworks": True, "routingMode": "REGIONAL"}
    computed: ClassVar = {"selfLink": f"{COMPUTE}/global/networks/{{name}}"}


class Subnetwork(Record):
    token = "gcp:compute/subnetwork:Subnetwork"
    id_format = "projects/{project}/regions/{region}/subnetworks/{name}"
    rules: ClassVar = {
        "name": RESOURCE_NAME,
        "ipCidrRange": Rule('an address range such as "10.0.0.0/20"', r"\d{1,3}(\.\d{1,3}){3}/\d{1,2}"),
    }
    replaces = ("network", "purpose")
    defaults: ClassVar = {"purpose": "PRIVATE", "stackType": "IPV4_ONLY"}
    computed: ClassVar = {"selfLink": f"{COMPUTE}/regions/{{region}}/subnetworks/{{name}}"}
