"""What was made and no engine has shown to know of yet, on disk.

An engine that is killed between a Create and the writing of its checkpoint leaves behind what was made, and its next
run asks for it again. Each creation is therefore noted before the service is called, and struck out once the engine
names the resource with just these inputs. A Create of what exists already is a clash, unless it is noted here for the
very same URN: then it is that lost creation, and is carried on.
"""

from __future__ import annotations

import hashlib
import json
import logging
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from google.protobuf import json_format, struct_pb2

from localcloud.files import write_atomic
from localcloud.providers.diff import compare
from localcloud.wire.typed import Asset, Secret, decode, encode, plain

MASK = "sha256:"
"""Begins what is noted of a secret: enough to see whether it is still the same."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Creation:
    """One that was begun: whose, and with which inputs (secrets masked)."""

    urn: str
    inputs: dict[str, Any]

    def inputs_beside(self, wanted: dict[str, Any]) -> dict[str, Any]:
        """The inputs, with each secret that `wanted` still has at the same place."""
        return _unmask(self.inputs, wanted)


class Ledger:
    """Creations by key, which names a thing among all there are. Thread-safe; one process at a time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._creations = {}
        for path in folder.glob("*.json"):
            try:
                content = json.loads(path.read_bytes())
                inputs = decode(json_format.ParseDict(content["inputs"], struct_pb2.Struct()))
                self._creations[content["key"]] = Creation(content["urn"], inputs)
            except (ValueError, KeyError, json_format.ParseError) as error:
                log.warning("%s is not a note of a creation, so it is passed over: %s", path, error)

    def add(self, urn: str, key: str, inputs: dict[str, Any]) -> None:
        """Note a creation that is about to begin; it is on disk when this returns."""
        message = encode(_mask(inputs))
        content = {"urn": urn, "key": key, "inputs": json_format.MessageToDict(message)}
        write_atomic(self._path(key), json.dumps(content).encode())
        with self._lock:
            self._creations[key] = Creation(urn, decode(message))

    def find(self, urn: str, key: str) -> Creation | None:
        """The creation of just this, if it was begun for just this URN."""
        with self._lock:
            found = self._creations.get(key)
        return found if found is not None and found.urn == urn else None

    def of(self, urn: str) -> list[Creation]:
        """All that was begun for a URN."""
        with self._lock:
            return [creation for creation in self._creations.values() if creation.urn == urn]

    def confirm(self, key: str, inputs: dict[str, Any]) -> None:
        """An engine knows the thing, with these inputs. With others it means a predecessor that has been deleted."""
        with self._lock:
            found = self._creations.get(key)
        if found is not None and not any(compare(found.inputs, decode(encode(_mask(inputs))))):
            self.remove(key)

    def remove(self, key: str) -> None:
        """It was not made, is gone, or is known."""
        with self._lock:
            known = self._creations.pop(key, None)
        if known is not None:
            self._path(key).unlink(missing_ok=True)

    def _path(self, key: str) -> Path:
        return self._folder / f"{hashlib.sha256(key.encode()).hexdigest()[:32]}.json"


def _mask(value: Any) -> Any:
    if isinstance(value, Secret):
        text = json.dumps(plain(value), sort_keys=True, default=_told)
        return MASK + hashlib.sha256(text.encode()).hexdigest()
    if isinstance(value, dict):
        return {key: _mask(item) for key, item in value.items()}
    return [_mask(item) for item in value] if isinstance(value, list) else value


def _told(part: Any) -> str:
    """What is not JSON, as text; an asset is as its hash says, since an engine tells no more where that will do."""
    return str(part.get("hash") or part) if isinstance(part, Asset) else str(part)


def _unmask(masked: Any, wanted: Any) -> Any:
    if isinstance(wanted, Secret):
        return wanted if masked == _mask(wanted) else masked
    if isinstance(masked, dict) and isinstance(wanted, dict):
        return {key: _unmask(item, wanted.get(key)) for key, item in masked.items()}
    if isinstance(masked, list) and isinstance(wanted, list):
        padded = wanted + [None] * (len(masked) - len(wanted))
        return [_unmask(item, other) for item, other in zip(masked, padded, strict=False)]
    return masked
