"""The object store of a test's local cloud, as the owner."""

from __future__ import annotations

from google.cloud import storage

from localcloud.services.storage_client import storage_client
from localcloud.settings import OWNER, LocalCloud

LOCATION = "us-central1"


class Buckets:
    """Makes buckets with grants; writes and reads objects by their gs:// address."""

    def __init__(self, cloud: LocalCloud) -> None:
        self.client = storage_client(cloud, OWNER)

    def create(self, name: str, **roles: str) -> storage.Bucket:
        """A bucket; `roles` are role=member e-mail, the role without `roles/storage.`."""
        bucket = self.client.create_bucket(name, location=LOCATION)
        policy = bucket.get_iam_policy(requested_policy_version=3)
        for role, email in roles.items():
            policy.bindings.append({"role": f"roles/storage.{role}", "members": {f"serviceAccount:{email}"}})
        bucket.set_iam_policy(policy)
        return bucket

    def write(self, uri: str, content: str | bytes) -> str:
        """Write an object; its address."""
        storage.Blob.from_uri(uri, client=self.client).upload_from_string(content)
        return uri

    def read(self, uri: str) -> str:
        return storage.Blob.from_uri(uri, client=self.client).download_as_text()
