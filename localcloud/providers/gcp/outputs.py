"""The outputs of a resource: what the service says, the inputs, what is computed of them; unknown in a preview."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

from localcloud.providers.gcp.labels import effective_labels
from localcloud.providers.gcp.resource_type import Call, ResourceType, format_keys
from localcloud.providers.sdk_types import ResourceSchema
from localcloud.wire.typed import UNKNOWN, has_unknown, plain, without_internal

API_ROOT = "https://www.googleapis.com"
TIMES = ("createTime", "creationTimestamp", "timeCreated")
CHANGED_TIMES = ("updateTime", "updated")
ALWAYS_VOLATILE = ("etag", "updateTime", "updated", "lastModifiedTime", "fingerprint", "labelFingerprint")


def complete(kind: ResourceType, call: Call, body: dict[str, Any]) -> dict[str, Any]:
    """All outputs after a call; `body` is what the service said of it, by output names."""
    schema = call.schema
    outputs = {**kind.defaults, **call.inputs, **body}
    for key, text in kind.computed.items():
        outputs.setdefault(key, text.format_map({**call.state, **outputs, "id": call.identifier}))
    gone = call.old_inputs.keys() | (set(ALWAYS_VOLATILE) if call.old_inputs != call.inputs else set())
    for key in call.state.keys() - gone:
        outputs.setdefault(key, call.state[key])
    outputs.update(_label_outputs(schema, call.labels))
    for key, value in _common(call).items():
        if key in schema.outputs:
            outputs.setdefault(key, value)
    return {key: value for key, value in outputs.items() if key in schema.outputs and value is not None}


def _label_outputs(schema: ResourceSchema, labels: Any) -> dict[str, Any]:
    return {key: labels for key in ("effectiveLabels", "pulumiLabels") if key in schema.outputs}


def _common(call: Call) -> dict[str, Any]:
    """What nearly every type has, for those that no service fills in. Times stay as they were once made."""
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    content = json.dumps(call.inputs, sort_keys=True, default=str).encode()
    etag = hashlib.sha256(content).hexdigest()[:16]
    common = {"selfLink": f"{API_ROOT}/{call.identifier}", "name": call.identifier, "etag": etag}
    return {**common, **dict.fromkeys(TIMES, now), **dict.fromkeys(CHANGED_TIMES, now)}


def preview_new(
    schema: ResourceSchema, kind: ResourceType, inputs: dict[str, Any], labels: dict[str, str]
) -> dict[str, Any]:
    """Outputs in the preview of a create: what the inputs already tell, and unknown for the rest."""
    return _preview(schema, kind, inputs, dict.fromkeys(schema.outputs, UNKNOWN), labels)


def preview_changed(
    schema: ResourceSchema, kind: ResourceType, inputs: dict[str, Any], state: dict[str, Any], labels: dict[str, str]
) -> dict[str, Any]:
    """Outputs in the preview of an update: the last ones with the new inputs; unknown what an update may change."""
    changing = {*ALWAYS_VOLATILE, *kind.volatile}
    computed = schema.outputs - schema.inputs.properties.keys()
    unknown = {key for key in schema.outputs if (key in changing and key in state) or (key in computed - state.keys())}
    return _preview(schema, kind, inputs, {**state, **dict.fromkeys(unknown, UNKNOWN)}, labels)


def _preview(
    schema: ResourceSchema, kind: ResourceType, inputs: dict[str, Any], base: dict[str, Any], labels: dict[str, str]
) -> dict[str, Any]:
    outputs = {**base, **kind.defaults, **without_internal(inputs)}
    known = {key: value for key, value in outputs.items() if not has_unknown(value)}
    for key, text in kind.computed.items():
        if set(format_keys(text)) <= known.keys():
            outputs[key] = text.format_map(plain(known))
    outputs.update(_label_outputs(schema, effective_labels(schema, inputs, labels)))
    return {key: value for key, value in outputs.items() if key in schema.outputs}
