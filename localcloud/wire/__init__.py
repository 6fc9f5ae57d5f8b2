"""Pulumi's wire format: property values, assets, URNs and property paths. Engine, providers and tests read it here."""
