"""Identities of the local cloud: service accounts (IAM v1) and the OAuth token endpoint."""
