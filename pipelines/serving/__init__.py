"""The HTTP service that answers lookups from published snapshots."""
