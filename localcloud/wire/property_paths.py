"""Property paths such as `spec.ports[0]["a key"].name`, as resource options and detailed diffs write them."""

from __future__ import annotations

import re
from typing import Any

from localcloud.errors import LocalCloudError
from localcloud.wire import values

Path = tuple[str | int, ...]

_ELEMENT = re.compile(r'\.?\[(?:"((?:\\"|[^"])*)"|(\d+)|(\*))\]|\.?([^.\[]+)')
_BARE = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*")


def parse(text: str) -> Path:
    """The elements of a path: names are str (`*` matches anything), indices int."""
    elements: list[str | int] = []
    position = 0
    while position < len(text):
        match = _ELEMENT.match(text, position)
        if match is None or (position == 0 and text[0] == "."):
            raise LocalCloudError(f"{text!r} is not a property path (such as tags.owner or rules[0].name)")
        quoted, index, star, name = match.groups()
        elements.append(int(index) if index else quoted.replace('\\"', '"') if quoted is not None else star or name)
        position = match.end()
    return tuple(elements)


def join(path: Path) -> str:
    """A path as text."""
    text = ""
    for element in path:
        if isinstance(element, int):
            text += f"[{element}]"
        elif _BARE.fullmatch(element):
            text += f".{element}" if text else element
        else:
            escaped = element.replace('"', '\\"')
            text += f'["{escaped}"]'
    return text


def covers(pattern: Path, path: Path) -> bool:
    """Whether `path` is at or below what `pattern` names."""
    return len(path) >= len(pattern) and all(a in ("*", b) for a, b in zip(pattern, path, strict=False))


def reset(path: Path, old: Any, new: Any) -> bool:
    """Set what the path names in `new`, in place, to what it is in `old`; what was secret there stays so.

    False if that can't be done, because only one of the two has what the path leads through (Pulumi's rule).
    """
    old, new = _opened(old, new)
    key: Any = path[0]
    rest = path[1:]
    if key == "*":
        return _reset_all(rest, old, new)
    kind = list if isinstance(key, int) else dict
    if rest:
        if not (isinstance(old, kind) and isinstance(new, kind)):
            return not isinstance(old, kind) and not isinstance(new, kind)
        in_old, in_new = _has(old, key), _has(new, key)
        if in_old and in_new:
            return reset(rest, old[key], new[key])
        return not in_old and (isinstance(key, str) or not in_new)
    if kind is list:
        return _reset_index(key, old, new)
    if isinstance(old, dict) and key in old:
        if not isinstance(new, dict):
            return False
        new[key] = old[key]
    elif isinstance(new, dict):
        new.pop(key, None)
    return True


def _open(value: Any) -> Any:
    while values.is_secret(value):
        value = value.get("value")
    return value


def _opened(old: Any, new: Any) -> tuple[Any, Any]:
    """Both without the secret marks around them; those that only the old one has go to its parts."""
    hidden = values.is_secret(old) and not values.is_secret(new)
    old, new = _open(old), _open(new)
    if hidden and isinstance(old, dict):
        return {key: values.secret(item) for key, item in old.items()}, new
    if hidden and isinstance(old, list):
        return [values.secret(item) for item in old], new
    return old, new


def _has(container: Any, key: Any) -> bool:
    return key < len(container) if isinstance(container, list) else key in container


def _reset_index(index: Any, old: Any, new: Any) -> bool:
    lists = isinstance(old, list), isinstance(new, list)
    if not all(lists):
        return not any(lists)
    if index < len(old) and index < len(new):
        new[index] = old[index]
        return True
    return index >= len(old) and index >= len(new)


def _reset_all(rest: Path, old: Any, new: Any) -> bool:
    if isinstance(old, dict) and isinstance(new, dict):
        keys: list[Any] = sorted({*old, *new}) if not rest else list(old)
    elif isinstance(old, list) and isinstance(new, list):
        keys = list(range(min(len(old), len(new))))
    else:
        return not rest and isinstance(new, dict | list)
    done = [reset((key, *rest), old, new) for key in keys]
    return all(done) and (isinstance(new, dict) or len(old) == len(new))


def changed(old: Any, new: Any, path: Path = ()) -> list[Path]:
    """The deepest paths at which two values differ; secret marks make no difference."""
    old, new = _open(old), _open(new)
    if isinstance(old, dict) and isinstance(new, dict) and values.signature(old) is values.signature(new) is None:
        keys = sorted({*old, *new})
        return [at for key in keys for at in changed(old.get(key), new.get(key), (*path, key))]
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        return [at for i in range(len(old)) for at in changed(old[i], new[i], (*path, i))]
    old, new = (values.unwrap(values.without_contents(value)) for value in (old, new))
    return [] if old == new else [path]
