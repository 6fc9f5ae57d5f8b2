"""Whether a queue stands: the controlled delay algorithm, as it is used for requests.

K. Nichols and V. Jacobson, "Controlling Queue Delay", ACM Queue 10(5), 2012; in the form for requests of B. Maurer,
"Fail at Scale", ACM Queue 13(8), 2015 (folly/executors/Codel.cpp).
"""

from __future__ import annotations

import math

INTERVAL_S = 0.1


class Codel:
    """A queue stands if for a whole interval every request waited longer than the target; a burst ends before that.

    target_s: the wait that is good, s.  gone_s: the wait below which a queue that stood is gone, s (None: the target);
    less where what is done about a queue makes waits just good.  interval_s: longer than any burst that is to be let
    through, s.
    """

    def __init__(self, target_s: float, gone_s: float | None = None, interval_s: float = INTERVAL_S) -> None:
        self._target_s, self._gone_s = target_s, target_s if gone_s is None else gone_s
        self._interval_s = interval_s
        self._shortest, self._until = math.inf, -math.inf
        self.standing = False

    def observe(self, waited_s: float, now: float) -> bool:
        """Take in how long a request waited, at a time in s of any clock; whether a queue stands."""
        if now >= self._until:
            # An interval in which nothing was seen was empty.
            missed = now >= self._until + self._interval_s
            self.standing = not missed and self._shortest > (self._gone_s if self.standing else self._target_s)
            self._shortest, self._until = waited_s, now + self._interval_s
        elif waited_s < self._shortest:
            self._shortest = waited_s
        return self.standing
