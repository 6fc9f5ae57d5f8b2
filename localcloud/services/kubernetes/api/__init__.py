"""A Kubernetes API server: verbs on objects, checks, watches, and the store of a cluster's objects."""
