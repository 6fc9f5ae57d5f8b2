"""GKE's own part: clusters and node pools on record, and each cluster as a whole that runs."""
