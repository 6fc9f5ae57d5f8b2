"""Pulumi's `gcp` provider over the services of the local cloud."""
