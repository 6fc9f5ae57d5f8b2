"""The lake's catalogue: Iceberg's REST protocol under BigLake's paths."""

from localcloud.registry import Service

SERVICE = Service(port_offset=2, apis=("biglake",))
