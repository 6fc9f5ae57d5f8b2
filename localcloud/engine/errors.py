"""What can go wrong by a user's doing. Each is shown as one line, without a traceback."""

from __future__ import annotations


class EngineError(Exception):
    """Something the user can put right; the message says what, where and what to do."""


class DeploymentStoppedError(Exception):
    """The deployment failed or was interrupted; its reason is already reported, so nobody need report this one."""
