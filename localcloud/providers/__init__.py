"""Pulumi resource providers `gcp` and `kubernetes` for the local cloud, over Pulumi's ResourceProvider protocol.

server.py speaks the protocol; package.py is what a provider package has to answer, and how it names and creates;
sdk_types.py and checks.py hold inputs against the installed SDK's types; ledger.py remembers what killed engines had
made; gcp/ and kubernetes/ are the two packages. A resource type of gcp is a class in a file of gcp/resources.
"""
