"""The processes that the engine calls: resource providers and policy packs."""
