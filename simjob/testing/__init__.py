"""The face to test suites: what must hold, what may come, and who looks for what breaks.

The names are loaded when they are first used. The strategies, the state machine and `explore`
need the extra `simjob[testing]`; the fixtures of pytest stand in `simjob.pytest_plugin`.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simjob.testing.calls import Step, play, schedules, small_requests
    from simjob.testing.exploring import explore
    from simjob.testing.invariants import INVARIANTS, InvariantError, Watch, check
    from simjob.testing.machine import SimulationMachine
    from simjob.testing.state import whole_state
    from simjob.testing.strategies import requests
    from simjob.testing.surroundings import api_faults, workloads, worlds
    from simjob.testing.telling import report
    from simjob.testing.trouble import TROUBLES, Scenario, scenarios

_HOMES = {
    "INVARIANTS": "simjob.testing.invariants",
    "InvariantError": "simjob.testing.invariants",
    "Scenario": "simjob.testing.trouble",
    "SimulationMachine": "simjob.testing.machine",
    "Step": "simjob.testing.calls",
    "TROUBLES": "simjob.testing.trouble",
    "Watch": "simjob.testing.invariants",
    "api_faults": "simjob.testing.surroundings",
    "check": "simjob.testing.invariants",
    "explore": "simjob.testing.exploring",
    "play": "simjob.testing.calls",
    "report": "simjob.testing.telling",
    "requests": "simjob.testing.strategies",
    "scenarios": "simjob.testing.trouble",
    "schedules": "simjob.testing.calls",
    "small_requests": "simjob.testing.calls",
    "whole_state": "simjob.testing.state",
    "workloads": "simjob.testing.surroundings",
    "worlds": "simjob.testing.surroundings",
}

__all__ = [
    "INVARIANTS",
    "TROUBLES",
    "InvariantError",
    "Scenario",
    "SimulationMachine",
    "Step",
    "Watch",
    "api_faults",
    "check",
    "explore",
    "play",
    "report",
    "requests",
    "scenarios",
    "schedules",
    "small_requests",
    "whole_state",
    "workloads",
    "worlds",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'simjob.testing' has no attribute {name!r}")
    try:
        value = getattr(import_module(_HOMES[name]), name)
    except ModuleNotFoundError as error:
        if error.name != "hypothesis":
            raise
        raise ModuleNotFoundError(
            f"simjob.testing.{name} needs Hypothesis: pip install 'simjob[testing]'"
        ) from error
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
