"""Service accounts."""

from __future__ import annotations

from typing import Any

from tests.localcloud.providers.fake_google.server import Asked, FakeGoogle, Route


def create_account(google: FakeGoogle, request: Asked, project: str) -> Any:
    email = f"{request.body['accountId']}@{project}.iam.gserviceaccount.com"
    name = f"projects/{project}/serviceAccounts/{email}"
    return google.put_new(
        f"/v1/{name}", {**request.body["serviceAccount"], "name": name, "email": email, "uniqueId": "9"}
    )


def set_disabled(google: FakeGoogle, request: Asked, account: str, verb: str) -> Any:
    google.need(f"/v1/{account}")["disabled"] = verb == "disable"
    return {}


ROUTES: list[Route] = [
    (r"POST /v1/projects/([^/]+)/serviceAccounts", create_account),
    (r"POST /v1/(projects/[^/]+/serviceAccounts/[^/:]+):(disable|enable)", set_disabled),
]
