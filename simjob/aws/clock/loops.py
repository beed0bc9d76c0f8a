"""asyncio on the virtual clock: loops that wait for their next timer without waiting.

A loop takes its time from `time.monotonic`, which is virtual. What is left is its wait: the loop
asks its selector for what is ready, for at most so long. While the clock is installed a stand-in
for the selector asks the real one, and then waits on the clock. Loops that have a wait of their
own, such as uvloop's, are not taken over.
"""

import asyncio
from collections.abc import Callable
from types import TracebackType
from typing import NamedTuple, Protocol, Self

from simjob.aws.clock.waits import Events, Selector

_RESOLUTION_SECONDS = 1e-6  # coarser than the floats of this century, finer than a millisecond


class Waiter(Protocol):
    """What a stand-in asks of its clock."""

    def select(self, selector: Selector, timeout: float | None) -> Events:
        """Wait on the clock for `timeout` virtual seconds, or for what is ready before."""


class VirtualSelector:
    """A selector whose waits are virtual; all else is the real one's."""

    def __init__(self, selector: Selector, clock: Waiter) -> None:
        self.real = selector
        self._clock = clock

    def __getattr__(self, name: str) -> object:
        return getattr(self.real, name)

    def select(self, timeout: float | None = None) -> Events:
        """As the real one's, in virtual time."""
        return self.real.select(0) or self._clock.select(self.real, timeout)


class _Adopted(NamedTuple):
    loop: asyncio.BaseEventLoop
    selector: Selector
    resolution: float


class Loops:
    """The loops that one clock has adopted, to be given back as they were.

    Args:
        clock: what they wait on.
        shift_seconds: what the clock shows more than the time that went before it.
    """

    def __init__(self, clock: Waiter, shift_seconds: float) -> None:
        self._clock = clock
        self._shift_seconds = shift_seconds
        self._adopted: dict[int, _Adopted] = {}

    def adopt(self, loop: asyncio.BaseEventLoop) -> None:
        """Take over a loop, with the timers that it has, each as far ahead as before."""
        selector = getattr(loop, "_selector", None)
        if id(loop) in self._adopted or selector is None:
            return
        self._adopted[id(loop)] = _Adopted(loop, selector, loop._clock_resolution)
        real = selector.real if isinstance(selector, VirtualSelector) else selector
        loop._selector = VirtualSelector(real, self._clock)
        loop._clock_resolution = _RESOLUTION_SECONDS
        _shift(loop, self._shift_seconds)

    def give_back(self, shift_seconds: float) -> None:
        """Give every loop its own wait again, and its timers the other time."""
        for loop, selector, resolution in self._adopted.values():
            if not loop.is_closed():
                loop._selector = selector
                _shift(loop, -shift_seconds)
            loop._clock_resolution = resolution
        self._adopted.clear()


def _shift(loop: asyncio.BaseEventLoop, seconds: float) -> None:
    for timer in loop._scheduled:
        timer._when += seconds
