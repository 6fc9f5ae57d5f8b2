"""How a deployment ends early. What a user can put right is a LocalCloudError."""

from __future__ import annotations


class DeploymentStoppedError(Exception):
    """The deployment failed or was interrupted; its reason is already reported, so nobody need report this one."""
