"""Identities of the local cloud: service accounts (IAM v1) and the OAuth token endpoint."""

from localcloud.registry import Service

SERVICE = Service(port_offset=1, apis=("iam",))
