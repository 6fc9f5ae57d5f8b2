"""Objects in the form that a client accepts: whole or their metadata alone, as JSON or YAML, with warnings.

Source: k8s.io/apiserver, pkg/endpoints/handlers/negotiation and response.go.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import yaml
from starlette.requests import Request
from starlette.responses import Response

from localcloud.services.kubernetes.api.errors import ApiError

JSON, YAML = "application/json", "application/yaml"
RANGES = {"": JSON, "*/*": JSON, "application/*": JSON, JSON: JSON, YAML: YAML}
PARTIAL = ("PartialObjectMetadata", "PartialObjectMetadataList")
META = "meta.k8s.io/v1"


@dataclass(frozen=True)
class Form:
    """How objects are answered."""

    media: str = JSON
    partial: bool = False

    def of(self, obj: dict[str, Any]) -> dict[str, Any]:
        """An object or a list in this form; a Status is always whole."""
        if not self.partial or obj.get("kind") == "Status":
            return obj
        if "items" not in obj:
            return {"kind": PARTIAL[0], "apiVersion": META, "metadata": obj["metadata"]}
        items = [self.of(item) for item in obj["items"]]
        return {"kind": PARTIAL[1], "apiVersion": META, "metadata": obj["metadata"], "items": items}

    def answer(self, obj: dict[str, Any], code: int = 200, warnings: list[str] | None = None) -> Response:
        """The answer of a request that was for objects. Its JSON is a line, as Go's encoder writes it."""
        shaped = self.of(obj)
        text = json.dumps(shaped, separators=(",", ":")) + "\n" if self.media == JSON else yaml.safe_dump(shaped)
        response = Response(text, code, media_type=self.media)
        for warning in dict.fromkeys(warnings or []):
            response.headers.append("warning", f"299 - {json.dumps(warning)}")
        return response


def form_of(request: Request) -> Form:
    """The first form in the request's Accept that is offered; 406 if none is. Tables are not."""
    for entry in request.headers.get("accept", "").split(","):
        media, *parameters = [part.strip() for part in entry.split(";")]
        wanted = {key: value for key, _, value in (parameter.partition("=") for parameter in parameters)}
        kind = wanted.get("as", "")
        if media in RANGES and (not kind or (kind in PARTIAL and wanted.get("v", "v1") == "v1")):
            return Form(RANGES[media], bool(kind))
    raise ApiError(406, "NotAcceptable", f"only the following media types are accepted: {JSON}, {YAML}")
