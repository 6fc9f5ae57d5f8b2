"""What a person sees of a deployment: a line per step while it happens, messages, and a summary.

On a terminal the lines are coloured and those under way are shown at the bottom (rich); elsewhere they are plain.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any

from localcloud.engine import urns, values
from localcloud.engine.state import ResourceState
from localcloud.engine.values import Properties


class Op(Enum):
    """What is done with a resource: its sign, colour, and how it is said before, during and after it is done."""

    SAME = (" ", "dim", "", "", "unchanged")
    CREATE = ("+", "green", "create", "creating", "created")
    UPDATE = ("~", "yellow", "update", "updating", "updated")
    REPLACE = ("+-", "magenta", "replace", "replacing", "replaced")
    DELETE = ("-", "red", "delete", "deleting", "deleted")
    DELETE_REPLACED = ("-", "red", "delete original", "deleting original", "deleted original")
    READ = (">", "cyan", "read", "reading", "read")

    def __init__(self, sign: str, colour: str, future: str, present: str, past: str) -> None:
        self.sign = sign
        self.colour = colour
        self.future = future
        self.present = present
        self.past = past


CHANGES = (Op.CREATE, Op.UPDATE, Op.REPLACE, Op.DELETE)


class Display:
    """Shows one pass (a preview or a deployment). May be called from many threads."""

    def __init__(self, *, preview: bool, quiet: bool = False, show_secrets: bool = False) -> None:
        """`quiet` leaves out the steps: for a preview pass that only serves to run the policies."""
        self.preview = preview
        self.counts: Counter[Op] = Counter()
        self.errors = 0
        self._quiet = quiet
        self._show_secrets = show_secrets
        self._began = time.monotonic()
        self._running: dict[str, tuple[Op, float]] = {}
        self._held: list[tuple[str, str, bool]] = []
        # Reentrant: an interrupt may come while the main thread is writing a line, and writes one itself.
        self._lock = threading.RLock()
        self._terminal = None
        self._status = None
        if sys.stdout.isatty():
            from rich.console import Console

            self._terminal = Console(highlight=False, soft_wrap=True)

    @property
    def changes(self) -> int:
        return sum(self.counts[op] for op in CHANGES)

    def heading(self, text: str) -> None:
        self._line(text, "bold")

    def started(self, op: Op, state: ResourceState) -> None:
        if _is_hidden(state) or self.preview:
            return
        with self._lock:
            self._running[state.urn] = (op, time.monotonic())
        if self._terminal is None and state.custom:
            self._step(op, state, op.present)
        self._refresh()

    def finished(self, op: Op, state: ResourceState, changed: Iterable[str] = ()) -> None:
        if _is_hidden(state):
            return
        with self._lock:
            self.counts[op] += 1
            _, began = self._running.pop(state.urn, (op, time.monotonic()))
        if op is not Op.SAME and not self._quiet:
            took = time.monotonic() - began
            text = op.future if self.preview else f"{op.past} ({took:.1f} s)" if state.custom else op.past
            paths = sorted(changed)
            self._step(op, state, f"{text} [{', '.join(paths)}]" if paths else text)
        self._refresh()

    def failed(self, op: Op, state: ResourceState) -> None:
        with self._lock:
            self._running.pop(state.urn, None)
        if not _is_hidden(state):
            self._step(op, state, f"{op.present} failed")
        self._refresh()

    def error(self, message: str, urn: str = "") -> None:
        with self._lock:
            self.errors += 1
        self._line(f"error: {_of(urn)}{message}", "bold red", error=True)

    def warn(self, message: str, urn: str = "") -> None:
        self._message(f"warning: {_of(urn)}{message}", "yellow", error=True)

    def info(self, message: str, urn: str = "") -> None:
        self._message(f"{_of(urn)}{message}", "", error=False)

    def release(self) -> None:
        """Show the messages of a quiet pass after all: no other pass will repeat them."""
        self._quiet = False
        for text, style, error in self._held:
            self._line(text, style, error=error)
        self._held.clear()

    def _message(self, text: str, style: str, *, error: bool) -> None:
        if self._quiet:
            self._held.append((text, style, error))
        else:
            self._line(text, style, error=error)

    def violation(self, pack: str, policy: str, mandatory: bool, message: str, urn: str) -> None:
        level, colour = ("mandatory", "bold red") if mandatory else ("advisory", "yellow")
        if mandatory:
            with self._lock:
                self.errors += 1
        text = f"policy violation ({level}) {pack}/{policy}: {_of(urn)}{' '.join(message.split())}"
        self._line(text, colour, error=True)

    def outputs(self, outputs: Mapping[str, Any]) -> None:
        """The stack's outputs."""
        if not outputs:
            return
        self._line("Outputs:", "bold")
        width = max(map(len, outputs))
        for name, text in render_outputs(dict(outputs), show_secrets=self._show_secrets).items():
            self._line(f"    {name:<{width}}  {text if isinstance(text, str) else json.dumps(text)}", "")

    def summary(self) -> None:
        """How many of what, and how long it took."""
        with self._lock:
            parts = [f"{self.counts[op]} {_counted(op, self.preview)}" for op in CHANGES if self.counts[op]]
            parts += [f"{self.counts[Op.READ]} read"] if self.counts[Op.READ] else []
            parts += [f"{self.counts[Op.SAME]} unchanged"] if self.counts[Op.SAME] else []
        self._line(f"Resources: {', '.join(parts) or 'none'}", "bold")
        self._line(f"Duration: {time.monotonic() - self._began:.1f} s", "")

    def close(self) -> None:
        """Leave the terminal as it was."""
        if self._status is not None:
            self._status.stop()
            self._status = None

    def _step(self, op: Op, state: ResourceState, text: str) -> None:
        indent = "  " * urns.qualified_type(state.urn).count("$")
        self._line(f" {op.sign:>2} {indent}{state.type} {urns.name_of(state.urn)}  {text}", op.colour)

    def _refresh(self) -> None:
        if self._terminal is None or self._quiet:
            return
        with self._lock:
            names = [f"{op.present} {urns.name_of(urn)}" for urn, (op, _) in self._running.items()]
            text = f"{len(names)} under way: {', '.join(names[:4])}{' ...' if len(names) > 4 else ''}" if names else ""
            if self._status is None and text:
                self._status = self._terminal.status("")
                self._status.start()
            if self._status is not None:
                from rich.markup import escape

                self._status.update(escape(text))

    def _line(self, text: str, style: str, *, error: bool = False) -> None:
        if self._terminal is not None:
            self._terminal.print(text, style=style or None, markup=False)
            return
        stream = sys.stderr if error else sys.stdout
        with self._lock:
            stream.write(f"{text}\n")
            stream.flush()


def _is_hidden(state: ResourceState) -> bool:
    """Default providers are Pulumi's own business; its CLI does not show or count them either."""
    return urns.is_provider(state.type) and urns.name_of(state.urn).startswith("default")


def _counted(op: Op, preview: bool) -> str:
    return f"to {op.future}" if preview else op.past


def _of(urn: str) -> str:
    if not urn or urns.qualified_type(urn) == urns.STACK_TYPE:
        return ""
    return f"{urns.type_of(urn)} {urns.name_of(urn)}: "


def render_outputs(outputs: Properties, *, show_secrets: bool) -> Properties:
    """Outputs as they are shown: secrets hidden or not, unknowns named as such."""

    def name_unknowns(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: name_unknowns(item) for key, item in value.items()}
        if isinstance(value, list):
            return [name_unknowns(item) for item in value]
        return "[unknown]" if values.is_unknown(value) else value

    shown = name_unknowns(values.unwrap(outputs) if show_secrets else values.redact(outputs))
    return dict(sorted(shown.items()))
