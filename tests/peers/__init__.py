"""Suites of others, run against the local cloud where a checkout of them is given."""
