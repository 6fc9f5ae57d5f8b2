"""Launches the jobs of a deployed stack, waits for them, and says how they ended. Knows a stack by its outputs."""
