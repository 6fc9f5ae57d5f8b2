"""Errors of the Iceberg REST protocol: an HTTP status with the exception's name its clients look for."""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pyiceberg.exceptions import ValidationError as IcebergValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from localcloud.services.common import GoogleError, google_response

Model = TypeVar("Model", bound=BaseModel)
TYPE_OF_STATUS = {
    400: "BadRequestException",
    401: "NotAuthorizedException",
    403: "ForbiddenException",
    404: "NotFoundException",
    413: "InsufficientStorageException",
    500: "InternalServerError",
    501: "UnsupportedOperationException",
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


def read(model: type[Model], body: dict[str, Any]) -> Model:
    """A request's body. Errors: 400 that says where it is not of the specification's form, as one line."""
    try:
        return model.model_validate(body)
    except ValidationError as error:
        first = error.errors()[0]
        raise bad_request(f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}") from error
    except KeyError as error:  # what pyiceberg's validators raise for a part of a type that is not there
        raise bad_request(f"{model.__name__}: {error} is missing") from error
    except (IcebergValidationError, TypeError, AttributeError, ArithmeticError) as error:
        raise bad_request(f"{model.__name__}: {error}") from error


def shared_error_response(request: Request, error: GoogleError) -> Response:
    """Google's errors keep Google's shape in the management API and take Iceberg's shape in the catalogue."""
    if "/extensions/" in request.url.path:
        return google_response(request, error)
    return iceberg_error_response(error.code, TYPE_OF_STATUS.get(error.code, "RESTException"), error.message)
