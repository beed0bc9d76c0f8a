"""Amazon SageMaker training jobs on a virtual clock, in one Python process.

The names below are the whole public face of the core. Each is loaded when it is first used, so
that `import simjob` costs next to nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simjob.engine.scripted import Container, Sigterm, WorkloadError
    from simjob.jobs import Job, Transition
    from simjob.moments import SimulationError
    from simjob.simulation import Simulation
    from simjob.spec.errors import ApiError
    from simjob.world import (
        LogSeries,
        Workload,
        WorkloadRule,
        World,
        WorldError,
        dump_world,
        load_world,
    )

_HOMES = {
    "ApiError": "simjob.spec.errors",
    "Container": "simjob.engine.scripted",
    "Job": "simjob.jobs",
    "LogSeries": "simjob.world",
    "Sigterm": "simjob.engine.scripted",
    "Simulation": "simjob.simulation",
    "SimulationError": "simjob.moments",
    "Transition": "simjob.jobs",
    "Workload": "simjob.world",
    "WorkloadError": "simjob.engine.scripted",
    "WorkloadRule": "simjob.world",
    "World": "simjob.world",
    "WorldError": "simjob.world",
    "dump_world": "simjob.world",
    "load_world": "simjob.world",
}

__all__ = [
    "ApiError",
    "Container",
    "Job",
    "LogSeries",
    "Sigterm",
    "Simulation",
    "SimulationError",
    "Transition",
    "Workload",
    "WorkloadError",
    "WorkloadRule",
    "World",
    "WorldError",
    "dump_world",
    "load_world",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'simjob' has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
