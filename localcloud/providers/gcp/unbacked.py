"""Types with nothing behind them: checked and kept in the state, with the ids and outputs of the real provider."""

from __future__ import annotations

import hashlib
import uuid
from typing import Any, ClassVar

from localcloud.providers.resource_type import Call, Outputs, ResourceType

PLACES = (("location", "locations"), ("region", "regions"), ("zone", "zones"))


class Record(ResourceType):
    """Any type of the SDK that is not declared: its id is its path if it has a name, else made of its URN's name."""

    tracked = False

    @classmethod
    def derive(cls, token: str, inputs: frozenset[str]) -> Record:
        """A record for a type, with an id derived from its inputs."""
        record = cls()
        class_name = token.rsplit(":", 1)[1]
        if class_name.lower().endswith(("iammember", "iambinding")):
            record.id_format = _grant_format(inputs)
            record.immutable = True
            record.name_key = ""
        elif "name" in inputs:
            record.id_format = _path_format(class_name, inputs)
        return record

    def identify(self, call: Call) -> str:
        if not self.id_format:
            digest = hashlib.sha256(call.logical_name.encode()).hexdigest()[:8]
            return f"{call.schema.class_name.lower()}/{call.logical_name}-{digest}"
        values = {**call.state, **call.inputs}
        return "/".join(part for part in self.id_format.format_map(_Blank(values)).split("/") if part)


class _Blank(dict[str, Any]):
    """Values for a format; nothing for what is not there."""

    def __missing__(self, key: str) -> str:
        return ""


def _path_format(class_name: str, inputs: frozenset[str]) -> str:
    collection = class_name[0].lower() + class_name[1:]
    collection = collection[:-1] + "ies" if collection.endswith("y") else f"{collection}s"
    parts = ["projects/{project}"] if "project" in inputs else []
    parts += next(([f"{plural}/{{{key}}}"] for key, plural in PLACES if key in inputs), [])
    return "/".join([*parts, collection, "{name}"])


def _grant_format(inputs: frozenset[str]) -> str:
    rest = sorted(inputs - {"role", "member", "members", "condition"})
    return "/".join(f"{{{key}}}" for key in (*rest, "role", *(["member"] if "member" in inputs else [])))


class KeyRing(Record):
    token = "gcp:kms/keyRing:KeyRing"
    id_format = "projects/{project}/locations/{location}/keyRings/{name}"


class CryptoKey(Record):
    token = "gcp:kms/cryptoKey:CryptoKey"
    id_format = "{keyRing}/cryptoKeys/{name}"
    replaces = ("purpose", "importOnly", "destroyScheduledDuration")
    defaults: ClassVar = {"purpose": "ENCRYPT_DECRYPT"}


class CryptoKeyIAMMember(Record):
    token = "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember"
    id_format = "{cryptoKeyId}/{role}/{member}"
    immutable = True


class ServiceAccountIAMMember(Record):
    token = "gcp:serviceaccount/iAMMember:IAMMember"
    id_format = "{serviceAccountId}/{role}/{member}"
    immutable = True


class DatasetIamMember(Record):
    token = "gcp:bigquery/datasetIamMember:DatasetIamMember"
    id_format = "projects/{project}/datasets/{datasetId}/{role}/{member}"
    immutable = True


class ProjectIAMMember(Record):
    token = "gcp:projects/iAMMember:IAMMember"
    id_format = "{project}/{role}/{member}"
    immutable = True


class ProjectService(Record):
    token = "gcp:projects/service:Service"
    id_format = "{project}/{service}"
    provider_only = ("disableOnDestroy", "disableDependentServices", "checkIfServiceHasUsageOnDestroy")


class _Numbered(Record):
    """A type to which Google gives a name of its own: here one that is never used twice."""

    def create(self, call: Call) -> tuple[str, Outputs]:
        identifier = self.id_format.format_map({**call.inputs, "number": uuid.uuid4()})
        return identifier, {"name": identifier}

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


class RepositoryIamMember(Record):
    token = "gcp:artifactregistry/repositoryIamMember:RepositoryIamMember"
    id_format = "projects/{project}/locations/{location}/repositories/{repository}/{role}/{member}"
    location_from = ("region",)
    immutable = True


class Network(Record):
    token = "gcp:compute/network:Network"
    id_format = "projects/{project}/global/networks/{name}"
    replaces = ("autoCreateSubnetworks", "description", "internalIpv6Range", "networkProfile")
    defaults: ClassVar = {"autoCreateSubnetworks": True, "routingMode": "REGIONAL"}
    computed: ClassVar = {"selfLink": "https://www.googleapis.com/compute/v1/projects/{project}/global/networks/{name}"}


class Subnetwork(Record):
    token = "gcp:compute/subnetwork:Subnetwork"
    id_format = "projects/{project}/regions/{region}/subnetworks/{name}"
    replaces = ("network", "purpose")
    defaults: ClassVar = {"purpose": "PRIVATE", "stackType": "IPV4_ONLY"}
    computed: ClassVar = {
        "selfLink": "https://www.googleapis.com/compute/v1/projects/{project}/regions/{region}/subnetworks/{name}"
    }
