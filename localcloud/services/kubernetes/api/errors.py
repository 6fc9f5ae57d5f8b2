"""Errors of the Kubernetes API: each is answered as a Status object.

Source: k8s.io/apimachinery, pkg/api/errors/errors.go and pkg/util/validation/field/errors.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from localcloud.services.kubernetes.api.discovery import Resource

REASONS = {
    "Required value": "FieldValueRequired",
    "Duplicate value": "FieldValueDuplicate",
    "Unsupported value": "FieldValueNotSupported",
    "Forbidden": "FieldValueForbidden",
    "Not found": "FieldValueNotFound",
    "Too long": "FieldValueTooLong",
}  # all others are FieldValueInvalid


class ApiError(Exception):
    """An HTTP code, Kubernetes' machine-readable reason, and a message for a person."""

    def __init__(self, code: int, reason: str, message: str, details: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.code, self.reason, self.message, self.details = code, reason, message, details or {}

    def status(self) -> dict[str, Any]:
        """The Status object of this error."""
        return {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": self.message,
            "reason": self.reason,
            "details": self.details,
            "code": self.code,
        }


def object_details(resource: str, name: str) -> dict[str, Any]:
    """What a Status says of the object that it is about; `resource` is a key such as `deployments.apps`."""
    plural, _, group = resource.partition(".")
    return {"name": name, **({"group": group} if group else {}), "kind": plural}


def unsupported_media(accepted: tuple[str, ...]) -> ApiError:
    listed = ", ".join(accepted)
    message = f"the body of the request was in an unknown format - accepted media types include: {listed}"
    return ApiError(415, "UnsupportedMediaType", message)


def bad_request(message: str) -> ApiError:
    return ApiError(400, "BadRequest", message)


def not_found(resource: str, name: str) -> ApiError:
    return ApiError(404, "NotFound", f'{resource} "{name}" not found', object_details(resource, name))


def already_exists(resource: str, name: str) -> ApiError:
    return ApiError(409, "AlreadyExists", f'{resource} "{name}" already exists', object_details(resource, name))


def conflict(resource: str, name: str, why: str = "") -> ApiError:
    why = why or "the object has been modified; please apply your changes to the latest version and try again"
    message = f'Operation cannot be fulfilled on {resource} "{name}": {why}'
    return ApiError(409, "Conflict", message, object_details(resource, name))


def apply_conflict(fields: dict[str, list[str]]) -> ApiError:
    """409 of a server-side apply; `fields` are those it would take, by the manager they belong to."""
    pairs = [(manager, path) for manager, paths in fields.items() for path in paths]
    causes = [
        {"reason": "FieldManagerConflict", "message": f"conflict with {manager}", "field": path}
        for manager, path in pairs
    ]
    if len(pairs) == 1:
        said = f"1 conflict: {causes[0]['message']}: {pairs[0][1]}"
    else:
        listed = ("\n- ".join((f"conflicts with {manager}:", *paths)) for manager, paths in fields.items())
        said = f"{len(pairs)} conflicts: " + "\n".join(listed)
    return ApiError(409, "Conflict", f"Apply failed with {said}", {"causes": causes})


def forbidden(resource: str, name: str, why: str, details: dict[str, Any] | None = None) -> ApiError:
    message = f'{resource} "{name}" is forbidden: {why}'
    return ApiError(403, "Forbidden", message, {**object_details(resource, name), **(details or {})})


def invalid(resource: Resource, name: str, causes: list[tuple[str, str]]) -> ApiError:
    """422; `causes` are pairs of a field's path and what is wrong with it."""
    return invalid_of(resource.kind, resource.group, name, causes)


def invalid_of(kind: str, group: str, name: str, causes: list[tuple[str, str]]) -> ApiError:
    """422 of a kind that is no resource, such as the options of a request."""
    texts = [f"{path}: {message}" for path, message in causes]
    listed = [
        {"reason": REASONS.get(message.partition(":")[0], "FieldValueInvalid"), "message": message, "field": path}
        for path, message in causes
    ]
    details = {"name": name, **({"group": group} if group else {}), "kind": kind, "causes": listed}
    text = texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"
    full = f"{kind}.{group}" if group else kind
    return ApiError(422, "Invalid", f'{full} "{name}" is invalid: {text}', details)
