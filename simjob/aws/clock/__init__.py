"""The virtual clock for code under test: it sleeps and waits in the time of a simulation."""

from simjob.aws.clock.clock import Mode, VirtualClock
from simjob.aws.clock.stuck import StuckError

__all__ = ["Mode", "StuckError", "VirtualClock"]
