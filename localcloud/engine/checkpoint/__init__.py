"""A stack's checkpoint in the file backend: its layout, lock, secrets and resource states."""
