"""Dataproc: workflow templates, clusters, jobs and batches on real Spark."""

from localcloud.registry import Service

SERVICE = Service(port_offset=4, apis=("dataproc",), stops_first=True)
