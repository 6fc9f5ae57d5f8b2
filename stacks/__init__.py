"""The Pulumi program, one settings file per environment, one contract per dataset."""
