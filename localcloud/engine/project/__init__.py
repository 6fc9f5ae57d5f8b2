"""A project: Pulumi.yaml, its stacks and their configuration."""
