"""A stand-in for the virtual clock."""

import threading
import time

from simjob.simulation import Simulation, SimulationError


class VirtualClock:
    """Moves with the calls, and with `time.sleep` by its module's name."""

    def __init__(self, sim: Simulation, mode: str, rate: float, guard_seconds: float) -> None:
        if mode not in {"autojump", "manual", "rate"}:
            raise ValueError(mode)
        self._sim = sim
        self.lock = threading.RLock()
        self._sleep = time.sleep

    def install(self) -> None:
        self._sleep = time.sleep
        time.sleep = self.spend

    def uninstall(self) -> None:
        time.sleep = self._sleep

    def spend(self, seconds: float) -> None:
        with self.lock:
            try:
                self._sim.advance(seconds=seconds)
            except SimulationError:
                pass
