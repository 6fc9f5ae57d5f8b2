"""Service accounts: records and key pairs on disk, and the key files that jobs sign in with."""

from __future__ import annotations

import json
import re
import secrets
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from localcloud.files import locked, write_atomic
from localcloud.services.common import GoogleError
from localcloud.services.iam.policy import Policy, replaced, stamped
from localcloud.services.record_store import RecordStore, record_path
from localcloud.settings import ACCOUNT_DOMAIN, OWNER, LocalCloud

ACCOUNT_ID = re.compile(r"[a-z]([-a-z0-9]{4,28})[a-z0-9]")
KEY_BITS = 2048

Account = dict[str, Any]


def new_key_pair() -> tuple[str, str]:
    """A new RSA pair as (private, public), both PEM."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return private.decode(), public.decode()


class Accounts:
    """The service accounts of one cloud.

    Records live below cloud.folder("iam") and are read by every service (identity.py); only the IAM service writes
    them. A record is {"account": the API resource, "public_keys": {key id: PEM}, "policy": IAM policy}.
    """

    def __init__(self, cloud: LocalCloud) -> None:
        self.cloud = cloud
        self.records = RecordStore(self.folder(cloud))

    @staticmethod
    def folder(cloud: LocalCloud) -> Path:
        return cloud.home / "iam" / "accounts"

    @classmethod
    def record_path(cls, cloud: LocalCloud, email: str) -> Path:
        """The file that holds an account's record, for callers that watch it for changes."""
        return record_path(cls.folder(cloud), email)

    def _alone(self) -> AbstractContextManager[None]:
        """One writer at a time, among processes too: any service may be the first to make the owner."""
        return locked(self.cloud.folder("iam") / "lock")

    def create(self, project: str, account_id: str, fields: dict[str, Any]) -> Account:
        """Make an account with a key and write its key file. Errors: 400 for a bad id, 409 for a taken one."""
        if not ACCOUNT_ID.fullmatch(account_id):
            message = f"Service account id {account_id!r} must be 6-30 of a-z, 0-9, '-', and begin with a letter"
            raise GoogleError(400, message, "badRequest")
        email = f"{account_id}@{project}{ACCOUNT_DOMAIN}"
        with self._alone():
            if self.records.get(email) is not None:
                raise GoogleError(409, f"Service account {account_id} already exists within project {project}.")
            return self._make(project, email, fields)

    def ensure_owner(self) -> Account:
        """The account that may do everything, made if this cloud has none yet."""
        with self._alone():
            record = self.records.get(OWNER)
            if record is not None and self.cloud.credentials(OWNER).exists():
                return record["account"]
            return self._make(self.cloud.project, OWNER, {"displayName": "Owner of the local cloud"})

    def _make(self, project: str, email: str, fields: dict[str, Any]) -> Account:
        private, public = new_key_pair()
        key_id = secrets.token_hex(20)
        unique_id = str(10**20 + secrets.randbelow(10**20))
        account = {
            "name": f"projects/{project}/serviceAccounts/{email}",
            "projectId": project,
            "uniqueId": unique_id,
            "email": email,
            "oauth2ClientId": unique_id,
            **{name: fields[name] for name in ("displayName", "description") if fields.get(name)},
        }
        self._write_key_file(project, email, unique_id, key_id, private)
        account = stamped_account(account)
        self.records.put(email, {"account": account, "public_keys": {key_id: public}, "policy": stamped([])})
        return account

    def _write_key_file(self, project: str, email: str, unique_id: str, key_id: str, private: str) -> None:
        path = self.cloud.credentials(email)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        key = {
            "type": "service_account",
            "project_id": project,
            "private_key_id": key_id,
            "private_key": private,
            "client_email": email,
            "client_id": unique_id,
            "auth_uri": self.cloud.url("iam") + "/authorize",
            "token_uri": self.cloud.url("iam") + "/token",
            "universe_domain": "googleapis.com",
        }
        write_atomic(path, json.dumps(key, indent=2).encode())  # a temporary file's mode, 0600, stays

    def record(self, name: str) -> dict[str, Any]:
        """The record of an account by e-mail or unique id; 404 in Google's wording."""
        found = self.records.get(name) if "@" in name else None
        if found is None and name.isdigit():
            found = next((r for _, r in self.records.items() if r["account"]["uniqueId"] == name), None)
        if found is None:
            raise GoogleError(404, f"Unknown service account: {name}", "notFound")
        return found

    def list(self, project: str) -> list[Account]:
        """The accounts of a project, by e-mail."""
        return [r["account"] for _, r in self.records.items() if r["account"]["projectId"] == project]

    def change(self, name: str, fields: dict[str, Any]) -> Account:
        """Set fields of an account's resource; an empty value clears the field."""
        with self._alone():
            record = self.record(name)
            changed = record["account"] | fields
            account = {key: value for key, value in changed.items() if value not in ("", None, False)}
            record["account"] = stamped_account(account)
            self.records.put(account["email"], record)
            return record["account"]

    def set_policy(self, name: str, requested: object) -> Policy:
        """Replace who may use an account. Errors: 400 and 412 as in policy.replaced."""
        with self._alone():
            record = self.record(name)
            record["policy"] = replaced(record["policy"], requested)
            self.records.put(record["account"]["email"], record)
            return record["policy"]

    def delete(self, name: str) -> None:
        """Remove an account and its key file: its tokens are refused from now on."""
        with self._alone():
            email = self.record(name)["account"]["email"]
            if email == OWNER:
                raise GoogleError(400, f"{OWNER} is the local cloud itself and can't be deleted", "badRequest")
            self.records.delete(email)
            self.cloud.credentials(email).unlink(missing_ok=True)


def stamped_account(account: Account) -> Account:
    """The account with an etag of its content."""
    content = {key: value for key, value in account.items() if key != "etag"}
    return content | {"etag": stamped([content])["etag"]}


def ensure_owner(cloud: LocalCloud) -> Account:
    """Make the owner's account and key file of a cloud if they are missing; safe from several processes at once."""
    return Accounts(cloud).ensure_owner()
