"""What Cloud Storage has and is not offered here: refused by name, so that nothing is ignored without a word.

The names are those of the JSON API's discovery document (storage v1, revision 20261009). Every query parameter of it is
in HONOURED, HARMLESS or REFUSED; every field is kept (bucket_settings, object_fields, notifications, copying), or in
ANSWERED_FIELDS or REFUSED_FIELDS. What has none of these names is refused too, as one that came later would be.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from starlette.requests import Request

from localcloud.services.common import GoogleError

ACLS = "access control lists are not kept: grant roles in the bucket's IAM policy"
FOLDERS = "hierarchical namespaces are not offered"
CONTEXTS = "object contexts are not offered"
BUCKETS = "buckets are not soft-deleted"
OBJECT_POLICIES = "objects have no IAM policy: grant roles in the bucket's"

HONOURED = frozenset(
    [
        *("alt", "contentEncoding", "delimiter", "destinationKmsKeyName", "enableObjectRetention", "endOffset"),
        *("generation", "ifGenerationMatch", "ifGenerationNotMatch", "ifMetagenerationMatch"),
        *("ifMetagenerationNotMatch", "ifSourceGenerationMatch", "ifSourceGenerationNotMatch"),
        *("ifSourceMetagenerationMatch", "ifSourceMetagenerationNotMatch", "includeTrailingDelimiter", "kmsKeyName"),
        *("matchGlob", "maxResults", "name", "optionsRequestedPolicyVersion", "overrideUnlockedRetention"),
        *("pageToken", "permissions", "prefix", "project", "softDeleted", "sourceGeneration", "startOffset"),
        *("uploadType", "upload_id", "userProject", "versions"),
    ]
)
HARMLESS = {
    "fields": "the whole resource is answered, with the fields that were asked for",
    "key": "who calls is told by the token alone",
    "maxBytesRewrittenPerCall": "a rewrite is done in its first call",
    "oauth_token": "a token is taken from its header",
    "prettyPrint": "the same JSON",
    "projection": "what full adds are access control lists, and there are none",
    "quotaUser": "there are no quotas",
    "returnPartialSuccess": "every bucket can be reached",
    "userIp": "there are no quotas",
}
"""Query parameters that change nothing here, and why."""
REFUSED = {
    "copySourceAcl": ACLS,
    "destinationPredefinedAcl": ACLS,
    "dropContextGroups": CONTEXTS,
    "filter": CONTEXTS,
    "includeFoldersAsPrefixes": FOLDERS,
    "predefinedAcl": ACLS,
    "predefinedDefaultObjectAcl": ACLS,
    "restoreToken": FOLDERS,
    "rewriteToken": "a rewrite is done in its first call: no token is given out",
}
REFUSED_OF_BUCKETS = {"generation": BUCKETS, "softDeleted": BUCKETS}
"""Query parameters that only objects can have here."""
REFUSED_FIELDS = {
    "Bucket": {
        "acl": ACLS,
        "defaultObjectAcl": ACLS,
        "ipFilter": "who calls has no address but this machine's",
    },
    "Object": {"acl": ACLS, "contexts": CONTEXTS},
    "Notification": {},
    "ComposeRequest": {},
}
ANSWERED_FIELDS = {
    "Bucket": frozenset(
        [
            *("etag", "generation", "hardDeleteTime", "id", "kind", "locationType", "metageneration", "name"),
            *("objectRetention", "owner", "projectNumber", "satisfiesPZI", "satisfiesPZS", "selfLink"),
            *("softDeleteTime", "timeCreated", "updated"),
        ]
    ),
    "Object": frozenset(
        [
            *("bucket", "componentCount", "customerEncryption", "etag", "generation", "hardDeleteTime", "id", "kind"),
            *("mediaLink", "metageneration", "owner", "restoreToken", "retentionExpirationTime", "selfLink", "size"),
            *("softDeleteTime", "timeCreated", "timeDeleted", "timeFinalized", "timeStorageClassUpdated", "updated"),
        ]
    ),
    "Notification": frozenset({"etag", "id", "kind", "selfLink"}),
    "ComposeRequest": frozenset({"kind"}),
}
"""Fields that the server makes: who sends a resource back sends them too, and they change nothing."""
PRIVATE_ACLS = frozenset(["bucketOwnerFullControl", "bucketOwnerRead", "private", "projectPrivate"])
PRIVATE_ACLS |= frozenset({"bucket-owner-full-control", "bucket-owner-read", "project-private"})  # the XML API's names
"""Predefined lists that let in nobody but the bucket's owner, who is let in here without any."""
BUCKET = "/storage/v1/b/[^/]+"
REFUSED_METHODS = {
    rf"{BUCKET}/acl(/.*)?": ("bucketAccessControls", ACLS),
    rf"{BUCKET}/defaultObjectAcl(/.*)?": ("defaultObjectAccessControls", ACLS),
    rf"{BUCKET}/o/[^/]+/acl(/.*)?": ("objectAccessControls", ACLS),
    rf"{BUCKET}/o/[^/]+/iam(/.*)?": ("objects.getIamPolicy and its kin", OBJECT_POLICIES),
    rf"{BUCKET}/o/[^/]+/viewFullContext": ("objects.viewFullContext", CONTEXTS),
    rf"{BUCKET}/o/bulkRestore": ("objects.bulkRestore", "restore one object at a time"),
    rf"{BUCKET}/o/watch": ("objects.watchAll", "changes are not sent to channels"),
    rf"{BUCKET}/(anywhere|rapid)Caches(/.*)?": ("anywhereCaches and rapidCaches", "there is nothing to be nearer to"),
    rf"{BUCKET}/(managedF|f)olders(/.*)?": ("folders and managedFolders", FOLDERS),
    rf"{BUCKET}/operations(/.*)?": ("operations", "nothing takes long enough to be one"),
    rf"{BUCKET}/relocate": ("buckets.relocate", "a bucket stays where it was made"),
    rf"{BUCKET}/restore": ("buckets.restore", BUCKETS),
    "/storage/v1/channels/stop": ("channels.stop", "changes are not sent to channels"),
    "/storage/v1/projects/[^/]+/hmacKeys(/.*)?": ("projects.hmacKeys", "sign with a service account's own key"),
}
"""Paths of the JSON API, what they are, and why they are not offered."""
REFUSED_SUBRESOURCES = dict.fromkeys(
    [
        *("acl", "billing", "compose", "cors", "defaultObjectAcl", "encryption", "encryptionConfig", "lifecycle"),
        *("location", "logging", "notification", "object-lock", "policy", "requestPayment", "retention", "tagging"),
        *("storageClass", "versioning", "versions", "website"),
    ],
    "use the JSON API",
)
"""Query parameters of the XML API."""
REFUSED_HEADERS = {
    "x-goog-acl": ACLS,
    "x-amz-acl": ACLS,
    **dict.fromkeys(
        (
            f"x-goog-copy-source-if-{what}"
            for what in ("match", "none-match", "generation-match", "metageneration-match")
        ),
        "use the JSON API's rewrite for conditions on the source of a copy",
    ),
    "x-goog-object-lock-mode": "use the JSON API for an object's retention",
}
FORM_FIELDS = frozenset(
    [
        *("x-goog-acl", "x-goog-algorithm", "x-goog-credential", "x-goog-custom-time", "x-goog-date"),
        *("x-goog-encryption-algorithm", "x-goog-encryption-key", "x-goog-encryption-key-sha256"),
        *("x-goog-encryption-kms-key-name", "x-goog-hash", "x-goog-signature", "x-goog-storage-class"),
    ]
)
"""Fields of a form that begin as Google's own do, beside the object's own metadata."""
UNIFORM_ACCESS = (
    "Cannot use ACL API to update bucket policy when uniform bucket-level access is enabled. "
    "Read more at https://cloud.google.com/storage/docs/uniform-bucket-level-access"
)
"""Google's own answer to access control lists where the bucket has decided against them."""


class NotOfferedError(GoogleError):
    """400, which no client repeats."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(400, f"{name} is not offered by the local cloud: {why}", "notSupported")


def names_acls(request: Request) -> bool:
    """Whether a request is about access control lists, those that change nothing among them."""
    path, names = request.scope["path"], REFUSED | REFUSED_HEADERS
    of_methods = (why for pattern, (_, why) in REFUSED_METHODS.items() if re.fullmatch(pattern, path))
    given = [name for name in (*request.query_params, *request.headers) if names.get(name) == ACLS]
    return bool(given) or ACLS in of_methods


def check_request(request: Request, *, json: bool) -> None:
    """Errors: NotOfferedError for a method, a query parameter or a header."""
    path = request.scope["path"]
    for pattern, (name, why) in REFUSED_METHODS.items() if json else ():
        if re.fullmatch(pattern, path):
            raise NotOfferedError(name, why)
    of_bucket = json and re.fullmatch("/storage/v1/b(/[^/]+)?", path)
    names = (REFUSED | REFUSED_OF_BUCKETS if of_bucket else REFUSED) if json else REFUSED_SUBRESOURCES
    _check(request.query_params, names)
    if json:
        _check_known(request.query_params, HONOURED | HARMLESS.keys() | names.keys(), "a parameter")
    _check(request.headers, REFUSED_HEADERS)


def check_form(fields: Mapping[str, str]) -> None:
    """Errors: NotOfferedError for a field of a form, which are named as headers are."""
    _check(fields, REFUSED_HEADERS | {"acl": ACLS})
    googles = {name: value for name, value in fields.items() if name.startswith("x-goog-")}
    of_others = {name for name in googles if name.startswith("x-goog-meta-")}
    _check_known(googles, FORM_FIELDS | of_others, "a field of a form", "XML")


def check_fields(kind: str, fields: Mapping[str, Any], kept: Collection[str]) -> None:
    """Errors: NotOfferedError for a field of a resource that is not one of those `kept`; an empty one of REFUSED_FIELDS
    says nothing.
    """
    _check(fields, REFUSED_FIELDS[kind])
    _check_known(fields, {*kept, *REFUSED_FIELDS[kind], *ANSWERED_FIELDS[kind]}, f"a field of {kind}")


def _check_known(given: Mapping[str, Any], names: Collection[str], kind: str, api: str = "JSON") -> None:
    """Errors: NotOfferedError for what nobody here has heard of: newer than this, or a slip of the pen."""
    unknown = sorted(name for name in given if name not in names)
    if unknown:
        raise NotOfferedError(unknown[0], f"it is not known as {kind} of the {api} API")


def _check(given: Mapping[str, Any], names: Mapping[str, str]) -> None:
    for name in given.keys() & names.keys():
        value = given[name]
        said = value not in ("false", "False", None, [], {}, {"enabled": False}) and (
            value or names is REFUSED_SUBRESOURCES
        )
        said = said and not (names[name] == ACLS and isinstance(value, str) and value in PRIVATE_ACLS)
        if said:
            raise NotOfferedError(name, names[name])
