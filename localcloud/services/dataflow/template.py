"""Flex Template specs: read from the object store, and what a launch must give to fit one."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Mapping

from google.api_core.exceptions import NotFound
from google.cloud import dataflow_v1beta3 as dataflow
from google.cloud import storage

from localcloud.services.common import GoogleError
from localcloud.services.protobuf import parse
from localcloud.services.storage_client import STORAGE_ERRORS, storage_client
from localcloud.settings import OWNER, LocalCloud

ParameterType = dataflow.ParameterType
CLOUD_STORAGE_TYPES = {
    *(ParameterType.GCS_READ_BUCKET, ParameterType.GCS_WRITE_BUCKET, ParameterType.GCS_READ_FILE),
    *(ParameterType.GCS_WRITE_FILE, ParameterType.GCS_READ_FOLDER, ParameterType.GCS_WRITE_FOLDER),
}


def read_spec(cloud: LocalCloud, uri: str) -> dataflow.ContainerSpec:
    """The container spec at a gs:// address; a 400 if it can't be read or isn't one."""
    if not re.fullmatch(r"gs://[^/]+/.+", uri):
        raise GoogleError(
            400, f"launchParameter.containerSpecGcsPath: {uri!r} must be gs://BUCKET/OBJECT", "badRequest"
        )
    try:
        blob = storage.Blob.from_uri(uri, client=storage_client(cloud, OWNER))
        content = json.loads(blob.download_as_bytes())
    except NotFound as error:
        raise GoogleError(400, f"Template file '{uri}' was not found", "badRequest") from error
    except (*STORAGE_ERRORS, ValueError) as error:
        raise GoogleError(400, f"Unable to read template file '{uri}': {error}", "badRequest") from error
    try:
        spec = parse(content, dataflow.ContainerSpec())
    except GoogleError as error:
        raise GoogleError(400, f"Unable to parse template file '{uri}': {error.message}", "badRequest") from error
    if not spec.image:
        raise GoogleError(400, f"Unable to parse template file '{uri}': it has no image", "badRequest")
    return spec


def check_parameters(metadata: dataflow.TemplateMetadata, values: Mapping[str, str]) -> None:
    """A 400 that tells everything that is wrong: missing, unknown and misfitting parameters."""
    _check_regexes(metadata)
    known = {parameter.name: parameter for parameter in metadata.parameters}
    wrong = [f"{name}: Missing required parameter" for name, one in known.items() if _missing(one, values)]
    for name, value in values.items():
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            wrong.append(f"{name}: Unrecognized parameter" + (f" (perhaps you meant {near[0]!r})" if near else ""))
        else:
            wrong += [f"{name}: {complaint}" for complaint in _misfits(known[name], value)]
    if wrong:
        raise GoogleError(400, f"The template parameters are invalid. Details: {'; '.join(wrong)}", "badRequest")


def _check_regexes(metadata: dataflow.TemplateMetadata) -> None:
    for parameter in metadata.parameters:
        for regex in parameter.regexes:
            try:
                re.compile(regex)
            except re.error as error:
                message = f"Invalid template metadata: {parameter.name}: {regex!r} is not a regular expression: {error}"
                raise GoogleError(400, message, "badRequest") from error


def _missing(parameter: dataflow.ParameterMetadata, values: Mapping[str, str]) -> bool:
    return not parameter.is_optional and parameter.name not in values


def _misfits(parameter: dataflow.ParameterMetadata, value: str) -> list[str]:
    wrong = [f"{value!r} does not match {regex}" for regex in parameter.regexes if not re.fullmatch(regex, value)]
    kind = parameter.param_type
    options = [option.value for option in parameter.enum_options]
    if kind == ParameterType.ENUM and value not in options:
        wrong.append(f"{value!r} is none of {', '.join(options)}")
    if kind == ParameterType.BOOLEAN and value.lower() not in ("true", "false"):
        wrong.append(f"{value!r} is neither true nor false")
    if kind == ParameterType.NUMBER and not re.fullmatch(r"[+-]?\d+(\.\d+)?", value):
        wrong.append(f"{value!r} is not a number")
    if kind in CLOUD_STORAGE_TYPES and not all(one.strip().startswith("gs://") for one in value.split(",")):
        wrong.append(f"{value!r} must begin with gs://")
    return wrong
