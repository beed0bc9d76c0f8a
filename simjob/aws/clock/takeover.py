"""What is taken over in the process while a clock is installed, and given back after the last.

The clocks form a stack, of which the innermost rules. Whatever is exchanged here asks for it, and
does what it always did when there is none, or when it is not code under test that asks.
"""

import asyncio
import itertools
import queue
import sys
import threading
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import thread as pools
from types import FrameType
from typing import TYPE_CHECKING

from simjob.aws.clock.builtin import Builtin
from simjob.aws.clock.callers import Kind, acts_for_code, kind_of_frame
from simjob.aws.clock.loops import Loop
from simjob.aws.clock.sight import WORK
from simjob.aws.clock.timefunctions import (
    MONOTONIC,
    MONOTONIC_NS,
    PERF_COUNTER,
    PERF_COUNTER_NS,
    SLEEP,
)
from simjob.moments import SimulationError

if TYPE_CHECKING:
    from simjob.aws.clock.clock import VirtualClock

_clocks: "list[VirtualClock]" = []


def push(clock: "VirtualClock") -> None:
    """Let a clock rule; the first one takes everything over."""
    _clocks.append(clock)
    if len(_clocks) == 1:
        for function, implementation in _FUNCTIONS:
            function.become(implementation)
        for owner, name, _, replacement in _ATTRIBUTES:
            setattr(owner, name, replacement)


def pop(clock: "VirtualClock") -> None:
    """Let the clock rule that did before; the last one gives everything back.

    Raises:
        SimulationError: it is not this clock that rules.
    """
    if not _clocks or _clocks[-1] is not clock:
        raise SimulationError("the clock that was installed last must be uninstalled first")
    if len(_clocks) == 1:
        for function, _ in _FUNCTIONS:
            function.restore()
        for owner, name, original, _ in _ATTRIBUTES:
            setattr(owner, name, original)
    _clocks.pop()


def ruling() -> "VirtualClock | None":
    """The clock that rules now."""
    return _clocks[-1] if _clocks else None


def _clock_for(frame: FrameType) -> "VirtualClock | None":
    """The clock that rules for the code of a frame; None for the real time."""
    kind = kind_of_frame(frame)
    if kind is Kind.CODE:
        return ruling()
    return _clock_of_waits(frame) if kind is Kind.PLUMBING else None


def _clock_of_waits(frame: FrameType) -> "VirtualClock | None":
    """The clock on which a wait is that a frame asks for."""
    clock = ruling()
    if clock is None or not clock.takes_part() or not acts_for_code(frame):
        return None
    return clock


# Functions of the time module.


def _sleep(seconds: float, /) -> None:
    clock = ruling() if acts_for_code(sys._getframe(1)) else None
    if clock is None:
        SLEEP.real(seconds)
    else:
        clock.sleep(seconds)


def _seconds(real: Callable[[], float]) -> Callable[[], float]:
    def seconds() -> float:
        clock = _clock_for(sys._getframe(1))
        return real() if clock is None else clock.now_ms / 1000

    return seconds


def _nanoseconds(real: Callable[[], int]) -> Callable[[], int]:
    def nanoseconds() -> int:
        clock = _clock_for(sys._getframe(1))
        return real() if clock is None else clock.now_ns()

    return nanoseconds


def _functions() -> Iterator[tuple[Builtin[..., object], Callable[..., object]]]:
    yield SLEEP, _sleep
    for function in (MONOTONIC, PERF_COUNTER):
        yield function, _seconds(function.real)
    for function_ns in (MONOTONIC_NS, PERF_COUNTER_NS):
        yield function_ns, _nanoseconds(function_ns.real)


# Waits with a time-out, of which those of events, queues, futures and semaphores are made; and
# those without one that a clock watches.


def _wait(self: threading.Condition, timeout: float | None = None) -> bool:
    if timeout is None or timeout > 0:
        clock = _clock_of_waits(sys._getframe(1))
        if clock is not None and (timeout is not None or clock.watches()):
            return clock.wait(self, timeout)
    return _original_wait(self, timeout)


def _join(self: threading.Thread, timeout: float | None = None) -> None:
    if timeout is None or timeout > 0:
        clock = _clock_of_waits(sys._getframe(1))
        if clock is not None and (timeout is not None or clock.watches()):
            clock.join(self, timeout, _original_join)
            return
    _original_join(self, timeout)


# Event loops.


def _loop_time(self: Loop) -> float:
    _adopt(self)
    return _original_loop_time(self)


def _run_once(self: Loop) -> None:
    _adopt(self)
    _original_run_once(self)


def _adopt(loop: Loop) -> None:
    clock = ruling()
    if clock is not None:
        clock.loops.adopt(loop)


# The work of thread pools, numbered as it was submitted: which worker takes it is chance.


def _init_work(self: object, *args: object, **kwargs: object) -> None:
    _original_init_work(self, *args, **kwargs)
    _numbers[self] = next(_submissions)


def _run_work(self: object, *args: object) -> None:
    WORK.number = _numbers.pop(self, None)
    try:
        _original_run_work(self, *args)
    finally:
        WORK.number = None


_submissions = itertools.count()
_numbers: weakref.WeakKeyDictionary[object, int] = weakref.WeakKeyDictionary()

_original_wait = threading.Condition.wait
_original_join = threading.Thread.join
_original_loop_time: Callable[[Loop], float] = vars(asyncio.BaseEventLoop)["time"]
_original_run_once: Callable[[Loop], None] = vars(asyncio.BaseEventLoop)["_run_once"]
_original_init_work: Callable[..., None] = vars(pools._WorkItem)["__init__"]
_original_run_work: Callable[..., None] = vars(pools._WorkItem)["run"]

_FUNCTIONS = tuple(_functions())
_ATTRIBUTES: tuple[tuple[object, str, object, object], ...] = (
    (threading.Condition, "wait", _original_wait, _wait),
    (threading.Thread, "join", _original_join, _join),
    (asyncio.BaseEventLoop, "time", _original_loop_time, _loop_time),
    (asyncio.BaseEventLoop, "_run_once", _original_run_once, _run_once),
    (pools._WorkItem, "__init__", _original_init_work, _init_work),
    # In Python, and so visible: who waits for an item shows it, and thread pools are made of it.
    (queue, "SimpleQueue", queue.SimpleQueue, queue._PySimpleQueue),  # type: ignore[attr-defined]
    (pools._WorkItem, "run", _original_run_work, _run_work),
)
