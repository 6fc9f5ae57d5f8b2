"""Names of namespaces and tables: one rule, asked when one is given."""

from __future__ import annotations

import re

from localcloud.services.iceberg.errors import bad_request

NAME = re.compile(r"[^\x00-\x1f\x7f/?#]+")
"""A name is a folder of the lake and a segment of a path; clients cut a location off at `?` and `#`."""
LONGEST = 255  # bytes, as of a folder
NO_FOLDERS = (".", "..")


def is_folder(name: str) -> bool:
    return bool(NAME.fullmatch(name)) and name not in NO_FOLDERS and len(name.encode()) <= LONGEST


def check_name(what: str, name: str) -> None:
    """Errors: 400 for a name that a new namespace or table can't have; what has one already keeps it."""
    if not is_folder(name):
        shown = name if len(name) <= LONGEST else f"{name[:40]}..."
        raise bad_request(
            f"Invalid {what} name {shown!r}: it must be 1 to {LONGEST} bytes without /, ?, # and control characters"
        )
