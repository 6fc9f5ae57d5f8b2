"""What an API of Google's has, as the official client calls it."""

from __future__ import annotations

import importlib
import pkgutil
import re
from types import ModuleType

from starlette.testclient import TestClient

VARIABLE = re.compile(r"\{[^}=]+(?:=([^}]+))?\}")


def called(client_package: ModuleType) -> list[tuple[str, str]]:
    """The HTTP method and path of everything that a client of this package can call, with `x` for every name."""
    found: set[tuple[str, str]] = set()
    services = importlib.import_module(f"{client_package.__name__}.services")
    for service in pkgutil.iter_modules(services.__path__, f"{services.__name__}."):
        base = importlib.import_module(f"{service.name}.transports.rest_base")
        (transport,) = (value for name, value in vars(base).items() if re.fullmatch("_Base.*RestTransport", name))
        for method in vars(transport).values():
            if hasattr(method, "_get_http_options"):
                found |= {(option["method"].upper(), _named(option["uri"])) for option in method._get_http_options()}
    return sorted(found)


def _named(uri: str) -> str:
    return VARIABLE.sub(lambda found: (found[1] or "*").replace("*", "x"), uri)


def unknown(client: TestClient, client_package: ModuleType) -> list[tuple[str, str]]:
    """What a service takes for no method of its API, though Google's client calls it."""
    methods = called(client_package)
    assert len(methods) > 20
    answers = {(method, path): client.request(method, path, json={}).text for method, path in methods}
    return [method for method, text in answers.items() if "is not a method of this API" in text or not text]
