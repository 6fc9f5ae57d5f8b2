"""Cloud Storage of the local cloud: Google's JSON API, and the part of the XML API that clients use."""

from localcloud.registry import Service

SERVICE = Service(
    port_offset=0,
    apis=("storage",),
    client_variables=(
        "API_ENDPOINT_OVERRIDE=http://{address}",  # google-cloud-storage: STORAGE_EMULATOR_HOST makes it anonymous
        "CLOUD_STORAGE_EMULATOR_ENDPOINT=http://{address}",  # google-cloud-cpp, which pyarrow has
        "FSSPEC_GS_ENDPOINT_URL=http://{address}",  # gcsfs
    ),
)
