"""What Google refuses although the SDK's type is just a string: how a type says it, and what several types share.

Sources: Google's API references; a value is checked only when it is known.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from localcloud.providers.checks import check, join, show
from localcloud.providers.errors import Failure
from localcloud.providers.gcp.labels import LABEL_KEYS
from localcloud.providers.sdk_types import Choice
from localcloud.wire.typed import plain


@dataclass(frozen=True)
class Rule:
    """Values allowed: one of `choices`, or what `pattern` matches; `meaning` says it in words."""

    meaning: str = ""
    pattern: str = ""
    choices: tuple[str, ...] = ()

    def refuses(self, value: str) -> str | None:
        """What is wrong with a value, or None."""
        if self.choices:
            return next((failure.reason for failure in check(Choice(self.choices), value)), None)
        return None if re.fullmatch(self.pattern, value) else f"expected {self.meaning}, got {show(value)}"


NOT_EMPTY = Rule('a location such as "us-central1"', r"\S+")
LAKE_NAME = Rule("letters, digits and underscores", r"\w{1,1024}")
RESOURCE_NAME = Rule("lowercase letters, digits or '-', with a letter in front", r"[a-z]([a-z0-9-]*[a-z0-9])?")
MEMBER = Rule(
    'a member such as "serviceAccount:NAME@PROJECT.iam.gserviceaccount.com"',
    r"allUsers|allAuthenticatedUsers|(deleted:)?(user|serviceAccount|group|domain|principal|principalSet|projectOwner|"
    r"projectEditor|projectViewer|iamMember):\S+",
)
ROLE = Rule('a role such as "roles/storage.objectViewer"', r"((projects|organizations)/[^/]+/)?roles/[\w.]+")
IAM_MEMBER = {"member": MEMBER, "role": ROLE}
MACHINE_TYPE = Rule(
    'a machine type such as "n2-standard-4"', r"(https://\S+/|projects/\S+/)?[a-z][a-z0-9]*(-[a-z0-9]+)+"
)
ANYWHERE = {"machineType": MACHINE_TYPE}

MAX_LABELS = 64
LABEL_KEY = re.compile(r"[^\W\d_A-Z][\w-]{0,62}")
LABEL_VALUE = re.compile(r"[\w-]{0,63}")


def check_rules(rules: Mapping[str, Rule], inputs: dict[str, Any]) -> Iterator[Failure]:
    """All refusals of one resource's inputs, whose types are right already: by its type's rules and everybody's."""
    values = plain(inputs)
    for pattern, rule in rules.items():
        for path, value in select(values, re.split(r"\.|(?=\[)", pattern)):
            reason = rule.refuses(value) if isinstance(value, str) else None
            if reason:
                yield Failure(path, reason)
    yield from _check_named(values, "")
    for key in LABEL_KEYS:
        yield from check_labels(values.get(key), key)


def select(value: Any, steps: list[str], path: str = "") -> Iterator[tuple[str, Any]]:
    """(path, value) of everything that a pattern such as `rules[*].action.type` leads to."""
    if not steps:
        yield path, value
    elif steps[0] == "[*]" and isinstance(value, list):
        for index, item in enumerate(value):
            yield from select(item, steps[1:], f"{path}[{index}]")
    elif isinstance(value, dict) and value.get(steps[0]) is not None:
        yield from select(value[steps[0]], steps[1:], join(path, steps[0]))


def _check_named(value: Any, path: str) -> Iterator[Failure]:
    """Properties that mean the same wherever they are."""
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _check_named(item, f"{path}[{index}]")
    elif isinstance(value, dict):
        for key, item in value.items():
            if key in ANYWHERE and isinstance(item, str):
                reason = ANYWHERE[key].refuses(item)
                if reason:
                    yield Failure(join(path, key), reason)
            else:
                yield from _check_named(item, join(path, key))


def check_labels(labels: Any, path: str) -> Iterator[Failure]:
    """Google's rules for labels: https://cloud.google.com/resource-manager/docs/labels-overview#requirements"""
    if not isinstance(labels, dict):
        return
    if len(labels) > MAX_LABELS:
        yield Failure(path, f"{len(labels)} labels; at most {MAX_LABELS} are allowed")
    for key, value in labels.items():
        if not LABEL_KEY.fullmatch(key) or key != key.lower():
            yield Failure(
                join(path, key), "a label's key has 1 to 63 lowercase letters, digits, '-' or '_', a letter first"
            )
        if isinstance(value, str) and (not LABEL_VALUE.fullmatch(value) or value != value.lower()):
            yield Failure(
                join(path, key),
                f"a label's value has at most 63 lowercase letters, digits, '-' or '_', got {show(value)}",
            )
