"""Errors of the Iceberg REST protocol: an HTTP status with the exception's name its clients look for."""

from __future__ import annotations

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from localcloud.services.common import GoogleError, google_response

TYPE_OF_STATUS = {
    400: "BadRequestException",
    401: "NotAuthorizedException",
    403: "ForbiddenException",
    404: "NotFoundException",
    413: "InsufficientStorageException",
    500: "InternalServerError",
    503: "ServiceUnavailableException",
}


class IcebergError(Exception):
    """`code` is the HTTP status, `type_` one of the names in Iceberg's REST specification."""

    def __init__(self, code: int, type_: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.type = type_
        self.message = message


def bad_request(message: str) -> IcebergError:
    return IcebergError(400, "BadRequestException", message)


def no_such_namespace(name: str) -> IcebergError:
    return IcebergError(404, "NoSuchNamespaceException", f"Namespace does not exist: {name}")


def no_such_table(name: str) -> IcebergError:
    return IcebergError(404, "NoSuchTableException", f"Table does not exist: {name}")


def already_exists(what: str) -> IcebergError:
    return IcebergError(409, "AlreadyExistsException", f"{what} already exists")


def commit_failed(message: str) -> IcebergError:
    return IcebergError(409, "CommitFailedException", message)


def iceberg_error_response(code: int, type_: str, message: str) -> Response:
    return JSONResponse({"error": {"message": message, "type": type_, "code": code}}, status_code=code)


async def handle_iceberg_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, IcebergError)
    return iceberg_error_response(error.code, error.type, error.message)


async def handle_validation_error(request: Request, error: Exception) -> Response:
    """A request body that is not of the specification's form: say where and what, as one line."""
    assert isinstance(error, ValidationError)
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    return iceberg_error_response(400, "BadRequestException", f"{where}: {first['msg']}")


def shared_error_response(request: Request, error: GoogleError) -> Response:
    """Google's errors keep Google's shape in the management API and take Iceberg's shape in the catalogue."""
    if "/extensions/" in request.url.path:
        return google_response(request, error)
    return iceberg_error_response(error.code, TYPE_OF_STATUS.get(error.code, "RESTException"), error.message)
