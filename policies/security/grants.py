"""Who is granted what: nobody nameless, nothing wide, and no keys that can be carried away."""

from __future__ import annotations

from collections.abc import Iterator

from components.roles import BASIC_ROLES
from policies.resource_types import BUCKET_GRANT
from policies.rule import Resource, resource_rule

PUBLIC_MEMBERS = {"allUsers", "allAuthenticatedUsers"}
WIDE_GRANTS = ("gcp:projects/iAM", "gcp:folder/iAM", "gcp:organizations/iAM")
KEY = "gcp:serviceaccount/key:Key"


@resource_rule(
    passes=[Resource(BUCKET_GRANT, {"member": "group:a@example.com"})],
    fails=[
        ("allUsers", Resource(BUCKET_GRANT, {"member": "allUsers"})),
        ("allAuthenticatedUsers", Resource("gcp:x", {"members": ["allAuthenticatedUsers"]})),
    ],
)
def forbid_public_members(resource: Resource) -> Iterator[str]:
    """Nothing is granted to everybody."""
    members = [resource.props.get("member"), *(resource.props.get("members") or [])]
    public = sorted(PUBLIC_MEMBERS.intersection(member for member in members if member))
    if public:
        yield f"{', '.join(public)} may not be granted anything: name who needs it"


@resource_rule(
    passes=[Resource(BUCKET_GRANT, {"role": "roles/storage.objectViewer"})],
    fails=[
        ("basic role", Resource(BUCKET_GRANT, {"role": "roles/editor"})),
        ("whole project", Resource("gcp:projects/iAMMember:IAMMember", {"role": "roles/x.y"})),
        ("leaks", Resource(KEY)),
    ],
)
def require_narrow_grants(resource: Resource) -> Iterator[str]:
    """Grants are narrow, and keyless."""
    role = resource.props.get("role")
    if role in BASIC_ROLES:
        yield f"{role} is a basic role: grant the predefined role for the task"
    if resource.type.startswith(WIDE_GRANTS):
        yield "a grant on a whole project, folder or organization: grant on the resource itself"
    if resource.type == KEY:
        yield "a key of a service account leaks sooner or later: impersonate the account, or use Workload Identity"
