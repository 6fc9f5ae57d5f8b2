"""One service account for one job, with grants on the very resources that the job uses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
import pulumi_gcp as gcp

from components.roles import BASIC_ROLES
from components.validation import check


@dataclass(kw_only=True)
class JobIdentityArgs:
    """Arguments of JobIdentity.

    account_id: the service account's id, 6 to 30 characters; also the first part of its e-mail address.
    purpose: what the job does, shown in the console.
    bucket_roles: by a short name of the bucket, the bucket and the role on it.
    catalog_roles: by a short name of the Iceberg catalogue, the catalogue and the role on it.
    impersonators: members that may start jobs as this identity (roles/iam.serviceAccountUser on the account itself).
    workload_identity: Kubernetes service accounts, `<project>.svc.id.goog[<namespace>/<name>]`, that run as it.
    """

    account_id: pulumi.Input[str]
    purpose: pulumi.Input[str] = ""
    bucket_roles: Mapping[str, tuple[pulumi.Input[str], str]] = field(default_factory=dict)
    catalog_roles: Mapping[str, tuple[pulumi.Input[str], str]] = field(default_factory=dict)
    impersonators: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    workload_identity: Sequence[pulumi.Input[str]] = ()

    def __post_init__(self) -> None:
        self.account_id = check(
            self.account_id, lambda value: 6 <= len(value) <= 30, "account_id must have 6 to 30 characters"
        )
        for _, role in (*self.bucket_roles.values(), *self.catalog_roles.values()):
            check(role, lambda value: value not in BASIC_ROLES, "grant a predefined or custom role, not a basic one")


class JobIdentity(pulumi.ComponentResource):
    """A service account and its grants.

    Outputs: email; member, `serviceAccount:<email>`; ready, the e-mail once every grant is in place.
    """

    email: pulumi.Output[str]
    member: pulumi.Output[str]
    ready: pulumi.Output[str]

    def __init__(self, name: str, args: JobIdentityArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("roadbed:identity:JobIdentity", name, None, opts)
        self._name, self._child = name, pulumi.ResourceOptions(parent=self)
        self._account = gcp.serviceaccount.Account(
            name, account_id=args.account_id, display_name=name, description=args.purpose, opts=self._child
        )
        self.email = self._account.email
        self.member = self.email.apply(lambda email: f"serviceAccount:{email}")
        grants = [
            *self._bucket_grants(args),
            *self._catalog_grants(args),
            *self._impersonation_grants(args),
            *self._workload_identity_grants(args),
        ]
        self.ready = pulumi.Output.all(self.email, *[grant.id for grant in grants]).apply(lambda values: values[0])
        self.register_outputs({"email": self.email, "member": self.member})

    def _bucket_grants(self, args: JobIdentityArgs) -> list[pulumi.CustomResource]:
        return [
            gcp.storage.BucketIAMMember(
                f"{self._name}-{key}", bucket=bucket, role=role, member=self.member, opts=self._child
            )
            for key, (bucket, role) in args.bucket_roles.items()
        ]

    def _catalog_grants(self, args: JobIdentityArgs) -> list[pulumi.CustomResource]:
        return [
            gcp.biglake.IcebergCatalogIamMember(
                f"{self._name}-{key}", name=catalog, role=role, member=self.member, opts=self._child
            )
            for key, (catalog, role) in args.catalog_roles.items()
        ]

    def _impersonation_grants(self, args: JobIdentityArgs) -> list[pulumi.CustomResource]:
        return [
            gcp.serviceaccount.IAMMember(
                f"{self._name}-as-{key}",
                service_account_id=self._account.name,
                role="roles/iam.serviceAccountUser",
                member=member,
                opts=self._child,
            )
            for key, member in args.impersonators.items()
        ]

    def _workload_identity_grants(self, args: JobIdentityArgs) -> list[pulumi.CustomResource]:
        return [
            gcp.serviceaccount.IAMMember(
                f"{self._name}-workload-identity-{index}",
                service_account_id=self._account.name,
                role="roles/iam.workloadIdentityUser",
                member=pulumi.Output.concat("serviceAccount:", subject),
                opts=self._child,
            )
            for index, subject in enumerate(args.workload_identity)
        ]
