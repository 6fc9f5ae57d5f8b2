"""What an object's metadata may say, checked before it is kept."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from localcloud.services.common import GoogleError, object_in
from localcloud.services.storage.offered import check_fields

TEXTS = ("cacheControl", "contentDisposition", "contentEncoding", "contentLanguage", "contentType", "storageClass")
FLAGS = ("eventBasedHold", "temporaryHold")
WRITABLE = frozenset([*TEXTS, *FLAGS, "customTime", "metadata", "retention"])
UPLOAD_TEXTS = ("crc32c", "kmsKeyName", "md5Hash", "name")  # what an upload may also say
KEPT = WRITABLE | {*UPLOAD_TEXTS}
MADE = ("componentCount", "customerEncryption")  # what stands beside them in a resource and no caller can set
DEFAULT_TYPE = "application/octet-stream"
RETENTION_MODES = ("Locked", "Unlocked")


def _invalid(name: str, value: object, wanted: str) -> GoogleError:
    return GoogleError(400, f"Invalid value for {name}: {value!r}: it must be {wanted}", "invalid")


def checked(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields of an object as a caller gave them; null clears a field. Errors: 400 for a value of another type."""
    check_fields("Object", fields, KEPT)
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
    return {name: value for name, value in fields.items() if name not in MADE}


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


def _retention(retention: dict[str, Any]) -> dict[str, Any] | None:
    if retention.get("mode") is None and retention.get("retainUntilTime") is None:
        return None  # how Google's clients take one away
    if retention.get("mode") not in RETENTION_MODES:
        raise _invalid("retention.mode", retention.get("mode"), " or ".join(RETENTION_MODES))
    _time("retention.retainUntilTime", retention.get("retainUntilTime"))
    return {"mode": retention["mode"], "retainUntilTime": retention["retainUntilTime"]}


def check_custom_time(before: dict[str, Any], after: dict[str, Any]) -> None:
    """Refuse (400) to take a custom time away, or to set it back.

    Source: https://cloud.google.com/storage/docs/metadata#custom-time
    """
    old, new = before.get("customTime"), after.get("customTime")
    if old is not None and (new is None or _time("customTime", new) < _time("customTime", old)):
        raise GoogleError(400, f"The custom time of an object can't be removed or set back (it is {old})", "invalid")
