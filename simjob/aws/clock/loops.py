"""asyncio on the virtual clock: loops that wait for their next timer without waiting.

A loop takes its time from `time.monotonic`, which is virtual. What is left is its wait: the loop
asks its selector for what is ready, for at most so long. While the clock is installed a stand-in
for the selector asks the real one, and then waits on the clock. Loops that have a wait of their
own, such as uvloop's, are not taken over.
"""

from typing import NamedTuple, Protocol

from simjob.aws.clock.waits import Events, Selector

_RESOLUTION_SECONDS = 1e-6  # coarser than the floats of this century, finer than a millisecond


class Timer(Protocol):
    """What asyncio's timer handles have that is needed here."""

    _when: float


class Loop(Protocol):
    """What asyncio's own event loops have that is needed here."""

    _selector: Selector | None
    _clock_resolution: float
    _scheduled: list[Timer]

    def is_closed(self) -> bool:
        """Whether it is closed, for ever."""


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
    loop: Loop
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

    def adopt(self, loop: Loop) -> None:
        """Take over a loop, with the timers that it has, each as far ahead as before."""
        selector = loop._selector
        if id(loop) in self._adopted or selector is None:
            return
        self._forget_closed()
        self._adopted[id(loop)] = _Adopted(loop, selector, loop._clock_resolution)
        real = selector.real if isinstance(selector, VirtualSelector) else selector
        loop._selector = VirtualSelector(real, self._clock)
        loop._clock_resolution = _RESOLUTION_SECONDS
        _shift(loop, self._shift_seconds)

    def give_back(self, shift_seconds: float) -> None:
        """Give every loop its own wait again, and its timers the other time."""
        self._forget_closed()
        for loop, selector, resolution in self._adopted.values():
            loop._selector = selector
            loop._clock_resolution = resolution
            _shift(loop, -shift_seconds)
        self._adopted.clear()

    def _forget_closed(self) -> None:
        for key in [key for key, each in self._adopted.items() if each.loop.is_closed()]:
            del self._adopted[key]


def _shift(loop: Loop, seconds: float) -> None:
    for timer in loop._scheduled:
        timer._when += seconds
