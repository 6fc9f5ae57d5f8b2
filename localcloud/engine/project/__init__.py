"""A project: Pulumi.yaml, its stacks' configuration and its program."""
