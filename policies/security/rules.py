"""The security rules. Each yields what is wrong with one resource, and what to change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pulumi_policy import ResourceValidationArgs

PUBLIC_MEMBERS = {"allUsers", "allAuthenticatedUsers"}
BASIC_ROLES = {"roles/owner", "roles/editor", "roles/viewer"}
WIDE_GRANTS = ("gcp:projects/iAM", "gcp:folder/iAM", "gcp:organizations/iAM")
WORKLOADS = {
    "kubernetes:apps/v1:Deployment",
    "kubernetes:apps/v1:StatefulSet",
    "kubernetes:apps/v1:DaemonSet",
}


def require_private_buckets(args: ResourceValidationArgs) -> Iterator[str]:
    """Access to a bucket is by IAM alone, and never public."""
    if args.resource_type != "gcp:storage/bucket:Bucket":
        return
    if args.props.get("uniformBucketLevelAccess") is not True:
        yield "uniformBucketLevelAccess must be true: object ACLs escape review"
    if args.props.get("publicAccessPrevention") != "enforced":
        yield 'publicAccessPrevention must be "enforced"'


def require_customer_keys(args: ResourceValidationArgs) -> Iterator[str]:
    """Drive logs show people; their bytes are under a key that we can revoke and that rotates."""
    if args.resource_type == "gcp:storage/bucket:Bucket":
        if not (args.props.get("encryption") or {}).get("defaultKmsKeyName"):
            yield "encryption.defaultKmsKeyName is missing: use components.encryption_key.EncryptionKey"
    elif args.resource_type == "gcp:kms/cryptoKey:CryptoKey" and not args.props.get("rotationPeriod"):
        yield "rotationPeriod is missing: a key that encrypts data rotates"


def forbid_public_members(args: ResourceValidationArgs) -> Iterator[str]:
    """Nothing is granted to everybody."""
    members = [args.props.get("member"), *(args.props.get("members") or [])]
    public = sorted(PUBLIC_MEMBERS.intersection(member for member in members if member))
    if public:
        yield f"{', '.join(public)} may not be granted anything: name who needs it"


def require_narrow_grants(args: ResourceValidationArgs) -> Iterator[str]:
    """Grants are on resources and of predefined or custom roles; nobody holds a service account's key."""
    role = args.props.get("role")
    if role in BASIC_ROLES:
        yield f"{role} is a basic role: grant the predefined role for the task"
    if args.resource_type.startswith(WIDE_GRANTS):
        yield "a grant on a whole project, folder or organization: grant on the resource itself"
    if args.resource_type == "gcp:serviceaccount/key:Key":
        yield "a key of a service account leaks sooner or later: impersonate the account, or use Workload Identity"


def require_hardened_clusters(args: ResourceValidationArgs) -> Iterator[str]:
    """Nodes have no public address, pods have identities of their own, and no container runs as root."""
    if args.resource_type == "gcp:container/cluster:Cluster":
        if not (args.props.get("privateClusterConfig") or {}).get("enablePrivateNodes"):
            yield "privateClusterConfig.enablePrivateNodes must be true"
        if not (args.props.get("workloadIdentityConfig") or {}).get("workloadPool"):
            yield "workloadIdentityConfig.workloadPool is missing: pods must not share the node's identity"
    elif args.resource_type in WORKLOADS:
        yield from check_pod(args.props["spec"]["template"]["spec"])


def check_pod(pod: Mapping[str, Any]) -> Iterator[str]:
    nonroot_pod = (pod.get("securityContext") or {}).get("runAsNonRoot")
    for container in pod.get("containers") or []:
        context = container.get("securityContext") or {}
        if not context.get("runAsNonRoot", nonroot_pod):
            yield f"container {container['name']}: securityContext.runAsNonRoot must be true"
        if context.get("privileged") or context.get("allowPrivilegeEscalation") is not False:
            yield f"container {container['name']}: securityContext.allowPrivilegeEscalation must be false"
