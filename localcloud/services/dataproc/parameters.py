"""Parameters of workflow templates: their values are put at field paths such as jobs['mine'].pysparkJob.args[1].

https://cloud.google.com/dataproc/docs/concepts/workflows/workflow-parameters
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from google.cloud import dataproc_v1 as dataproc

from localcloud.services.dataproc.checks import refuse
from localcloud.services.protobuf import parse, to_json

NAME = re.compile(r"[A-Z][A-Z0-9_]*")
STEP = re.compile(r"\.?(?:(?P<field>[A-Za-z_]\w*)|\['(?P<key>[^']+)'\]|\[(?P<index>\d+)\])")


def check_parameters(template: dataproc.WorkflowTemplate) -> None:
    """A 400 unless every parameter is well named and each of its fields is in the template."""
    record = to_json(template)
    for number, parameter in enumerate(template.parameters):
        place = f"template.parameters[{number}]"
        if not NAME.fullmatch(parameter.name):
            raise refuse(f"{place}.name", f"{parameter.name!r} must match {NAME.pattern}")
        if not parameter.fields:
            raise refuse(f"{place}.fields", "a parameter needs at least one field")
        for path in parameter.fields:
            _place_of(record, path, place)
        _check_regexes(f"{place}.validation.regex.regexes", parameter.validation.regex.regexes)


def _check_regexes(place: str, patterns: Iterable[str]) -> None:
    for number, pattern in enumerate(patterns):
        try:
            re.compile(pattern)
        except re.error as error:
            raise refuse(f"{place}[{number}]", f"{pattern!r} is not a regular expression: {error}") from error


def substituted(template: dataproc.WorkflowTemplate, values: Mapping[str, str]) -> dataproc.WorkflowTemplate:
    """A copy of the template with the values in their fields; a 400 for an unknown, missing or invalid value."""
    unknown = set(values) - {parameter.name for parameter in template.parameters}
    if unknown:
        raise refuse(f"parameters[{min(unknown)!r}]", f"template {template.id} has no such parameter")
    record = to_json(template)
    for parameter in template.parameters:
        place = f"parameters[{parameter.name!r}]"
        if parameter.name not in values:
            raise refuse(place, f"template {template.id} needs a value for it")
        value = values[parameter.name]
        _check_value(place, parameter.validation, value)
        for path in parameter.fields:
            holder, last = _place_of(record, path, place)
            holder[last] = value
    return parse(record, dataproc.WorkflowTemplate())


def _check_value(place: str, validation: dataproc.ParameterValidation, value: str) -> None:
    patterns, allowed = list(validation.regex.regexes), list(validation.values.values)
    if patterns and not any(re.fullmatch(pattern, value) for pattern in patterns):
        raise refuse(place, f"{value!r} does not match {' or '.join(patterns)}")
    if allowed and value not in allowed:
        raise refuse(place, f"{value!r} is none of {', '.join(allowed)}")


def _place_of(record: dict[str, Any], path: str, place: str) -> tuple[Any, Any]:
    """The object or list that holds a field path's value, and its key or index there."""
    steps, end = [], 0
    while end < len(path):
        found = STEP.match(path, end)
        if found is None:
            raise refuse(place, f"{path!r} is not a field path (at {path[end:]!r})")
        steps.append(found)
        end = found.end()
    holder: Any = None
    last: Any = None
    value: Any = record
    for found in steps:
        holder, last = value, _key(value, found)
        try:
            value = value[last]
        except (KeyError, IndexError, TypeError):
            raise refuse(place, f"the template has no field {path[: found.end()]!r}") from None
    if not isinstance(value, str):
        raise refuse(place, f"{path!r} is not a text field")
    return holder, last


def _key(value: Any, found: re.Match[str]) -> Any:
    if found["index"]:
        return int(found["index"])
    if found["field"]:
        return re.sub(r"_([a-z])", lambda letter: letter[1].upper(), found["field"])
    if isinstance(value, list):  # jobs['step-id']
        numbers = (number for number, one in enumerate(value) if one.get("stepId") == found["key"])
        return next(numbers, len(value))
    return found["key"]
