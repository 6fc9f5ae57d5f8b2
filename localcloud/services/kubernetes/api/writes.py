"""How a request wants something written: the parameters of its query, and who it is that writes."""

from __future__ import annotations

from dataclasses import dataclass, field

from starlette.requests import Request

from localcloud.services.kubernetes.api.errors import invalid_of
from localcloud.services.kubernetes.api.managed_fields import Manager
from localcloud.services.kubernetes.api.targets import Target

APPLY = "application/apply-patch+yaml"
OPTIONS = {"POST": "CreateOptions", "PUT": "UpdateOptions", "PATCH": "PatchOptions", "DELETE": "DeleteOptions"}
VALIDATIONS = ("Ignore", "Strict", "Warn")
LONGEST_MANAGER = 128
CONTROLLERS = Manager("kube-controller-manager")


@dataclass(frozen=True)
class Write:
    """`validation` says what is done about fields that are unknown or repeated; `problems` are those known already.

    `warnings` is filled with what the answer is to warn of.
    """

    manager: Manager = CONTROLLERS
    dry_run: bool = False
    force: bool = False
    validation: str = "Ignore"
    problems: tuple[str, ...] = ()
    warnings: list[str] = field(default_factory=list)


def read_write(request: Request, target: Target, problems: list[str]) -> Write:
    """422 for parameters that the verb doesn't have. Source: k8s.io/apimachinery, pkg/apis/meta/v1/validation."""
    query = request.query_params
    causes: list[tuple[str, str]] = []
    applies = request.headers.get("content-type", "").startswith(APPLY)
    manager, force = query.get("fieldManager", ""), query.get("force") in {"true", "1"}
    if query.get("dryRun", "All") not in {"", "All"}:
        causes.append(("dryRun", f"Unsupported value: {query['dryRun']!r}: supported values: All"))
    validation = query.get("fieldValidation") or "Warn"
    if validation not in VALIDATIONS:
        supported = ", ".join(VALIDATIONS)
        causes.append(("fieldValidation", f"Unsupported value: {validation!r}: supported values: {supported}"))
    if len(manager) > LONGEST_MANAGER:
        causes.append(("fieldManager", f"Too long: may not be more than {LONGEST_MANAGER} bytes"))
    elif not manager.isprintable():
        causes.append(("fieldManager", f"Invalid value: {manager!r}: should only contain printable characters"))
    if applies and not manager:
        causes.append(("fieldManager", "Required value: is required for apply patch"))
    if force and not applies:
        causes.append(("force", "Forbidden: may not be specified for non-apply patch"))
    if causes:
        raise invalid_of(OPTIONS.get(request.method, "CreateOptions"), "meta.k8s.io", "", causes)
    name = manager or request.headers.get("user-agent", "unknown").partition("/")[0]
    subresource = target.sub if target.sub in {"status", "scale"} else ""
    return Write(
        manager=Manager(name, "Apply" if applies else "Update", subresource),
        dry_run=query.get("dryRun") == "All",
        force=force,
        validation=validation,
        problems=tuple(problems),
    )
