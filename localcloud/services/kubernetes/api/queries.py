"""Reading the parameters of a request's query."""

from __future__ import annotations

from localcloud.services.kubernetes.api.errors import bad_request


def whole_number(query: dict[str, str], name: str) -> int | None:
    """A parameter's number; None if it is not given, 400 if it is none."""
    text = query.get(name, "")
    if text and not (text.isascii() and text.isdigit()):
        raise bad_request(f"invalid {name} {text!r}: not a whole number")
    return int(text) if text else None
