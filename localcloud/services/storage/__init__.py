"""Cloud Storage of the local cloud: Google's JSON API, and the part of the XML API that clients use."""

from localcloud.registry import Service

SERVICE = Service(port_offset=0, apis=("storage",), emulator_variable="STORAGE_EMULATOR_HOST=http://{address}")
