"""The stack that is worked on, as programs, providers and policy packs are told of it."""

from __future__ import annotations

from dataclasses import dataclass

from localcloud.engine.project.configuration import Configuration
from localcloud.engine.project.project import Project

ORGANIZATION = "organization"
"""The organization every stack of a file backend is said to belong to."""


@dataclass(frozen=True)
class Stack:
    """A project's stack `name` with its decrypted configuration."""

    project: Project
    name: str
    configuration: Configuration
    organization: str = ORGANIZATION
