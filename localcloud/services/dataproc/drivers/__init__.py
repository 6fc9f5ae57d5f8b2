"""Spark of clusters and batches: driver processes, what they are told and brought, and who gets which."""
