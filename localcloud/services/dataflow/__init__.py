"""Dataflow: Flex Templates, and the jobs launched from them on real Beam."""

from localcloud.registry import Service

SERVICE = Service(port_offset=5, apis=("dataflow",), stops_first=True)
