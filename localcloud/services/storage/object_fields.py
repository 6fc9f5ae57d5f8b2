"""What an object's metadata may say, checked before it is kept, and the retention that keeps an object from removal."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from localcloud.services.common import GoogleError, object_in

TEXTS = ("cacheControl", "contentDisposition", "contentEncoding", "contentLanguage", "contentType", "storageClass")
FLAGS = ("eventBasedHold", "temporaryHold")
WRITABLE = frozenset([*TEXTS, *FLAGS, "customTime", "metadata", "retention"])
UPLOAD_TEXTS = ("crc32c", "kmsKeyName", "md5Hash", "name")  # what an upload may also say
DEFAULT_TYPE = "application/octet-stream"
RETENTION_MODES = ("Locked", "Unlocked")


def _invalid(name: str, value: object, wanted: str) -> GoogleError:
    return GoogleError(400, f"Invalid value for {name}: {value!r}: it must be {wanted}", "invalid")


def checked(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields of an object as a caller gave them; null clears a field. Errors: 400 for a value of another type."""
    for name in (*TEXTS, *UPLOAD_TEXTS):
        if not isinstance(fields.get(name), str | None):
            raise _invalid(name, fields[name], "text")
    for name in FLAGS:
        if not isinstance(fields.get(name), bool | None):
            raise _invalid(name, fields[name], "true or false")
    if fields.get("customTime") is not None:
        _time("customTime", fields["customTime"])
    if object_in(fields, "retention"):
        fields = fields | {"retention": _retention(fields["retention"])}
    if object_in(fields, "metadata"):
        fields = fields | {"metadata": {key: _text(value) for key, value in fields["metadata"].items()}}
    return fields


def _text(value: object) -> str | None:
    """Google's JSON parser takes numbers and booleans where text is wanted."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict | list):
        raise _invalid("metadata", value, "text")
    return None if value is None else str(value)


def _time(name: str, value: object) -> datetime:
    try:
        time = datetime.fromisoformat(str(value))
    except ValueError as error:
        raise _invalid(name, value, "a time as in RFC 3339") from error
    if time.tzinfo is None:
        raise _invalid(name, value, "a time with its zone")
    return time


def _retention(retention: dict[str, Any]) -> dict[str, Any]:
    if retention.get("mode") not in RETENTION_MODES:
        raise _invalid("retention.mode", retention.get("mode"), " or ".join(RETENTION_MODES))
    _time("retention.retainUntilTime", retention.get("retainUntilTime"))
    return {"mode": retention["mode"], "retainUntilTime": retention["retainUntilTime"]}


def retained_until(resource: dict[str, Any]) -> datetime | None:
    """The end of an object's own retention; None if it has none."""
    retention = resource.get("retention")
    return datetime.fromisoformat(retention["retainUntilTime"]) if retention else None


def check_retention_change(before: dict[str, Any], after: dict[str, Any], override_unlocked: bool) -> None:
    """Refuse (403) to weaken a retention that still holds: a locked one always, another one without an override.

    Source: https://cloud.google.com/storage/docs/object-lock
    """
    old, new = retained_until(before), retained_until(after)
    if old is None or old <= datetime.now(UTC):
        return
    locked = before["retention"]["mode"] == "Locked"
    weaker = new is None or new < old or (locked and after["retention"]["mode"] != "Locked")
    if weaker and (locked or not override_unlocked):
        remedy = "it is locked" if locked else "pass overrideUnlockedRetention=true"
        message = f"The retention of object '{before['bucket']}/{before['name']}' can't be weakened: {remedy}"
        raise GoogleError(403, message, "forbidden")
