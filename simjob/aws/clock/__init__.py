"""The virtual clock for code under test: its sleeps, waits and loops in the time of a simulation."""

from simjob.aws.clock.clock import Mode, VirtualClock
from simjob.aws.clock.stuck import StuckError

__all__ = ["Mode", "StuckError", "VirtualClock"]
