"""A virtual clock that flows: so many virtual seconds for each real one, for watching."""

import math
from collections.abc import Callable

from simjob.aws.clock.timefunctions import MONOTONIC
from simjob.aws.clock.waits import Wait
from simjob.simulation import Simulation

_LONGEST_PAUSE_SECONDS = 0.05


class Flow:
    """Moves a simulation by the real time that has passed whenever somebody looks.

    What is moved by hand comes on top.
    """

    suspended = False

    def __init__(self, sim: Simulation, rate: float) -> None:
        self._sim = sim
        self._rate = rate
        self._looked_at = MONOTONIC.real()
        self._closed = False

    def follow(self) -> None:
        """Move the simulation to where the flow has come."""
        with self._sim.lock:
            if self._sim.moving or self._closed:
                return
            per_second = 1000 * self._rate
            passed_ms = math.floor((MONOTONIC.real() - self._looked_at) * per_second)
            if passed_ms > 0:
                self._looked_at += passed_ms / per_second
                self._sim.advance_to_ms(self._sim.now_ms + passed_ms)

    def until(self, span_ms: int, wait: Wait) -> float:
        """Return when the wait is over by itself, or when that much virtual time has passed.

        Returns:
            The virtual seconds that were left when the clock was uninstalled meanwhile, else 0.
        """
        self.follow()
        deadline_ms = self._sim.now_ms + span_ms
        while not wait.ready():
            left = (deadline_ms - self._sim.now_ms) / 1000
            if left <= 0:
                break
            if self._closed:
                return left
            wait.pause(min(left / self._rate, _LONGEST_PAUSE_SECONDS))
            self.follow()
        return 0

    def watches(self) -> bool:
        """Whether waits without a time-out are watched: what flows does not stand."""
        return False

    def watch(self, comes: Callable[[float], bool]) -> None:
        """Wait for real for what has no time-out."""
        while not comes(_LONGEST_PAUSE_SECONDS):
            pass

    def takes_part(self) -> bool:
        """Every thread does."""
        return True

    def close(self) -> None:
        """Flow no more; waits that are under way end soon."""
        self._closed = True
