"""An embedded Pulumi engine: deploys a Pulumi Python project with nothing but pip.

It speaks Pulumi's own protocols (ResourceMonitor and Engine to the program, ResourceProvider to providers, Analyzer
to policy packs) and keeps the checkpoint as Pulumi's file backend does, so that the real CLI can take a stack over and
back.
"""
