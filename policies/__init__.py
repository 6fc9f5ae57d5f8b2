"""CrossGuard policy packs: what no stack may cost and what no stack may expose."""
