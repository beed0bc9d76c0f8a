"""What the engine adds to simpy: later priorities, deadlines that use them, a light process.

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
from simpy.events import PENDING, EventPriority, Initialize, Interruption

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


class Process:
    """A generator that lives from event to event, as simpy's process does.

    Unlike that it is no event: nobody waits for the end of a life, and so none has to happen. What
    a step raises leaves the clock at once.
    """

    __slots__ = ("_steps", "_target", "_value", "env")

    def __init__(self, env: Environment, steps: Steps[None]) -> None:
        self.env = env
        self._steps = steps
        self._value: object = PENDING
        # simpy's own events start and interrupt it; they look at `_value`, `_target`, `_resume`.
        self._target: simpy.Event = Initialize(env, self)  # type: ignore[arg-type]

    def interrupt(self) -> None:
        """Have simpy's Interrupt thrown into it, before all else that happens at this instant."""
        Interruption(self, None)  # type: ignore[arg-type]

    def _resume(self, event: simpy.Event) -> None:
        """Go on to the next event that has not come yet, with the value of the one that has."""
        steps = self._steps
        try:
            while True:
                value = event._value  # noqa: SLF001 - a property would cost a frame
                event = steps.send(value) if event._ok else steps.throw(value)  # noqa: SLF001 - as above
                if event.callbacks is not None:
                    break
        except StopIteration:
            self._value = None
            return
        event.callbacks.append(self._resume)
        self._target = event


class Deadline(simpy.Event):
    """An event that calls `expire`, at a given instant, after all that comes by itself then."""

    def __init__(
        self,
        env: Environment,
        at_ms: int,
        expire: Callable[[simpy.Event], None] | None = None,
        priority: EventPriority = LIMIT,
    ) -> None:
        # As simpy.Timeout does: to call Event's own would cost a frame more.
        self.env = env
        self.callbacks = [] if expire is None else [expire]
        self._ok = True
        self._value = None
        env.schedule(self, priority=priority, delay=at_ms - env.now_ms)
