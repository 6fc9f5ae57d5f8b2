"""Requests to IAM, as its clients send them."""

from __future__ import annotations

from tests.localcloud.services.any_request import Example


def requests(folder: str) -> list[Example]:
    accounts = "/v1/projects/p/serviceAccounts"
    one = f"{accounts}/robot-1@p.iam.gserviceaccount.com"
    binding = {"role": "roles/iam.serviceAccountUser", "members": ["user:a@b.c"], "condition": None}
    return [
        Example("POST", accounts, {"accountId": "robot-1", "serviceAccount": {"displayName": "x", "description": "y"}}),
        Example("GET", f"{accounts}?pageSize=2&pageToken=1"),
        Example("GET", one),
        Example("PATCH", one, {"serviceAccount": {"displayName": "z"}, "updateMask": "displayName"}),
        Example("PUT", one, {"displayName": "z", "etag": "x"}),
        Example("POST", f"{one}:setIamPolicy", {"policy": {"bindings": [binding], "version": 3}}),
        Example("POST", f"{one}:getIamPolicy", {}),
        Example("POST", f"{one}:disable", {}),
        Example("POST", f"{one}:enable", {}),
        Example("POST", "/token"),
    ]
