"""What may be set of a bucket: a model with Google's defaults and refusals, and what must not change afterwards."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from localcloud.services.common import GoogleError, whole_number
from localcloud.services.storage.offered import FOLDERS, NotOfferedError

STORAGE_CLASSES = frozenset(
    ["STANDARD", "NEARLINE", "COLDLINE", "ARCHIVE", "MULTI_REGIONAL", "REGIONAL", "DURABLE_REDUCED_AVAILABILITY"]
)
LIFECYCLE_ACTIONS = frozenset({"Delete", "SetStorageClass", "AbortIncompleteMultipartUpload"})
LIFECYCLE_CONDITIONS = frozenset(
    [
        *("age", "createdBefore", "customTimeBefore", "daysSinceCustomTime", "daysSinceNoncurrentTime", "isLive"),
        *("matchesPattern", "matchesPrefix", "matchesStorageClass", "matchesSuffix", "noncurrentTimeBefore"),
        *("numNewerVersions", "sizeAboveBytes", "sizeBelowBytes"),
    ]
)
LABEL = re.compile(r"[a-z][-_a-z0-9]{0,62}")
LABEL_VALUE = re.compile(r"[-_a-z0-9]{0,63}")
MOST_LABELS = 64
KMS_KEY = re.compile(r"projects/[^/]+/locations/[^/]+/keyRings/[^/]+/cryptoKeys/[^/]+")
LOCATION_TYPES: dict[str, str] = dict.fromkeys(("US", "EU", "ASIA"), "multi-region")
LOCATION_TYPES |= dict.fromkeys(("NAM4", "EUR4", "EUR5", "EUR7", "EUR8", "ASIA1"), "dual-region")
FORMS = {"dict_type": "an object", "model_type": "an object", "list_type": "a list of objects"}

WEEK_S = 7 * 24 * 3600
LONGEST_SOFT_DELETE_S = 90 * 24 * 3600

Object = dict[str, Any]


def refuse(message: str) -> GoogleError:
    return GoogleError(400, message, "invalid")


def check_storage_class(name: object) -> str:
    if not isinstance(name, str) or name not in STORAGE_CLASSES:
        raise refuse(f"Invalid storage class {name!r}: one of {', '.join(sorted(STORAGE_CLASSES))}")
    return name


def _check_labels(labels: Object) -> Object:
    if len(labels) > MOST_LABELS:
        raise refuse(f"A bucket can have {MOST_LABELS} labels, not {len(labels)}")
    for key, value in labels.items():
        if not LABEL.fullmatch(key) or not isinstance(value, str) or not LABEL_VALUE.fullmatch(value):
            raise refuse(
                f"Invalid label {key}={value!r}: use a-z, 0-9, '-', '_', at most 63, the key begins with a letter"
            )
    return labels


def _check_action(action: Object) -> Object:
    if str(action.get("type")) not in LIFECYCLE_ACTIONS:
        raise refuse(f"Invalid lifecycle action {action.get('type')!r}: one of {', '.join(sorted(LIFECYCLE_ACTIONS))}")
    if action["type"] == "SetStorageClass":
        check_storage_class(str(action.get("storageClass")))
    return action


def _check_condition(condition: Object) -> Object:
    unknown = set(condition) - LIFECYCLE_CONDITIONS
    if unknown or not condition:
        problem = f"unknown {', '.join(sorted(unknown))}" if unknown else "a rule needs at least one"
        raise refuse(f"Invalid lifecycle condition: {problem}")
    return condition


def _check_key(key: object) -> object:
    if key and not KMS_KEY.fullmatch(str(key)):
        raise refuse(f"Invalid KMS key {key!r}: it must be projects/P/locations/L/keyRings/R/cryptoKeys/K")
    return key


def _prevention(value: object) -> str:
    if str(value or "inherited") not in ("inherited", "unspecified", "enforced"):
        raise refuse(f"Invalid publicAccessPrevention {value!r}: inherited or enforced")
    return "enforced" if value == "enforced" else "inherited"


def _period(value: Any) -> str:
    try:
        period = int(value)
    except (TypeError, ValueError) as error:
        raise refuse(f"Invalid retentionPeriod {value!r}: whole seconds") from error
    if period <= 0:
        raise refuse("retentionPeriod must be more than 0 seconds")
    return str(period)


def _soft_delete(value: object) -> str:
    """Source: https://cloud.google.com/storage/docs/soft-delete: none, or 7 to 90 days."""
    seconds = whole_number("softDeletePolicy.retentionDurationSeconds", value) or 0
    if seconds and not WEEK_S <= seconds <= LONGEST_SOFT_DELETE_S:
        raise refuse(f"softDeletePolicy.retentionDurationSeconds must be 0, or 7 to 90 days, not {seconds} seconds")
    return str(seconds)


class Part(BaseModel):
    """A part of a bucket's resource; what it has no field for is refused."""

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid", validate_default=True)


class Rule(Part):
    action: Annotated[Object, AfterValidator(_check_action)] = {}
    condition: Annotated[Object, AfterValidator(_check_condition)] = {}


class Lifecycle(Part):
    rule: list[Rule] | None = None


class Encryption(Part):
    default_kms_key_name: Annotated[object, AfterValidator(_check_key)] = None


class SoftDelete(Part):
    """How long deleted objects can be restored; not at all unless it is asked for, to spare this machine's disk."""

    retention_duration_seconds: Annotated[str, BeforeValidator(_soft_delete)] = "0"
    effective_time: str | None = None

    def settle(self, time: str, before: Object) -> None:
        """In effect since it last changed."""
        same = before.get("retentionDurationSeconds") == self.retention_duration_seconds
        self.effective_time = before.get("effectiveTime", time) if same else time


class Autoclass(Part):
    """Google moves objects between storage classes on its own; here they stay."""

    enabled: bool = False
    toggle_time: str | None = None
    terminal_storage_class: Literal["NEARLINE", "ARCHIVE"] | None = None
    terminal_storage_class_update_time: str | None = None

    def settle(self, time: str, before: Object) -> None:
        """Source: https://cloud.google.com/storage/docs/json_api/v1/buckets#autoclass"""
        self.toggle_time = before.get("toggleTime", time) if before.get("enabled") == self.enabled else time
        if not self.enabled:
            self.terminal_storage_class = self.terminal_storage_class_update_time = None
            return
        self.terminal_storage_class = self.terminal_storage_class or "NEARLINE"
        same = before.get("terminalStorageClass") == self.terminal_storage_class
        self.terminal_storage_class_update_time = before.get("terminalStorageClassUpdateTime", time) if same else time


class Placement(Part):
    """The two regions of a bucket that is in a place of its owner's choice."""

    data_locations: Annotated[list[str], Field(min_length=2, max_length=2)]


class Uniform(Part):
    enabled: Annotated[bool, BeforeValidator(lambda given: given or False)] = False
    locked_time: str | None = None


class Access(Part):
    """Who decides on access; `bucketPolicyOnly` is the former name of `uniformBucketLevelAccess`."""

    public_access_prevention: Annotated[str, BeforeValidator(_prevention)] = "inherited"
    uniform_bucket_level_access: Uniform | None = None
    bucket_policy_only: Uniform | None = None

    def settle(self, time: str) -> None:
        """One access under both names; once uniform, it is so for good a year later."""
        given = (self.uniform_bucket_level_access, self.bucket_policy_only)
        uniform = next((one for one in given if one is not None and one.model_fields_set), Uniform())
        year, rest = time.split("-", 1)
        a_year_later = f"{int(year) + 1}-{rest.replace('02-29', '02-28')}"
        uniform.locked_time = (uniform.locked_time or a_year_later) if uniform.enabled else None
        self.uniform_bucket_level_access = self.bucket_policy_only = uniform


class Retention(Part):
    """A retention policy; a lock comes by a request of its own (buckets.lock_retention)."""

    retention_period: Annotated[str, BeforeValidator(_period)] = "0"
    effective_time: str | None = None
    is_locked: bool | None = None

    def settle(self, time: str, before: Object) -> None:
        """Go on from the policy before. Errors: 403 for less than a locked one promised."""
        if before.get("isLocked") and int(self.retention_period) < int(before["retentionPeriod"]):
            raise GoogleError(403, "The retention policy is locked: it can't be shortened", "forbidden")
        self.effective_time = before.get("effectiveTime", time)
        self.is_locked = before.get("isLocked") or None


class Billing(Part):
    requester_pays: bool | None = None


class Cors(Part):
    max_age_seconds: int | None = None
    method: list[str] | None = None
    origin: list[str] | None = None
    response_header: list[str] | None = None


class Logging(Part):
    log_bucket: str | None = None
    log_object_prefix: str | None = None


def _flat(enabled: bool | None) -> bool | None:
    if enabled:
        raise NotOfferedError("hierarchicalNamespace", FOLDERS)
    return enabled


class Hierarchy(Part):
    enabled: Annotated[bool | None, AfterValidator(_flat)] = None


class Versioning(Part):
    enabled: bool | None = None


class Website(Part):
    main_page_suffix: str | None = None
    not_found_page: str | None = None


class Settings(Part):
    """Every field of a bucket that its owner may set."""

    autoclass: Autoclass | None = None
    billing: Billing | None = None
    cors: list[Cors] | None = None
    custom_placement_config: Placement | None = None
    default_event_based_hold: object = None
    encryption: Encryption | None = None
    hierarchical_namespace: Hierarchy | None = None
    iam_configuration: Access = Field(default_factory=Access)
    labels: Annotated[Object, AfterValidator(_check_labels)] | None = None
    lifecycle: Lifecycle | None = None
    location: Annotated[str, BeforeValidator(lambda given: str(given or "US").upper())] = "US"
    logging: Logging | None = None
    retention_policy: Annotated[Retention | None, BeforeValidator(lambda given: given or None)] = None
    rpo: object = None
    soft_delete_policy: SoftDelete = Field(default_factory=SoftDelete)
    storage_class: Annotated[str, BeforeValidator(lambda given: check_storage_class(given or "STANDARD"))] = "STANDARD"
    versioning: Versioning | None = None
    website: Website | None = None


WRITABLE = frozenset(str(field.alias) for field in Settings.model_fields.values())


def completed(resource: Object, time: str, before: Object | None = None) -> Object:
    """A bucket's resource with defaults filled in and checked.

    `before` is the resource it replaces, if any. Errors: 400 for values Google refuses, 403 for a weaker locked policy.
    """
    before = before or {}
    try:
        settings = Settings.model_validate({name: value for name, value in resource.items() if name in WRITABLE})
    except ValidationError as error:
        raise _refusal(error) from error
    if before and before["location"] != settings.location:
        raise refuse(f"The location of a bucket can't be changed (it is {before['location']})")
    location_type = (
        "dual-region" if settings.custom_placement_config else LOCATION_TYPES.get(settings.location, "region")
    )
    if location_type != "region" and settings.rpo is None:
        settings.rpo = "DEFAULT"
    settings.iam_configuration.settle(time)
    settings.soft_delete_policy.settle(time, before.get("softDeletePolicy") or {})
    if settings.autoclass:
        settings.autoclass.settle(time, before.get("autoclass") or {})
    retention = before.get("retentionPolicy") or {}
    if settings.retention_policy is not None:
        settings.retention_policy.settle(time, retention)
    elif retention.get("isLocked"):
        raise GoogleError(403, "The retention policy is locked: it can't be removed", "forbidden")
    return resource | settings.model_dump(by_alias=True, exclude_none=True) | {"locationType": location_type}


def _refusal(error: ValidationError) -> GoogleError:
    problem = error.errors()[0]
    name = ".".join(str(part) for part in problem["loc"])
    if problem["type"] == "extra_forbidden":
        return NotOfferedError(name, "buckets of the local cloud have no such setting")
    wanted = FORMS.get(problem["type"], problem["msg"])
    return refuse(f"Invalid value for {name}: {problem['input']!r}: it must be {wanted}")
