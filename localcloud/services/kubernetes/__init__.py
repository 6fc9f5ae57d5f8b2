"""Google Kubernetes Engine on loopback: clusters with real API servers, controllers, and pods as real processes."""

from localcloud.registry import Service

SERVICE = Service(port_offset=6, apis=("container",), stops_first=True)
