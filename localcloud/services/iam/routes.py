"""Routes of the IAM service: POST /token and the service accounts of IAM v1."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from localcloud.services.common import GoogleError, object_in, page
from localcloud.services.dispatch import Call, Route, application
from localcloud.services.iam.accounts import Accounts
from localcloud.services.iam.tokens import grant, identity_certificates
from localcloud.services.transcoding import NO_METHOD, not_offered
from localcloud.settings import LocalCloud

ACCOUNTS = "/v1/projects/{project}/serviceAccounts"
ACCOUNT = ACCOUNTS + "/{account}"
CHANGEABLE = ("displayName", "description")
ACCOUNTS_A_PAGE = 20
NOT_OFFERED = not_offered(
    ACCOUNT + ":{method}",
    *(f"{ACCOUNT}/keys{rest}" for rest in ("", ":upload", "/{key}", "/{key}:{method}")),
    *(f"/v1/{parent}roles{rest}" for parent in ("", "projects/{project}/") for rest in ("", ":{method}", "/{role}")),
    "/v1/projects/{project}/roles/{role}:undelete",
    "/v1/permissions:queryTestablePermissions",
    "/v1/iamPolicies:{method}",
    "/v1/{rest=organizations/**}",
    "/v1/{rest=projects/*/locations/**}",
)
"""Source: https://cloud.google.com/iam/docs/reference/rest, v1, and IAM Service Account Credentials v1."""


def create_app(cloud: LocalCloud) -> Starlette:
    """The IAM service of a cloud; the owner's account and key file exist when this returns."""
    api = AccountsApi(Accounts(cloud))
    api.accounts.ensure_owner()
    routes = [
        Route("POST", "/token", token, streams=True),
        Route("GET", "/oauth2/v1/certs", lambda call: identity_certificates(call.cloud)),
        Route("GET", ACCOUNTS, api.list),
        Route("POST", ACCOUNTS, api.create),
        Route("GET POST", ACCOUNT + ":getIamPolicy", api.get_policy),
        Route("POST", ACCOUNT + ":setIamPolicy", api.set_policy),
        Route("POST", ACCOUNT + ":disable", api.disable),
        Route("POST", ACCOUNT + ":enable", api.enable),
        Route("GET", ACCOUNT, api.get),
        Route("PATCH", ACCOUNT, api.patch),
        Route("PUT", ACCOUNT, api.update),
        Route("DELETE", ACCOUNT, api.delete),
        NOT_OFFERED,
        NO_METHOD,
    ]
    return application(cloud, routes)


async def token(call: Call) -> Response:
    """The OAuth token endpoint; errors in OAuth's shape (RFC 6749, 5.2), which clients print as they are."""
    form = dict(parse_qsl((await call.request.body()).decode("utf-8", "replace")))
    try:
        return JSONResponse(await run_in_threadpool(grant, call.cloud, form))
    except GoogleError as error:
        return JSONResponse({"error": error.reason, "error_description": error.message}, status_code=error.code)


class AccountsApi:
    """projects.serviceAccounts."""

    def __init__(self, accounts: Accounts) -> None:
        self.accounts = accounts

    def list(self, call: Call) -> Any:
        """Accounts of a project by e-mail; the page token is the number of accounts already given."""
        found = self.accounts.list(call.path["project"])
        size = call.number("pageSize") or ACCOUNTS_A_PAGE
        accounts, next_token = page(found, size, call.query.get("pageToken", ""))
        return {"accounts": accounts} | ({"nextPageToken": next_token} if next_token else {})

    def create(self, call: Call) -> Any:
        fields = _checked(object_in(call.body, "serviceAccount"))
        return self.accounts.create(call.path["project"], str(call.body.get("accountId", "")), fields)

    def get(self, call: Call) -> Any:
        return self.accounts.record(call.path["account"])["account"]

    def patch(self, call: Call) -> Any:
        """Change the fields in updateMask; without one, those that are given."""
        fields, mask = object_in(call.body, "serviceAccount"), call.body.get("updateMask")
        names = ["displayName" if name == "display_name" else name for name in str(mask).split(",")]
        return self._change(call, fields, names if mask else list(fields))

    def update(self, call: Call) -> Any:
        return self._change(call, call.body, [name for name in CHANGEABLE if name in call.body])

    def _change(self, call: Call, fields: dict[str, Any], names: list[str]) -> Any:
        for name in names:
            if name not in CHANGEABLE:
                raise GoogleError(400, f"{name} of a service account can't be changed; {', '.join(CHANGEABLE)} can")
        _checked(fields)
        return self.accounts.change(call.path["account"], {name: fields.get(name) for name in names})

    def disable(self, call: Call) -> Any:
        self.accounts.change(call.path["account"], {"disabled": True})
        return {}

    def enable(self, call: Call) -> Any:
        self.accounts.change(call.path["account"], {"disabled": False})
        return {}

    def delete(self, call: Call) -> Any:
        self.accounts.delete(call.path["account"])
        return {}

    def get_policy(self, call: Call) -> Any:
        return self.accounts.record(call.path["account"])["policy"]

    def set_policy(self, call: Call) -> Any:
        return self.accounts.set_policy(call.path["account"], call.body.get("policy"))


def _checked(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields of an account that a caller may give, each of them text (or null)."""
    for name in CHANGEABLE:
        if not isinstance(fields.get(name, ""), str | None):
            raise GoogleError(400, f"{name} of a service account must be text, not {fields[name]!r}", "invalid")
    return fields
