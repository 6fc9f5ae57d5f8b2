"""Pulumi's `kubernetes` provider over the Kubernetes API of a cluster on this machine."""
