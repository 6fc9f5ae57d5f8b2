"""What a program asks for: a resource as it is to be."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from localcloud.engine.checkpoint.state import ResourceState
from localcloud.wire.urns import Alias
from localcloud.wire.values import Properties


@dataclass
class Goal:
    """A registration: inputs and options. None as an option's value means that the program did not say."""

    type: str
    name: str
    custom: bool
    properties: Properties = field(default_factory=dict)
    parent: str = ""
    provider: str = ""
    dependencies: list[str] = field(default_factory=list)
    property_dependencies: dict[str, list[str]] = field(default_factory=dict)
    aliases: list[Alias] = field(default_factory=list)
    protect: bool | None = None
    retain_on_delete: bool | None = None
    delete_before_replace: bool | None = None
    deleted_with: str = ""
    ignore_changes: list[str] = field(default_factory=list)
    hide_diffs: list[list[str | int]] = field(default_factory=list)
    replace_on_changes: list[str] = field(default_factory=list)
    additional_secret_outputs: list[str] = field(default_factory=list)
    custom_timeouts: dict[str, float] = field(default_factory=dict)
    source_position: str = ""

    def inherit(self, parent: Goal) -> None:
        """Take over from the parent what was not said here, as Pulumi does."""
        if self.protect is None:
            self.protect = parent.protect
        if self.retain_on_delete is None:
            self.retain_on_delete = parent.retain_on_delete
        self.deleted_with = self.deleted_with or parent.deleted_with

    def state(self, urn: str, **values: Any) -> ResourceState:
        """The state to start from: what is asked for, and nothing of what a provider gives."""
        return ResourceState(
            urn=urn,
            type=self.type,
            custom=self.custom,
            inputs=self.properties,
            parent=self.parent,
            provider=self.provider,
            dependencies=self.dependencies,
            property_dependencies=self.property_dependencies,
            additional_secret_outputs=self.additional_secret_outputs,
            custom_timeouts=self.custom_timeouts,
            ignore_changes=self.ignore_changes,
            hide_diffs=self.hide_diffs,
            replace_on_changes=self.replace_on_changes,
            protect=bool(self.protect),
            retain_on_delete=bool(self.retain_on_delete),
            deleted_with=self.deleted_with,
            source_position=self.source_position,
            **values,
        )
