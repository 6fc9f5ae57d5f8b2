"""The object store's official client as a service of this cloud uses it: with the key of one identity."""

from __future__ import annotations

from google.api_core.exceptions import GoogleAPIError
from google.auth.exceptions import GoogleAuthError
from google.cloud import storage
from google.oauth2.service_account import Credentials
from requests.exceptions import RequestException

from localcloud.settings import LocalCloud

SCOPES = ("https://www.googleapis.com/auth/cloud-platform",)
STORAGE_ERRORS = (GoogleAPIError, GoogleAuthError, RequestException)
"""What a call raises: refused, given up after its retries (RetryError), without a token, without an answer."""


def storage_client(cloud: LocalCloud, identity: str) -> storage.Client:
    """A client that acts as a service account; its key file must be there."""
    return storage.Client(
        project=cloud.project_of(identity),
        credentials=Credentials.from_service_account_file(cloud.credentials(identity), scopes=SCOPES),
        client_options={"api_endpoint": cloud.url("storage")},
    )
