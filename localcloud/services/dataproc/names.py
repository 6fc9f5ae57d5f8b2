"""Resource names and the little filter language of Dataproc's lists."""

from __future__ import annotations

import re
from collections.abc import Mapping

from localcloud.services.common import GoogleError

TERM = re.compile(r"\s*([\w.\-]+)\s*[=:]\s*(\"[^\"]*\"|\S+)\s*")


def regional(name: str) -> str:
    """The key of a resource: `locations` and `regions` in a name mean the same place."""
    return re.sub(r"^(projects/[^/]+)/locations/", r"\1/regions/", name)


def parent_of(project: str, region: str) -> str:
    return f"projects/{project}/regions/{region}"


def job_name(project: str, region: str, job_id: str) -> str:
    return f"{parent_of(project, region)}/jobs/{job_id}"


def cluster_name(project: str, region: str, name: str) -> str:
    return f"{parent_of(project, region)}/clusters/{name}"


def matches(filter_text: str, fields: Mapping[str, str], labels: Mapping[str, str]) -> bool:
    """Whether `field = value [AND field = value]...` holds; `*` means any value. A 400 for any other filter.

    A field is one of `fields`, or `labels.` and a label's name.
    """
    values = {**fields, **{f"labels.{name}": value for name, value in labels.items()}}
    for term in filter(None, re.split(r"\s+AND\s+", filter_text.strip())):
        found = TERM.fullmatch(term)
        if found is None:
            raise GoogleError(400, f"Invalid filter {filter_text!r}: write FIELD = VALUE [AND FIELD = VALUE]...")
        value, wanted = values.get(found[1]), found[2].strip('"')
        if value is None or (wanted != "*" and value != wanted):
            return False
    return True
