"""Roadbed's Pulumi components: what a data platform is made of on Google Cloud, one ComponentResource a file."""
