"""The protocols that the engine serves: ResourceMonitor to programs, Engine to programs, providers and policy packs."""
