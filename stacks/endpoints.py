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


def endpoint(api: str) -> str:
    """Root address of an API, without a slash at its end.

    From gcloud's CLOUDSDK_API_ENDPOINT_OVERRIDES_<API>, where set and not empty.
    """
    return (os.environ.get(f"CLOUDSDK_API_ENDPOINT_OVERRIDES_{api.upper()}") or GOOGLE[api]).rstrip("/")
