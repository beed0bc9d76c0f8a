"""The clock: one simpy environment, what is still to happen in it, and who is told of it.

Engines of several accounts and regions may share a clock. How jobs live is the engine's affair;
here is how time passes for all of them.
"""

import threading
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from operator import attrgetter

from simjob.engine.kernel import OUTSIDE, Deadline, Environment, RestingCollector

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def epoch_ms(instant: datetime) -> int:
    """Whole milliseconds since the epoch.

    >>> epoch_ms(datetime(1970, 1, 1, 0, 0, 1, 500000, tzinfo=UTC))
    1500
    """
    return round((instant - EPOCH) / _MILLISECOND)


def instant_of(ms: int) -> datetime:
    """The aware instant (UTC) of that many milliseconds since the epoch.

    >>> print(instant_of(1500))
    1970-01-01 00:00:01.500000+00:00
    """
    return EPOCH + timedelta(milliseconds=ms)


class Clock:
    """Time, for all that lives in it.

    Attributes:
        env: simpy's environment.
        live: how many jobs have not ended.
        stuck: how many of them nothing but a grant of capacity can move.
        scripted: how many calls are still to come.
        watched: whether the present run looks at more than the ends of jobs.
        turn: counts the moves that are over, and the callbacks from outside.
        orderly: whether now is between two moves, or in such a callback, and not inside an instant.
        reliefs: who says whether somebody waits for capacity that time itself will give back.
        lock: to be held by whoever moves it, or touches what lives in it, in several threads.
    """

    def __init__(self, start: datetime) -> None:
        self.env = Environment(initial_time=epoch_ms(start))
        self.live = 0
        self.stuck = 0
        self.scripted = 0
        self.watched = False
        self.turn = 0
        self.orderly = True
        self.reliefs: list[Callable[[], bool]] = []
        self.lock = threading.RLock()
        self._births: deque[Callable[[], object]] = deque()
        self._outbox: deque[Callable[[], Exception | None]] = deque()
        self._delivering = False
        self._stepping = False

    # The present instant in milliseconds since the epoch; an attrgetter spares a frame.
    now_ms: int = property(attrgetter("env._now"))  # type: ignore[assignment]

    @property
    def now(self) -> datetime:
        """The present instant."""
        return instant_of(self.env.now_ms)

    @property
    def busy(self) -> bool:
        """Whether the clock is moving: the caller is inside one of its callbacks."""
        return self._stepping or self._delivering

    @property
    def awaited(self) -> bool:
        """Whether anything is still to happen by itself or by a scripted call."""
        return self.live > self.stuck or self.scripted > 0 or self._relieved()

    def _relieved(self) -> bool:
        return self.stuck > 0 and any(relief() for relief in self.reliefs)

    # Moving.

    def run_to(self, at_ms: int) -> None:
        """Let everything happen that happens up to and at that instant."""
        if self._births or not self.env.pass_to(at_ms):
            self._move(lambda: self.env.live_to(at_ms))

    def run_dry(self, wanted: Callable[[], bool] | None = None) -> None:
        """Let everything happen that still will, or as long as `wanted` says so.

        `wanted` is asked after every event; the instant at which it ends is lived to its end.
        """
        step = self.env.step

        def steps() -> None:
            if wanted is None:
                while self.live > self.stuck or self.scripted or self._relieved():
                    step()
            else:
                while self.awaited and wanted():
                    step()

        self.run_to(self.now_ms)
        while self.awaited and (wanted is None or wanted()):
            self._move(steps)
            self.run_to(self.now_ms)

    def run_watched(self, wanted: Callable[[], bool]) -> None:
        """`run_dry`, where `wanted` looks at more than the ends of jobs."""
        self.watched = True
        try:
            self.run_dry(wanted)
        finally:
            self.watched = False

    def _move(self, steps: Callable[[], None]) -> None:
        """Have `steps` move the clock: callbacks may not, and the garbage collector rests."""
        self._stepping = True
        self.orderly = False
        try:
            with RestingCollector():
                self.quicken()
                steps()
            self.turn += 1
            self.orderly = True
        finally:
            self._stepping = False

    def on_moving(self, birth: Callable[[], object]) -> None:
        """Have `birth` called when the clock moves next, or now if it is moving.

        Not before: many jobs that do not live yet are little work for the garbage collector.
        """
        if self._stepping:
            if self._births:
                self.quicken()
            birth()
        else:
            self._births.append(birth)

    def quicken(self) -> None:
        """Bring to life what was to be when the clock moves, in that order."""
        while self._births:
            self._births.popleft()()

    def call_at(self, at_ms: int, call: Callable[[], object]) -> None:
        """Have `call` called at that instant, after all that happens by itself then."""
        self.scripted += 1
        Deadline(self.env, at_ms, partial(self._scripted, call), OUTSIDE)

    def _scripted(self, call: Callable[[], object], _: object) -> None:
        self.scripted -= 1
        self._from_outside(call)

    def remind_at(self, at_ms: int, call: Callable[[], object]) -> None:
        """Have `call` called at that instant likewise, if the clock comes that far without it."""
        Deadline(self.env, at_ms, partial(self._from_outside, call), OUTSIDE)

    def _from_outside(self, call: Callable[[], object], _: object = None) -> None:
        """Call what comes after all that happens by itself at this instant.

        If it raises, it was the end of the move: what follows by hand belongs to its turn.
        """
        self.turn += 1
        self.orderly = True
        call()
        self.orderly = False

    # Telling.

    def _deliver_outside(self, _: object) -> None:
        self._from_outside(self.deliver)

    def tell(self, news: Callable[[], Exception | None]) -> None:
        """Have `news` told when the instant is over, or with the next `deliver`.

        It returns the first error that one of those raised who were told.
        """
        if self._stepping and not self._outbox:
            Deadline(self.env, self.env.now_ms, self._deliver_outside, OUTSIDE)
        self._outbox.append(news)

    def deliver(self) -> None:
        """Tell what has happened since news was told last.

        All of it is told; the first error is raised here then.
        """
        if self._delivering:
            return
        self._delivering = True
        first: Exception | None = None
        try:
            while self._outbox:
                error = self._outbox.popleft()()
                first = first or error
        finally:
            self._delivering = False
        if first is not None:
            raise first

    def report(self, error: BaseException) -> None:
        """Raise `error` out of the clock when this instant has been lived."""

        def expire() -> None:
            raise error

        Deadline(self.env, self.now_ms, partial(self._from_outside, expire), OUTSIDE)
