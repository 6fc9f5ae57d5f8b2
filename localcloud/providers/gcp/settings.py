"""The gcp provider's own settings."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from localcloud.providers.gcp.labels import ATTRIBUTION
from localcloud.providers.provider_settings import decode_settings
from localcloud.providers.sdk_types import ObjectType
from localcloud.wire.typed import Unknown


@dataclass(frozen=True)
class GcpSettings:
    """Project, region and labels of everything that does not say its own."""

    project: Any
    region: Any = None
    zone: Any = None
    labels: dict[str, str] = field(default_factory=lambda: dict(ATTRIBUTION))

    def places(self, location_from: Iterable[str]) -> dict[str, Any]:
        """What stands for a missing input of such a name; for `location` the first of these settings that is set."""
        own = {"project": self.project, "region": self.region, "zone": self.zone}
        return {**own, "location": next((own[key] for key in location_from if own[key] is not None), None)}


def read_settings(settings: dict[str, Any], schema: ObjectType, project: str) -> GcpSettings:
    """The settings that the local cloud heeds; `project` is used when none is set."""
    decoded = decode_settings(settings, schema)
    labels = decoded.get("defaultLabels")
    own = {} if labels is None or isinstance(labels, Unknown) else labels
    attribution = {} if decoded.get("addPulumiAttributionLabel") is False else ATTRIBUTION
    return GcpSettings(
        project=decoded.get("project") or project,
        region=decoded.get("region"),
        zone=decoded.get("zone"),
        labels={**attribution, **own},
    )
