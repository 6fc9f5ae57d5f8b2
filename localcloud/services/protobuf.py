"""Protocol buffer messages of Google's APIs: from JSON with Google's refusals, to JSON, and as records on disk."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, Generic, TypeVar, cast

import proto
from google.protobuf import json_format
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from localcloud.services.common import GoogleError
from localcloud.services.record_store import RecordStore

AnyMessage = Message | proto.Message
MessageT = TypeVar("MessageT", bound=AnyMessage)

UNKNOWN_FIELD = re.compile(r'has no field named "(?P<field>[^"]+)" at "(?P<path>[^"]+)"')


def now() -> Timestamp:
    """This moment."""
    moment = Timestamp()
    moment.GetCurrentTime()
    return moment


def wire(message: AnyMessage) -> Message:
    """The protobuf message itself, where the official client gives a proto-plus wrapper around it."""
    return cast(Message, type(message).pb(message)) if isinstance(message, proto.Message) else message


def parse(record: Any, message: MessageT) -> MessageT:
    """Fill a message from proto-JSON. A field it doesn't have, or a wrong value, is a 400 that names the place."""
    try:
        json_format.ParseDict(record, wire(message))
        return message
    except json_format.ParseError as error:
        raise GoogleError(400, _complaint(str(error)), "badRequest") from error


def _complaint(text: str) -> str:
    unknown = UNKNOWN_FIELD.search(text)
    if unknown is None:
        return f"Invalid JSON payload received. {text.splitlines()[0]}"
    _, _, inside = unknown["path"].partition(".")
    name = f"{inside}.{unknown['field']}" if inside else unknown["field"]
    return (
        f'Invalid JSON payload received. Unknown name "{unknown["field"]}" '
        f"at '{name}' of {unknown['path'].split('.')[0]}: Cannot find field."
    )


def to_json(message: AnyMessage, enums_as_numbers: bool = False) -> dict[str, Any]:
    """Proto-JSON in camelCase; a field without a value is left out."""
    return json_format.MessageToDict(wire(message), use_integers_for_enums=enums_as_numbers)


def update(message: AnyMessage, changes: AnyMessage, mask: FieldMask, changeable: Collection[str]) -> None:
    """Set the fields that `mask` names as `changes` has them, which may be to nothing. A 400 for one not changeable."""
    for path in mask.paths:
        if path not in changeable:
            raise GoogleError(400, f"updateMask: {path} can't be updated, only {', '.join(changeable)}", "badRequest")
        holder = wire(changes)
        for name in path.split(".")[:-1]:
            holder = getattr(holder, name)
            holder.SetInParent()  # else the mask takes what is below it for not given
    if not mask.paths:
        raise GoogleError(400, "updateMask: is required", "badRequest")
    mask.MergeMessage(wire(changes), wire(message), replace_message_field=True, replace_repeated_field=True)


class MessageStore(Generic[MessageT]):
    """Messages of one type on disk by resource name, with RecordStore's errors (404, 409)."""

    def __init__(self, folder: Path, message: type[MessageT]) -> None:
        self.records = RecordStore(folder)
        self.message = message

    def _load(self, record: dict[str, Any]) -> MessageT:
        message = self.message()
        json_format.ParseDict(record, wire(message))
        return message

    def get(self, name: str) -> MessageT | None:
        record = self.records.get(name)
        return None if record is None else self._load(record)

    def require(self, name: str) -> MessageT:
        return self._load(self.records.require(name))

    def put(self, name: str, message: MessageT) -> MessageT:
        self.records.put(name, to_json(message))
        return message

    def create(self, name: str, message: MessageT) -> MessageT:
        self.records.create(name, to_json(message))
        return message

    def delete(self, name: str) -> MessageT:
        return self._load(self.records.delete(name))

    def list(self, prefix: str) -> Iterator[MessageT]:
        for _, record in self.records.items(prefix):
            yield self._load(record)
