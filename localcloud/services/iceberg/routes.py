"""Routes of the catalogue: Iceberg's REST protocol, and BigLake's management of catalogs."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.requests import Request

from localcloud.services.dispatch import Route, application
from localcloud.services.iceberg import errors
from localcloud.services.iceberg.api import Api, CatalogCall
from localcloud.services.identity import bearer_token, caller
from localcloud.services.transcoding import NO_METHOD, not_offered
from localcloud.settings import LocalCloud

BASE = "/iceberg/v1/restcatalog"
CATALOGS = BASE + "/extensions/projects/{project}/catalogs"
CATALOG = CATALOGS + "/{catalog}"
PREFIXED = BASE + "/v1/projects/{project}/catalogs/{catalog}"
NAMESPACES = PREFIXED + "/namespaces"
NAMESPACE = NAMESPACES + "/{namespace}"
TABLES = NAMESPACE + "/tables"
TABLE = TABLES + "/{table}"
VIEWS = NAMESPACE + "/views"
NOT_OFFERED = not_offered(
    BASE + "/v1/oauth/tokens",
    VIEWS,
    NAMESPACE + "/register-view",
    PREFIXED + "/views/rename",
    *(TABLE + rest for rest in ("/credentials", "/plan", "/plan/{plan}", "/tasks", "/sign")),
    CATALOG + ":failover",
    "/v1/{resource=projects/*/catalogs/**}",
    "/v1/{resource=projects/*/locations/*/catalogs}",
    "/v1/{resource=projects/*/locations/*/catalogs/**}",
)
"""Source: Iceberg's rest-catalog-open-api.yaml; https://cloud.google.com/lakehouse/docs/reference/rest."""


def create_app(cloud: LocalCloud) -> Starlette:
    """The service's application; its state is below cloud.folder("iceberg")."""
    api = Api(cloud)
    routes = [
        Route("GET", CATALOGS, api.list_catalogs),
        Route("POST", CATALOGS, api.create_catalog),
        Route("GET", CATALOG, api.get_catalog),
        Route("PATCH", CATALOG, api.patch_catalog),
        Route("DELETE", CATALOG, api.delete_catalog),
        Route("GET", BASE + "/v1/config", api.config),
        Route("GET", NAMESPACES, api.list_namespaces),
        Route("POST", NAMESPACES, api.create_namespace),
        Route("HEAD", NAMESPACE, api.head_namespace),
        Route("GET", NAMESPACE, api.get_namespace),
        Route("DELETE", NAMESPACE, api.drop_namespace),
        Route("POST", NAMESPACE + "/properties", api.update_properties),
        Route("GET", TABLES, api.list_tables),
        Route("POST", TABLES, api.create_table),
        Route("HEAD", TABLE, api.head_table),
        Route("GET", TABLE, api.load_table),
        Route("POST", TABLE, api.commit_table),
        Route("DELETE", TABLE, api.drop_table),
        Route("POST", TABLE + "/metrics", api.report_metrics),
        Route("POST", NAMESPACE + "/register", api.register_table),
        Route("POST", PREFIXED + "/tables/rename", api.rename_table),
        Route("POST", PREFIXED + "/transactions/commit", api.commit_transaction),
        Route("GET", VIEWS, api.list_views),
        Route("HEAD GET POST DELETE", VIEWS + "/{view}", api.no_view),
        NOT_OFFERED,
        NO_METHOD,
    ]
    api.endpoints = [
        f"{route.methods} {path.replace(PREFIXED, '/v1/{prefix}')}"
        for route in routes
        for path in route.paths
        if PREFIXED in path and VIEWS not in path and route is not NOT_OFFERED
    ]
    handlers = {errors.IcebergError: errors.handle_iceberg_error}
    return application(
        cloud, routes, call=CatalogCall, identify=identify, respond=errors.shared_error_response, handlers=handlers
    )


def identify(request: Request, cloud: LocalCloud) -> str | None:
    """Who calls; pyiceberg's default client without a token sends the token `None`."""
    return None if bearer_token(request.headers) == "None" else caller(request, cloud)
