"""Where Google's APIs are: where Google's own tools are told that they are, else where Google has them."""

from __future__ import annotations

import os

GOOGLE = {
    "storage": "https://storage.googleapis.com",
    "dataproc": "https://{region}-dataproc.googleapis.com",
    "dataflow": "https://dataflow.googleapis.com",
    "bigquery": "https://bigquery.googleapis.com",
    "biglake": "https://biglake.googleapis.com",
}
# Cloud Storage's client libraries know no other; gcloud has a property, and so a variable, for each API.
VARIABLES = {"storage": "STORAGE_EMULATOR_HOST"}


def endpoint(api: str) -> str:
    """Root address of an API, without a slash at its end.

    From STORAGE_EMULATOR_HOST or gcloud's CLOUDSDK_API_ENDPOINT_OVERRIDES_<API>, where set and not empty.
    """
    variable = VARIABLES.get(api, f"CLOUDSDK_API_ENDPOINT_OVERRIDES_{api.upper()}")
    return (os.environ.get(variable) or GOOGLE[api]).rstrip("/")
