"""What Pulumi's protocols carry: property values, assets, URNs and property paths, for engine, providers and tests.

`values` is the form on the wire, which the engine keeps in memory and in the checkpoint; `typed` is the same with a
class for each thing that JSON has no word for, which providers work with.
"""
