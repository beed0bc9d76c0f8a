"""The face to test suites: what must hold, what may come, and who looks for what breaks.

The names are loaded when they are first used. The strategies, the state machine and `explore`
need the extra `simjob[testing]`; the fixtures of pytest stand in `simjob.pytest_plugin`.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simjob.testing.exploring import explore
    from simjob.testing.invariants import INVARIANTS, InvariantError, Watch, check
    from simjob.testing.strategies import requests
    from simjob.testing.trouble import TROUBLES, Scenario, scenarios
    from simjob.testing.worlds import workloads, worlds

_HOMES = {
    "INVARIANTS": "simjob.testing.invariants",
    "InvariantError": "simjob.testing.invariants",
    "Scenario": "simjob.testing.trouble",
    "TROUBLES": "simjob.testing.trouble",
    "Watch": "simjob.testing.invariants",
    "check": "simjob.testing.invariants",
    "explore": "simjob.testing.exploring",
    "requests": "simjob.testing.strategies",
    "scenarios": "simjob.testing.trouble",
    "workloads": "simjob.testing.worlds",
    "worlds": "simjob.testing.worlds",
}

__all__ = [
    "INVARIANTS",
    "TROUBLES",
    "InvariantError",
    "Scenario",
    "Watch",
    "check",
    "explore",
    "requests",
    "scenarios",
    "workloads",
    "worlds",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'simjob.testing' has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
