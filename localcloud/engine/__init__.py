"""An embedded Pulumi engine: deploys a Pulumi Python project with nothing but pip.

It speaks Pulumi's own protocols (ResourceMonitor and Engine to the program, ResourceProvider to providers, Analyzer
to policy packs) and keeps the checkpoint as Pulumi's file backend does, so that the real CLI can take a stack over and
back. Its rooms from bottom to top; each imports only those before it:

    project      Pulumi.yaml, a stack's settings and configuration
    checkpoint   the stack's state in the file backend: layout, locks, secrets
    display      what a person sees
    plugins      the processes that the engine calls: providers and policy packs
    plan         from what is and what is to be to steps, and the steps carried out
    protocols    what the engine serves to programs, providers and policy packs
    commands     a session on a stack, the program that is run in it, and the commands
    cli          the command line
"""
