"""Whose turn it is: the threads that wait on a virtual clock, and when the first of them goes on.

Of all waits the one with the earliest deadline goes on first, alone, and only when every thread
that takes part waits too or stands still for real. It moves the clock to its own deadline itself,
in its own thread, and the next one waits for that thread in turn. So two sleeps of a minute take
one minute, and threads that only sleep and call never run at the same time: their order is
the order of deadlines; among equals that of going to sleep; among those who went to sleep in one
turn that of their start, or for the work of a thread pool that of its submission.
"""

import heapq
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from simjob.aws.clock.sight import Look, Sight
from simjob.aws.clock.stuck import Place, StuckError, report
from simjob.aws.clock.timefunctions import MONOTONIC
from simjob.aws.clock.waits import Wait
from simjob.simulation import Simulation

FOREVER_MS = 1 << 62
"""The deadline of a wait that only its own event ends."""

_FIRST_LOOK_SECONDS = 0.00005
_LATER_LOOKS_SECONDS = 0.001


class Waiting(NamedTuple):
    """One wait in the queue; the earlier its turn, the smaller."""

    deadline_ms: int
    turn: int
    rank: tuple[int, int]
    ident: int
    wait: Wait


class Turns:
    """The queue of waits of one clock, whose lock is that of the simulation.

    Args:
        sim: what is moved.
        guard_seconds: for how long, really, the clock may stand while somebody waits for it.
        manual: the clock is moved by whoever installed it, and by nobody else.
    """

    def __init__(self, sim: Simulation, guard_seconds: float, *, manual: bool) -> None:
        self._sim = sim
        self._lock = sim.lock
        self._guard_seconds = guard_seconds
        self._manual = manual
        self._owner = threading.get_ident()
        self.sight = Sight()
        self.suspended = False
        self._queue: list[Waiting] = []
        self._waiting: dict[int, Waiting] = {}
        self._turn = 0
        self._moved_at = MONOTONIC.real()
        self._seen_ms = sim.now_ms
        self._stuck: str | None = None
        self._closed = False

    def until(self, span_ms: int, wait: Wait) -> float:
        """Return when the wait is over by itself, or when that much virtual time has passed.

        Returns:
            The virtual seconds that were left when the clock was uninstalled meanwhile, else 0.

        Raises:
            StuckError: neither came within the real time of the guard.
        """
        me = threading.get_ident()
        with self._lock:
            self.sight.join(me)
            deadline_ms = min(self._sim.now_ms + span_ms, FOREVER_MS)
            first = not self._queue or deadline_ms < self._queue[0].deadline_ms
            if first and self._goes(deadline_ms, wait):
                return 0
            waiting = Waiting(deadline_ms, self._turn, self.sight.rank(), me, wait)
            heapq.heappush(self._queue, waiting)
            self._waiting[me] = waiting
            self._moved_at = MONOTONIC.real()
            if self._queue[0] is not waiting:
                self._queue[0].wait.nudge()
        try:
            return self._turn_of(waiting)
        finally:
            with self._lock:
                self._end(waiting)

    def watches(self) -> bool:
        """Whether the waits of the calling thread that have no time-out are watched, too.

        Those of whoever installed the clock are: the test ends when that thread goes on.
        """
        return threading.get_ident() == self._owner

    def watch(self, comes: Callable[[float], bool]) -> None:
        """Wait for real for what has no time-out.

        Args:
            comes: blocks for so many seconds, or until it has come, and says whether it has.

        Raises:
            StuckError: nobody is left who could bring it, for the real time of the guard.
        """
        before = None
        while not comes(self._guard_seconds / 2):
            before = self._standstill(before)

    def _standstill(self, before: frozenset[Look] | None) -> frozenset[Look] | None:
        """The standstill that there is; one that is as it was half the guard's time ago ends."""
        with self._sim.lock:
            if self._closed or self.suspended:
                return None
            now = self.sight.standstill()
            if now is not None and now == before:
                raise StuckError(self._report("every thread waits for another"))
            return now

    def takes_part(self) -> bool:
        """Whether the calling thread takes part."""
        return self.sight.takes_part(threading.get_ident())

    def close(self) -> None:
        """Let every wait end that is under way."""
        with self._lock:
            self._closed = True
            self._nudge_all()

    def _turn_of(self, waiting: Waiting) -> float:
        deadline_ms, wait = waiting.deadline_ms, waiting.wait
        look_seconds = _FIRST_LOOK_SECONDS
        before = None
        while True:
            with self._lock:
                if wait.ready():
                    return 0
                if self._closed:
                    return max(0, deadline_ms - self._sim.now_ms) / 1000
                first = self._queue[0] is waiting
                if first and self._goes(deadline_ms, wait):
                    return 0
                if deadline_ms != FOREVER_MS:
                    self._guard()
            if deadline_ms != FOREVER_MS and (first or wait.polls):
                wait.pause(look_seconds)
                look_seconds = min(2 * look_seconds, _LATER_LOOKS_SECONDS)
            else:
                wait.pause(self._guard_seconds / 2)
                if self.watches() and not wait.files and not wait.ready():
                    before = self._standstill(before)

    def _goes(self, deadline_ms: int, wait: Wait) -> bool:
        """Whether the wait that is the first of all may end now; the clock has been moved then."""
        if self.suspended or deadline_ms == FOREVER_MS:
            return False
        if self._manual and deadline_ms > self._sim.now_ms:
            return False
        # What is ready may have become so by a thread that came to a standstill just now.
        if not self._quiet() or wait.ready():
            return False
        if deadline_ms > self._sim.now_ms:
            self._sim.advance_to_ms(deadline_ms)
        self._turn += 1
        self._moved_at = MONOTONIC.real()
        return True

    def _quiet(self) -> bool:
        """Whether every other thread that takes part waits or stands, and none is just starting."""
        if threading._limbo:  # type: ignore[attr-defined]
            return False
        now = MONOTONIC.real()
        quiet = True
        for ident, frame in self.sight.others().items():  # all of them: a second look takes a first
            waiting = self._waiting.get(ident)
            if waiting is not None:
                quiet &= not waiting.wait.ready()
            elif not (self._manual and ident == self._owner):
                quiet &= self.sight.stands(ident, frame, now)
        return quiet

    def _end(self, waiting: Waiting) -> None:
        if self._queue[0] is waiting:
            heapq.heappop(self._queue)
        else:
            self._queue.remove(waiting)
            heapq.heapify(self._queue)
        del self._waiting[waiting.ident]
        self._turn += 1
        self._moved_at = MONOTONIC.real()
        if self._queue:
            self._queue[0].wait.nudge()
        else:
            self._stuck = None

    def _nudge_all(self) -> None:
        for each in self._queue:
            each.wait.nudge()

    def _guard(self) -> None:
        """Raise, in every thread that waits, when the clock has stood for too long."""
        now = MONOTONIC.real()
        if self.suspended or self._sim.now_ms != self._seen_ms:
            self._moved_at, self._seen_ms = now, self._sim.now_ms
        if self._stuck is None and now - self._moved_at >= self._guard_seconds:
            cause = "nobody moved it" if self._manual else "not every thread waits"
            self._stuck = self._report(cause)
            self._nudge_all()
        if self._stuck is not None:
            raise StuckError(self._stuck)

    def _report(self, cause: str) -> str:
        now = MONOTONIC.real()
        frames = self.sight.others()
        frames[threading.get_ident()] = sys._getframe()
        places = []
        for ident, frame in frames.items():
            if ident in self._waiting:
                deadline_ms = self._waiting[ident].deadline_ms
                timed = deadline_ms != FOREVER_MS
                doing = f"waits until {_instant(deadline_ms)}" if timed else "waits for an event"
            elif ident == threading.get_ident():
                doing = "waits for an event"
            elif self.sight.stands(ident, frame, now):
                doing = "waits for real"
            else:
                doing = "runs"
            places.append(Place(ident, doing, frame))
        return report(self._sim.now, self._guard_seconds, cause, places)


def _instant(at_ms: int) -> str:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=at_ms)).isoformat()
