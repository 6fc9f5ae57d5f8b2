"""New objects of old ones: copy, rewrite, move, restore and compose. Copies share their bytes by hard links."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from localcloud.services.common import GoogleError, object_in
from localcloud.services.storage import customer_keys, objects
from localcloud.services.storage.content import concatenated, linked
from localcloud.services.storage.object_fields import WRITABLE, checked
from localcloud.services.storage.objects import ObjectVersion
from localcloud.services.storage.offered import check_fields
from localcloud.services.storage.permissions import Grant
from localcloud.services.storage.preconditions import Preconditions, integer
from localcloud.services.storage.store import Store

MOST_SOURCES = 32
Keys = tuple[dict[str, str] | None, dict[str, str] | None]
"""The customer's key of the source, and that of the copy, as resources tell them."""
COMPOSE = frozenset({"deleteSourceObjects", "destination", "sourceObjects"})
KEEPERS = ("temporaryHold", "eventBasedHold", "retention")  # of a version, not of its copies


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
    keys: Keys,
    move: bool = False,
) -> ObjectVersion:
    """Add a copy of (bucket, name, generation or None for the live one).

    With `move` the source goes at the same moment. `fields` replace the source's metadata if there are any, as in
    Google's rewrite.
    """
    source_key, own_key = keys
    while True:
        version = objects.get(store, *source)
        source_preconditions.check(version)
        customer_keys.check(version, version.resource.get(customer_keys.FIELD) if move else source_key)
        try:
            content = linked(store, version.content)
            break
        except FileNotFoundError:
            objects.require_content(store, version)
    own = {customer_keys.FIELD: version.resource.get(customer_keys.FIELD) if move else own_key}
    given = {key: value for key, value in checked(fields).items() if key in WRITABLE or key == "kmsKeyName"}
    inherited = {key: value for key, value in version.resource.items() if key in WRITABLE}
    inherited = {key: value for key, value in inherited.items() if key not in KEEPERS}
    if given.keys() - {"storageClass", "kmsKeyName"}:
        inherited = {"contentType": inherited.get("contentType")}
    also = objects.removed(store, [version]) if move else None
    return objects.add(store, grant, bucket, name, inherited | given | own, content, preconditions, also)


def restore(store: Store, grant: Grant, source: tuple[str, str, int], preconditions: Preconditions) -> ObjectVersion:
    """Make a soft-deleted version (bucket, name, generation) the live one anew. Errors: 404 if there is none."""
    version = objects.get(store, *source, table="restorable")
    kept = {key: value for key, value in version.resource.items() if key in (*WRITABLE, customer_keys.FIELD)}
    return objects.add(store, grant, version.bucket, version.name, kept, linked(store, version.content), preconditions)


def compose(
    store: Store,
    grant: Grant,
    bucket: str,
    name: str,
    body: dict[str, Any],
    fields: dict[str, Any],
    preconditions: Preconditions,
) -> ObjectVersion:
    """Concatenate objects of one bucket into an object, with these fields beside those of the body.

    Errors: 400 for no or too many sources, and for another customer's key than theirs; 404, 412.
    """
    wanted = _sources_in(body)
    destination = checked(object_in(body, "destination"))
    while True:
        sources = [_source(store, bucket, one) for one in wanted]
        for version in sources:
            grant.of(version.name).require("storage.objects.get")
            customer_keys.check(version, fields.get(customer_keys.FIELD))
        try:
            joined = concatenated(store, [(version.content_id, version.data) for version in sources])
            break
        except FileNotFoundError:
            for version in sources:
                objects.require_content(store, version)
    also = None
    if body.get("deleteSourceObjects"):
        for version in sources:
            grant.of(version.name).require("storage.objects.delete")
        also = objects.removed(store, sources)
    fields |= {"componentCount": sum(int(version.resource.get("componentCount", 1)) for version in sources)}
    return objects.add(store, grant, bucket, name, destination | fields, replace(joined, md5=None), preconditions, also)


def _sources_in(body: dict[str, Any]) -> list[dict[str, Any]]:
    check_fields("ComposeRequest", body, COMPOSE)
    wanted = body.get("sourceObjects") or []
    if not isinstance(wanted, list) or not all(isinstance(one, dict) for one in wanted):
        raise GoogleError(400, "sourceObjects of compose must be a list of objects", "invalid")
    if not 1 <= len(wanted) <= MOST_SOURCES:
        raise GoogleError(400, f"compose takes 1-{MOST_SOURCES} source objects, not {len(wanted)}", "invalid")
    return wanted


def _source(store: Store, bucket: str, one: dict[str, Any]) -> ObjectVersion:
    version = objects.get(store, bucket, str(one.get("name", "")), integer(one, "generation") or None)
    required = integer(object_in(one, "objectPreconditions"), "ifGenerationMatch")
    Preconditions(generation_match=required).check(version)
    return version
