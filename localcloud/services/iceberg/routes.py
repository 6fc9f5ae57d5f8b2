"""Iceberg's REST catalogue and BigLake's catalog management over HTTP: routes, bodies, errors."""

from __future__ import annotations

from collections.abc import Callable

from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from localcloud.services.common import exception_handlers, healthz, json_object
from localcloud.services.iceberg import errors
from localcloud.services.iceberg.api import Api, Call
from localcloud.services.identity import caller
from localcloud.settings import LocalCloud

BASE = "/iceberg/v1/restcatalog"
CATALOGS = BASE + "/extensions/projects/{project}/catalogs"
PREFIXED = BASE + "/v1/projects/{project}/catalogs/{catalog}"
NAMESPACES = PREFIXED + "/namespaces"


def create_app(cloud: LocalCloud) -> Starlette:
    """The service's application; its state is below cloud.folder("iceberg")."""
    api = Api(cloud)

    def route(path: str, method: str, handler: Callable[[Call], Response]) -> Route:
        async def endpoint(request: Request) -> Response:
            data = await request.body()
            return await run_in_threadpool(_handle, cloud, request, data, handler)

        return Route(path, endpoint, methods=[method])

    namespace, tables = NAMESPACES + "/{namespace}", NAMESPACES + "/{namespace}/tables"
    table, views = tables + "/{table}", NAMESPACES + "/{namespace}/views"
    routes = [
        Route("/healthz", healthz),
        route(CATALOGS, "GET", api.list_catalogs),
        route(CATALOGS, "POST", api.create_catalog),
        route(CATALOGS + "/{catalog}", "GET", api.get_catalog),
        route(CATALOGS + "/{catalog}", "PATCH", api.patch_catalog),
        route(CATALOGS + "/{catalog}", "DELETE", api.delete_catalog),
        route(BASE + "/v1/config", "GET", api.config),
        route(NAMESPACES, "GET", api.list_namespaces),
        route(NAMESPACES, "POST", api.create_namespace),
        route(namespace, "HEAD", api.head_namespace),
        route(namespace, "GET", api.get_namespace),
        route(namespace, "DELETE", api.drop_namespace),
        route(namespace + "/properties", "POST", api.update_properties),
        route(tables, "GET", api.list_tables),
        route(tables, "POST", api.create_table),
        route(table, "HEAD", api.head_table),
        route(table, "GET", api.load_table),
        route(table, "POST", api.commit_table),
        route(table, "DELETE", api.drop_table),
        route(table + "/metrics", "POST", api.report_metrics),
        route(namespace + "/register", "POST", api.register_table),
        route(PREFIXED + "/tables/rename", "POST", api.rename_table),
        route(PREFIXED + "/transactions/commit", "POST", api.commit_transaction),
        route(views, "GET", api.list_views),
        route(views + "/{view}", "HEAD", api.no_view),
        route(views + "/{view}", "GET", api.no_view),
    ]
    handlers = exception_handlers(errors.shared_error_response) | {
        errors.IcebergError: errors.handle_iceberg_error,
        ValidationError: errors.handle_validation_error,
    }
    return Starlette(routes=routes, exception_handlers=handlers)


def _handle(cloud: LocalCloud, request: Request, data: bytes, handler: Callable[[Call], Response]) -> Response:
    """Check who calls and read the body, in a worker thread, then answer."""
    token = _token(cloud, request)
    return handler(Call(request, json_object(data), token))


def _token(cloud: LocalCloud, request: Request) -> str | None:
    """The caller's token, checked; None for an anonymous caller. Errors: GoogleError 401."""
    token = request.headers.get("authorization", "").partition(" ")[2]
    if token == "None":  # pyiceberg's default client without a token sends exactly this
        return None
    return token if caller(request.headers, cloud) is not None else None
