"""What a person sees of a deployment: a line per finished step, messages, and a summary.

On a terminal the lines are coloured and the steps under way are shown at the bottom (rich); elsewhere lines are plain,
and a step that takes long has one more.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from localcloud.engine.checkpoint.state import ResourceState
from localcloud.engine.display.slow_steps import SlowSteps
from localcloud.wire import urns, values
from localcloud.wire.values import Properties


class Op(Enum):
    """What is done with a resource: its sign, colour, and how it is said before, during and after it is done."""

    SAME = (" ", "dim", "", "", "unchanged")
    CREATE = ("+", "green", "create", "creating", "created")
    UPDATE = ("~", "yellow", "update", "updating", "updated")
    REPLACE = ("+-", "magenta", "replace", "replacing", "replaced")
    DELETE = ("-", "red", "delete", "deleting", "deleted")
    DELETE_REPLACED = ("-", "red", "delete original", "deleting original", "deleted original")
    READ = (">", "cyan", "read", "reading", "read")
    FORGET = ("<", "cyan", "forget", "forgetting", "forgotten")

    def __init__(self, sign: str, colour: str, future: str, present: str, past: str) -> None:
        self.sign = sign
        self.colour = colour
        self.future = future
        self.present = present
        self.past = past


OUTPUT_LENGTH = 100
"""Characters of an output that are shown after a deployment."""
UNDER_WAY_SHOWN = 4
CHANGES = (Op.CREATE, Op.UPDATE, Op.REPLACE, Op.DELETE)


@dataclass
class Running:
    """A step under way; `progress` is what its provider last said it is at."""

    op: Op
    state: ResourceState
    began: float = field(default_factory=time.monotonic)
    progress: str = ""


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
        self._running: dict[str, Running] = {}
        self._slow = SlowSteps(self._tell_of_slow)
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
            self._running[state.urn] = Running(op, state)
        if self._terminal is None:
            self._slow.begin(state.urn)
        self._refresh()

    def progress(self, urn: str, text: str) -> None:
        """What the provider is at with a resource: shown with the step while it is under way."""
        with self._lock:
            running = self._running.get(urn)
            if running is not None:
                running.progress = text
        self._refresh()

    def finished(
        self, op: Op, state: ResourceState, changed: Iterable[str] = (), note: str = "", *, shown: bool = True
    ) -> None:
        if _is_hidden(state):
            return
        with self._lock:
            self.counts[op] += 1
            running = self._running.pop(state.urn, Running(op, state))
        self._slow.end(state.urn)
        if op is not Op.SAME and shown and not self._quiet:
            took = time.monotonic() - running.began
            text = op.future if self.preview else f"{op.past} ({took:.1f} s)" if state.custom else op.past
            paths = sorted(changed)
            self._step(op, state, " ".join(filter(None, (text, f"[{', '.join(paths)}]" if paths else "", note))))
        self._refresh()

    def failed(self, op: Op, state: ResourceState) -> None:
        with self._lock:
            self._running.pop(state.urn, None)
        self._slow.end(state.urn)
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
        text = f"{pack}/{policy}: {_of(urn)}{' '.join(message.split())}"
        if not mandatory:
            # Of a quiet pass, like all that does not end the deployment: the next pass says it again if it still holds.
            self._message(f"policy violation (advisory) {text}", "yellow", error=True)
            return
        with self._lock:
            self.errors += 1
        self._line(f"policy violation (mandatory) {text}", "bold red", error=True)

    def outputs(self, outputs: Mapping[str, Any]) -> None:
        """The stack's outputs."""
        if not outputs:
            return
        width = max(map(len, outputs))
        shown = render_outputs(dict(outputs), show_secrets=self._show_secrets)
        texts = {name: text if isinstance(text, str) else json.dumps(text) for name, text in shown.items()}
        shortened = any(len(text) > OUTPUT_LENGTH for text in texts.values())
        self._line("Outputs (shortened; `outputs` shows them whole):" if shortened else "Outputs:", "bold")
        for name, text in texts.items():
            self._line(f"    {name:<{width}}  {_shorten(text)}", "")

    def summary(self) -> None:
        """How many of what changes, and how long it took. To read or forget what others manage is none."""
        with self._lock:
            parts = [f"{self.counts[op]} {_counted(op, self.preview)}" for op in CHANGES if self.counts[op]]
            parts += [f"{self.counts[Op.SAME]} unchanged"] if self.counts[Op.SAME] else []
        self._line(f"Resources: {', '.join(parts) or 'none'}", "bold")
        self._line(f"Duration: {time.monotonic() - self._began:.1f} s", "")

    def close(self) -> None:
        """Leave the terminal as it was."""
        self._slow.close()
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
            running = [step for step in self._running.values() if step.state.custom]
            if not running and self._status is not None:
                self._status.stop()
                self._status = None
            if not running:
                return
            names = [_under_way(step) for step in running[:UNDER_WAY_SHOWN]]
            more = f" and {len(running) - len(names)} more" if len(running) > len(names) else ""
            if self._status is None:
                self._status = self._terminal.status("")
                self._status.start()
            from rich.text import Text

            # One line however narrow the terminal is: more could not be wiped away again.
            self._status.update(Text(", ".join(names) + more, no_wrap=True, overflow="ellipsis"))

    def _tell_of_slow(self, urn: str) -> None:
        with self._lock:
            found = self._running.get(urn)
        if found is not None and found.state.custom:
            self._step(found.op, found.state, ": ".join(filter(None, (found.op.present, found.progress))))

    def _line(self, text: str, style: str, *, error: bool = False) -> None:
        if self._terminal is not None and (sys.stderr.isatty() or not error):
            self._terminal.print(text, style=style or None, markup=False)
            return
        stream = sys.stderr if error else sys.stdout
        with self._lock:
            stream.write(f"{text}\n")
            stream.flush()


def _under_way(step: Running) -> str:
    text = f"{step.op.present} {urns.name_of(step.state.urn)}"
    return f"{text} ({step.progress})" if step.progress else text


def _is_hidden(state: ResourceState) -> bool:
    """Default providers are Pulumi's own business; its CLI does not show or count them either."""
    return urns.is_provider(state.type) and urns.name_of(state.urn).startswith("default")


def _shorten(text: str) -> str:
    return text if len(text) <= OUTPUT_LENGTH else f"{text[: OUTPUT_LENGTH - 4]} ..."


def _counted(op: Op, preview: bool) -> str:
    return f"to {op.future}" if preview else op.past


def _of(urn: str) -> str:
    if not urn or urns.qualified_type(urn) == urns.STACK_TYPE:
        return ""
    return f"{urns.type_of(urn)} {urns.name_of(urn)}: "


def render_outputs(outputs: Properties, *, show_secrets: bool) -> Properties:
    """Outputs as they are shown: secrets hidden or not, unknowns named as such."""
    shown = values.unwrap(outputs) if show_secrets else values.redact(outputs)
    named = values.rewrite(shown, lambda part: "[unknown]" if values.is_unknown(part) else part)
    return dict(sorted(named.items()))
