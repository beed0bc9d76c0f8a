"""What the engine adds to simpy: priorities after the usual ones, and deadlines that use them.

simpy runs the events of one instant by priority, then in the order of their creation. Work that
ends at an instant has ended before a limit looks at it, and whatever happens by itself has
happened before a call or an observer comes. That order is the code's, not luck's:
simpy's own URGENT (0) and `NORMAL`, then `SCRIPT`, `LIMIT`, `OUTSIDE`.
"""

import gc
from collections.abc import Callable, Generator
from operator import attrgetter
from typing import TypeVar

import simpy
from simpy.events import EventPriority

NORMAL = EventPriority(1)
"""What happens by itself."""
SCRIPT = EventPriority(2)
"""The waits of generator workloads, which may call the API."""
LIMIT = EventPriority(3)
"""Limits and deadlines of a job."""
OUTSIDE = EventPriority(4)
"""Scripted calls and observers."""

_MUCH = 20_000
"""More new objects than the collector ever leaves for one of its smaller rounds."""

FOREVER_MS = 1 << 62
"""An instant that no run reaches: 'no limit' for comparisons."""

T = TypeVar("T")
Steps = Generator[simpy.Event, object, T]
"""A part of a simpy process, and what it returns."""


class Environment(simpy.Environment):
    """simpy's environment, whose time is whole milliseconds since the epoch: `now_ms`."""

    # Read some fifteen times in the life of a job; an attrgetter spares each a frame.
    now_ms: int = property(attrgetter("_now"))  # type: ignore[assignment]

    def pass_to(self, at_ms: int) -> bool:
        """Let time pass to that instant, if no event comes until then; whether it has passed."""
        if self._queue and self._queue[0][0] <= at_ms:
            return False
        self._now = at_ms
        return True

    def live_to(self, at_ms: int) -> None:
        """Let every event come that comes up to and at that instant, and time pass to it."""
        queue, step = self._queue, self.step
        while queue and queue[0][0] <= at_ms:
            step()
        self._now = at_ms


class RestingCollector:
    """While it is entered, Python's cyclic garbage collector rests, if it is not at rest already.

    The life of a declared workload leaves no cycles behind, and looking for them among many jobs
    takes longer than living does. What callbacks and failing generators leave is collected after.
    Where much was made meanwhile, it is looked through once; the collector by itself would do so
    three times before it takes it for old.
    """

    def __enter__(self) -> None:
        self._active = gc.isenabled()
        gc.disable()

    def __exit__(self, *_: object) -> None:
        if self._active:
            if gc.get_count()[0] > _MUCH:
                gc.collect(1)
            gc.enable()


class Deadline(simpy.Event):
    """An event that calls `expire` at a given instant, after all that comes by itself then."""

    def __init__(
        self,
        env: Environment,
        at_ms: int,
        expire: Callable[[], object] | None = None,
        priority: EventPriority = LIMIT,
    ) -> None:
        # As simpy.Timeout does: to call Event's own would cost a frame more.
        self.env = env
        self.callbacks = []
        self._ok = True
        self._value = None
        if expire is not None:
            self._expire = expire
            self.callbacks.append(self._call)
        env.schedule(self, priority=priority, delay=at_ms - env.now_ms)

    def _call(self, _: simpy.Event) -> None:
        self._expire()
