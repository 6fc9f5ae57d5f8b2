"""What the smoke test did and saw, told while it goes on."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

T = TypeVar("T")


@dataclass
class Proof:
    """Seconds by step, one line by check, scenarios by kind."""

    seconds: dict[str, float] = field(default_factory=dict)
    seen: dict[str, str] = field(default_factory=dict)
    kinds: Counter[str] = field(default_factory=Counter)

    def step(self, name: str, action: Callable[[], T]) -> T:
        """Do one step, noting how long it took."""
        say(name)
        started = time.monotonic()
        result = action()
        self.seconds[name] = time.monotonic() - started
        return result

    def check(self, name: str, action: Callable[[], str]) -> None:
        """Do one check, noting what it saw."""
        self.seen[name] = action()
        say(f"✓ {name}: {self.seen[name]}")


def say(line: str) -> None:
    """One line of progress."""
    print(f"  {line}", flush=True)
