"""New objects of old ones: copy, rewrite, move and compose. Copies share their bytes by hard links."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from localcloud.services.common import GoogleError
from localcloud.services.storage import objects
from localcloud.services.storage.content import concatenated, linked
from localcloud.services.storage.objects import WRITABLE, ObjectVersion
from localcloud.services.storage.permissions import Grant
from localcloud.services.storage.preconditions import Preconditions
from localcloud.services.storage.store import Store

MOST_SOURCES = 32


def copy(
    store: Store,
    source: tuple[str, str, int | None],
    source_preconditions: Preconditions,
    grant: Grant,
    bucket: str,
    name: str,
    fields: dict[str, Any],
    preconditions: Preconditions,
    *,
    move: bool = False,
) -> ObjectVersion:
    """Add a copy of (bucket, name, generation or None for the live one).

    With `move` the source goes at the same moment. `fields` replace the source's metadata if there are any, as in
    Google's rewrite.
    """
    while True:
        version = objects.get(store, *source)
        source_preconditions.check(version)
        try:
            content = linked(store, version.content)
            break
        except FileNotFoundError:  # replaced between the two steps: look again
            continue
    given = {key: value for key, value in fields.items() if key in WRITABLE or key == "kmsKeyName"}
    inherited = {key: value for key, value in version.resource.items() if key in WRITABLE}
    inherited = {key: value for key, value in inherited.items() if key not in ("temporaryHold", "eventBasedHold")}
    if given.keys() - {"storageClass", "kmsKeyName"}:
        inherited = {"contentType": inherited["contentType"]}
    also = objects.moved_away(store, version) if move else None
    return objects.add(store, grant, bucket, name, inherited | given, content, preconditions, also)


def compose(
    store: Store, grant: Grant, bucket: str, name: str, body: dict[str, Any], preconditions: Preconditions
) -> ObjectVersion:
    """Concatenate objects of one bucket into an object. Errors: 400 for no or too many sources, 404, 412."""
    wanted = body.get("sourceObjects") or []
    if not 1 <= len(wanted) <= MOST_SOURCES:
        raise GoogleError(400, f"compose takes 1-{MOST_SOURCES} source objects, not {len(wanted)}", "invalid")
    while True:
        sources = []
        for one in wanted:
            generation = int(one["generation"]) if one.get("generation") else None
            version = objects.get(store, bucket, str(one.get("name", "")), generation)
            required = (one.get("objectPreconditions") or {}).get("ifGenerationMatch")
            Preconditions(generation_match=None if required is None else int(required)).check(version)
            sources.append(version)
        try:
            joined = concatenated(store, [(version.content_id, version.data) for version in sources])
            break
        except FileNotFoundError:  # a source was replaced meanwhile: look again
            continue
    fields = {"contentType": sources[0].resource["contentType"]} | (body.get("destination") or {})
    return objects.add(store, grant, bucket, name, fields, replace(joined, md5=None), preconditions)
