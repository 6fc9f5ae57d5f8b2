"""This machine is called directly, whatever proxy is set."""

from __future__ import annotations

import urllib.request

import pytest

from localcloud import proxies


def test_what_was_excepted_stays_so_and_is_said_once() -> None:
    given = {"NO_PROXY": "intranet, 127.0.0.1", "no_proxy": "intranet", "no_grpc_proxy": "other"}
    text = "intranet,127.0.0.1,other,localhost,127.0.0.0/8"
    assert proxies.direct_environment(given) == dict.fromkeys(("NO_PROXY", "no_proxy", "no_grpc_proxy"), text)


def test_everything_stays_everything() -> None:
    assert set(proxies.direct_environment({"no_proxy": "intranet,*"}).values()) == {"*"}


def test_pythons_client_heeds_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://proxy:3128")
    for name, value in proxies.direct_environment({}).items():
        monkeypatch.setenv(name, value)
    assert urllib.request.proxy_bypass("127.0.0.1:8480")
    assert not urllib.request.proxy_bypass("storage.googleapis.com")
