"""How much each caller may ask for: the generic cell rate algorithm (ITU-T I.371, as `limits` and Envoy do)."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping

BURST_S = 1.0
"""A caller that was quiet for so long may ask for all of that time's requests at once."""
REMEMBERED = 10_000
"""So many callers are remembered; one that is forgotten had been quiet the longest."""
DEFAULT = "*"


class Quotas:
    """Requests a second by caller; `*` is what every caller has that is not named, none if that is missing too."""

    def __init__(self, rates: Mapping[str, float]) -> None:
        self._intervals = {caller.encode(): 1 / rate for caller, rate in rates.items()}
        self._default = self._intervals.pop(DEFAULT.encode(), None)
        self._due: OrderedDict[bytes, float] = OrderedDict()
        self.refused = 0

    def __bool__(self) -> bool:
        return bool(self._intervals) or self._default is not None

    def wait(self, caller: bytes, now: float) -> float:
        """0 if the caller may ask at that time (s), which counts; else how long it has to wait, s."""
        interval = self._intervals.get(caller, self._default)
        if interval is None:
            return 0.0
        due = max(self._due.get(caller, 0.0), now)
        over = due + interval - now - max(BURST_S, interval)
        if over > 1e-9:
            self.refused += 1
            return over
        self._due[caller] = due + interval
        self._due.move_to_end(caller)
        if len(self._due) > REMEMBERED:
            self._due.popitem(last=False)
        return 0.0
