"""Routes of the IAM service: POST /token and the service accounts of IAM v1."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from localcloud.services.common import EXCEPTION_HANDLERS, GoogleError, healthz, json_object, object_in, page
from localcloud.services.iam.accounts import Accounts
from localcloud.services.iam.tokens import grant, identity_certificates
from localcloud.settings import LocalCloud

CHANGEABLE = ("displayName", "description")
ACCOUNTS_A_PAGE = 20


def accounts_of(request: Request) -> Accounts:
    return request.app.state.accounts


async def body_of(request: Request) -> dict[str, Any]:
    return json_object(await request.body())


def checked(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields of an account that a caller may give, each of them text (or null)."""
    for name in CHANGEABLE:
        if not isinstance(fields.get(name, ""), str | None):
            raise GoogleError(400, f"{name} of a service account must be text, not {fields[name]!r}", "invalid")
    return fields


async def token(request: Request) -> Response:
    """The OAuth token endpoint; errors in OAuth's shape (RFC 6749, 5.2), which clients print as they are."""
    form = dict(parse_qsl((await request.body()).decode("utf-8", "replace")))
    try:
        return JSONResponse(await run_in_threadpool(grant, request.app.state.cloud, form))
    except GoogleError as error:
        return JSONResponse({"error": error.reason, "error_description": error.message}, status_code=error.code)


async def certificates(request: Request) -> Response:
    return JSONResponse(await run_in_threadpool(identity_certificates, request.app.state.cloud))


async def create_account(request: Request) -> Response:
    body = await body_of(request)
    project, account_id = request.path_params["project"], str(body.get("accountId", ""))
    fields = checked(object_in(body, "serviceAccount"))
    return JSONResponse(await run_in_threadpool(accounts_of(request).create, project, account_id, fields))


async def list_accounts(request: Request) -> Response:
    """Accounts of a project by e-mail; the page token is the number of accounts already given."""
    found = await run_in_threadpool(accounts_of(request).list, request.path_params["project"])
    query = request.query_params
    accounts, next_token = page(found, page_size(query.get("pageSize")), query.get("pageToken", ""))
    return JSONResponse({"accounts": accounts} | ({"nextPageToken": next_token} if next_token else {}))


def page_size(text: str | None) -> int:
    """Errors: 400 for what is no number of accounts."""
    if text and not text.isdecimal():
        raise GoogleError(400, f"pageSize {text!r} is no number of accounts", "badRequest")
    return int(text or 0) or ACCOUNTS_A_PAGE


async def get_account(request: Request) -> Response:
    record = await run_in_threadpool(accounts_of(request).record, request.path_params["account"])
    return JSONResponse(record["account"])


async def change_account(request: Request) -> Response:
    """PATCH with an updateMask, or PUT with the whole resource."""
    body = await body_of(request)
    if request.method == "PATCH":
        fields = object_in(body, "serviceAccount")
        mask = body.get("updateMask")
        names = str(mask).split(",") if mask else list(fields)
    else:
        fields, names = body, [name for name in CHANGEABLE if name in body]
    names = ["displayName" if name == "display_name" else name for name in names]
    for name in names:
        if name not in CHANGEABLE:
            raise GoogleError(400, f"{name} of a service account can't be changed; {', '.join(CHANGEABLE)} can")
    checked(fields)
    changes = {name: fields.get(name) for name in names}
    return JSONResponse(await run_in_threadpool(accounts_of(request).change, request.path_params["account"], changes))


async def delete_account(request: Request) -> Response:
    await run_in_threadpool(accounts_of(request).delete, request.path_params["account"])
    return JSONResponse({})


async def set_disabled(request: Request) -> Response:
    disabled = request.url.path.endswith(":disable")
    await run_in_threadpool(accounts_of(request).change, request.path_params["account"], {"disabled": disabled})
    return JSONResponse({})


async def get_policy(request: Request) -> Response:
    record = await run_in_threadpool(accounts_of(request).record, request.path_params["account"])
    return JSONResponse(record["policy"])


async def set_policy(request: Request) -> Response:
    requested = (await body_of(request)).get("policy")
    name = request.path_params["account"]
    return JSONResponse(await run_in_threadpool(accounts_of(request).set_policy, name, requested))


def create_app(cloud: LocalCloud) -> Starlette:
    """The IAM service of a cloud; the owner's account and key file exist when this returns."""
    project = "/v1/projects/{project}/serviceAccounts"
    account = project + "/{account}"
    app = Starlette(
        routes=[
            Route("/healthz", healthz),
            Route("/token", token, methods=["POST"]),
            Route("/oauth2/v1/certs", certificates),
            Route(project, list_accounts, methods=["GET"]),
            Route(project, create_account, methods=["POST"]),
            Route(account + ":getIamPolicy", get_policy, methods=["GET", "POST"]),
            Route(account + ":setIamPolicy", set_policy, methods=["POST"]),
            Route(account + ":disable", set_disabled, methods=["POST"]),
            Route(account + ":enable", set_disabled, methods=["POST"]),
            Route(account, get_account, methods=["GET"]),
            Route(account, change_account, methods=["PATCH", "PUT"]),
            Route(account, delete_account, methods=["DELETE"]),
        ],
        exception_handlers=EXCEPTION_HANDLERS,
    )
    app.state.cloud = cloud
    app.state.accounts = Accounts(cloud)
    app.state.accounts.ensure_owner()
    return app
