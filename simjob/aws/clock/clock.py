"""The virtual clock for code under test: what is called when such code asks for time or waits.

How threads take turns stands in turns, what of the process is exchanged in takeover.
"""

import math
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Literal, Self

import time_machine

from simjob.aws.clock import takeover
from simjob.aws.clock.flow import Flow
from simjob.aws.clock.loops import Loops
from simjob.aws.clock.turns import FOREVER_MS, Turns
from simjob.aws.clock.waits import Events, InCondition, Joining, Selecting, Selector, Sleeping, Wait
from simjob.moments import SimulationError
from simjob.simulation import Simulation

Mode = Literal["autojump", "manual", "rate"]
"""What moves the clock: waiting; the test alone; the real time."""

IO_PATIENCE_SECONDS = 0.01
"""For how long, really, an event loop with files or sockets waits for them before time moves."""

LONGEST_SECONDS = 1e9
"""A time-out that is longer, some thirty years, counts as none."""


class VirtualClock:
    """Lets the code of this process live in the time of a simulation, while it is installed.

    Args:
        sim: the simulation whose clock it is.
        mode: "autojump": when all threads wait, time moves to the first deadline. "manual": only
            `sim.advance` and `sim.run` move it. "rate": it flows.
        rate: virtual seconds per real second, for the mode "rate".
        guard_seconds: real seconds for which a thread may wait while the clock does not move, and
            the thread that installs it without a time-out while all others wait, too.

    Taken over, under whatever name and whenever they were imported: `time.sleep`, `time`,
    `monotonic` and `perf_counter`, each with its `_ns`; `datetime.now`, `utcnow`, `today`;
    asyncio's loops; and `threading` waits with a time-out, hence those of events, queues, futures
    and the adaptive retries of botocore. Waits take whole milliseconds, and at least one. Not
    taken over: time-outs of C code (`Lock.acquire(timeout)`, sockets), which stay real; uvloop; a
    loop that reads the clock and neither waits nor calls. pytest, hypothesis, debuggers and what
    talks to other processes keep the real time, all but `time.time`.

    Raises:
        ValueError: an unknown mode, a rate or guard that is not positive and finite.

    >>> sim = Simulation()
    >>> with VirtualClock(sim):
    ...     time.sleep(3600)
    >>> sim.now.isoformat()
    '2026-01-01T01:00:00+00:00'
    """

    def __init__(
        self,
        sim: Simulation,
        mode: Mode = "autojump",
        rate: float = 1.0,
        guard_seconds: float = 5.0,
    ) -> None:
        if mode not in {"autojump", "manual", "rate"}:
            raise ValueError(f"clock must be 'autojump', 'manual' or 'rate', is {mode!r}")
        for name, value in (("rate", rate), ("guard_seconds", guard_seconds)):
            if not (math.isfinite(value) and value > 0):
                raise ValueError(f"{name} must be positive and finite, is {value!r}")
        self.mode = mode
        self.rate = rate
        self.guard_seconds = guard_seconds
        self.lock = sim.lock
        self._sim = sim
        self._pace: Turns | Flow | None = None

    def __repr__(self) -> str:
        return f"<VirtualClock at {self._sim.now.isoformat()}, {self.mode}>"

    def __enter__(self) -> Self:
        self.install()
        return self

    def __exit__(self, *_: object) -> None:
        self.uninstall()

    def install(self) -> None:
        """Take time over, until `uninstall`; on top of a clock that is installed already.

        Raises:
            SimulationError: this clock is installed.
            RuntimeError: freezegun is active, which cannot be combined.
        """
        if self._pace is not None:
            raise SimulationError("this clock is installed already")
        outer = takeover.ruling()
        ahead = self._sim.now_ms / 1000 - time.monotonic()
        travel = time_machine.travel(0, tick=False)
        # Asked anew at each look, so that callbacks see the instant that they are called at.
        travel.start().time_ns = self.now_ns  # type: ignore[method-assign]
        self._travel = travel
        self.loops = Loops(self, ahead)
        if self.mode == "rate":
            self._pace = Flow(self._sim, self.rate)
        else:
            self._pace = Turns(self._sim, self.guard_seconds, manual=self.mode == "manual")
        if outer is not None:
            outer.suspend(suspended=True)
        takeover.push(self)

    def uninstall(self) -> None:
        """Give time back to what ruled before, exactly.

        Who still sleeps on this clock then, or makes a call that takes time on it, in another
        thread, gets a `SimulationError`; other waits go on in the time that rules now.

        Raises:
            SimulationError: this clock is not the one that was installed last.
        """
        takeover.pop(self)
        ahead = self._sim.now_ms / 1000 - time.monotonic()
        pace, self._pace = self._running(), None
        self._travel.stop()
        pace.close()
        self.loops.give_back(ahead)
        outer = takeover.ruling()
        if outer is not None:
            outer.suspend(suspended=False)

    def suspend(self, *, suspended: bool) -> None:
        """Stand still while an inner clock rules, and go on after it."""
        self._running().suspended = suspended

    # The time.

    @property
    def now_ms(self) -> int:
        """The present instant in whole milliseconds since the epoch."""
        if isinstance(self._pace, Flow):
            self._pace.follow()
        return self._sim.now_ms

    @property
    def now(self) -> datetime:
        """The present instant (UTC)."""
        return datetime.fromtimestamp(self.now_ms / 1000, UTC)

    def now_ns(self) -> int:
        """The present instant in nanoseconds since the epoch."""
        return self.now_ms * 1_000_000

    # The waits.

    def sleep(self, seconds: float) -> None:
        """Wait on the clock, as `time.sleep` does: whole milliseconds, at least one.

        Raises:
            ValueError: a negative number.
            StuckError: the clock does not get there.
            SimulationError: called from inside a callback of the simulation.
        """
        if seconds < 0:
            raise ValueError("sleep length must be non-negative")
        if seconds > LONGEST_SECONDS:
            raise OverflowError(f"a sleep of {seconds} seconds is too long")
        if self._until(max(1, _ms(seconds)), Sleeping()):
            raise _uninstalled("slept on it")

    def spend(self, seconds: float) -> None:
        """Let a call cost so much time: a sleep of the calling thread, which may be of none.

        In the mode "manual", and inside a callback of the simulation, no time is spent.

        Raises:
            SimulationError: the clock is uninstalled meanwhile.
        """
        if self.spends and self._running().until(_ms(seconds), Sleeping()):
            raise _uninstalled("made a call")

    @property
    def spends(self) -> bool:
        """Whether a call that is made now costs time."""
        with self.lock:
            return self.mode != "manual" and not self._sim.moving

    def wait(self, condition: threading.Condition, seconds: float | None) -> bool:
        """`condition.wait(seconds)` on the clock: whether it was notified in time."""
        if not condition._is_owned():  # type: ignore[attr-defined]
            raise RuntimeError("cannot wait on un-acquired lock")
        wait = InCondition(condition)
        try:
            if seconds is None:
                self._running().watch(wait.comes)
            elif left := self._until(max(1, _ms(seconds)), wait):
                wait.wait_for_real(left)
        finally:
            notified = wait.leave()
        return notified

    def join(
        self,
        thread: threading.Thread,
        seconds: float | None,
        join: Callable[[threading.Thread, float | None], None],
    ) -> None:
        """`thread.join(seconds)` on the clock; `join` is the real one."""
        join(thread, 0)
        wait = Joining(thread, join)
        if seconds is None:
            self._running().watch(wait.comes)
            return
        left = self._until(max(1, _ms(seconds)), wait) if thread.is_alive() else 0
        join(thread, None if wait.ready() else left)

    def select(self, selector: Selector, timeout: float | None) -> Events:
        """`selector.select(timeout)` on the clock."""
        wait = Selecting(selector)
        if timeout is None:
            self._until(FOREVER_MS, wait)
        elif _ms(timeout) > 0 and not self._found_for_real(wait):
            self._until(_ms(timeout), wait)
        return wait.events

    @staticmethod
    def _found_for_real(wait: Selecting) -> bool:
        """Whether there are files or sockets, and one of them is ready within their patience."""
        if wait.files:
            wait.pause(IO_PATIENCE_SECONDS)
        return bool(wait.events)

    def watches(self) -> bool:
        """Whether waits of the calling thread are this clock's that have no time-out."""
        return self._running().watches()

    def takes_part(self) -> bool:
        """Whether the calling thread takes part in this clock."""
        return self._running().takes_part()

    def _until(self, span_ms: int, wait: Wait) -> float:
        with self.lock:
            if self._sim.moving:
                raise SimulationError(
                    "a callback of the simulation may not wait: the clock is moving already"
                )
        return self._running().until(span_ms, wait)

    def _running(self) -> Turns | Flow:
        if self._pace is None:
            raise SimulationError("this clock is not installed")
        return self._pace


def _uninstalled(doing: str) -> SimulationError:
    name = threading.current_thread().name
    return SimulationError(f"the virtual clock was uninstalled while {name} {doing}")


def _ms(seconds: float) -> int:
    """Whole milliseconds, rounded up; what is less than half a microsecond is rounding error."""
    if seconds > LONGEST_SECONDS:
        return FOREVER_MS
    return -(-round(seconds * 1_000_000) // 1000)
