"""Errors of the Kubernetes API: each is answered as a Status object."""

from __future__ import annotations

from typing import Any


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


def bad_request(message: str) -> ApiError:
    return ApiError(400, "BadRequest", message)


def not_found(resource: str, name: str) -> ApiError:
    return ApiError(404, "NotFound", f'{resource} "{name}" not found', {"kind": resource, "name": name})


def already_exists(resource: str, name: str) -> ApiError:
    return ApiError(409, "AlreadyExists", f'{resource} "{name}" already exists', {"kind": resource, "name": name})


def conflict(resource: str, name: str, why: str = "") -> ApiError:
    why = why or "the object has been modified; please apply your changes to the latest version and try again"
    message = f'Operation cannot be fulfilled on {resource} "{name}": {why}'
    return ApiError(409, "Conflict", message, {"kind": resource, "name": name})


def invalid(kind: str, name: str, causes: list[tuple[str, str]]) -> ApiError:
    """422; `causes` are pairs of a field's path and what is wrong with it."""
    text = "; ".join(f"{path}: {message}" for path, message in causes)
    listed = [{"reason": "FieldValueInvalid", "field": path, "message": message} for path, message in causes]
    details = {"kind": kind, "name": name, "causes": listed}
    return ApiError(422, "Invalid", f'{kind} "{name}" is invalid: {text}', details)
