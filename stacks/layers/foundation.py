"""Foundation: key, buckets and the registry of images."""

from __future__ import annotations

from dataclasses import dataclass

from components.encryption_key import EncryptionKey, EncryptionKeyArgs
from components.image_repository import ImageRepository, ImageRepositoryArgs
from components.storage_zones import StorageZones, StorageZonesArgs
from stacks.images import REPOSITORY
from stacks.layers.environment import Environment


@dataclass(frozen=True, kw_only=True)
class Foundation:
    """What everything else stands on."""

    zones: StorageZones
    images: ImageRepository


def build_foundation(environment: Environment) -> Foundation:
    """Make the key, the storage zones and the image repository."""
    settings, labels = environment.settings, environment.labels
    key = EncryptionKey(
        "roadbed", EncryptionKeyArgs(location=settings.location.lower(), labels=labels.of("encryption"))
    )
    zones = StorageZones(
        "zones",
        StorageZonesArgs(
            name_prefix=environment.project,
            location=settings.location,
            kms_key=key.key_id,
            force_destroy=settings.disposable,
            labels=labels.of("storage"),
            **settings.storage,
        ),
    )
    images = ImageRepository(REPOSITORY, ImageRepositoryArgs(location=environment.region, labels=labels.of("images")))
    return Foundation(zones=zones, images=images)
