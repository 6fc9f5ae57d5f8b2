"""The layers of the platform, each built on the ones before it."""
