"""What the world is like: frozen data and keyed random draws.

Knows nothing of simpy and nothing of the requests that arrive in it.
"""

from simjob.world.api_faults import ApiFaults, RateLimit
from simjob.world.checks import FieldError
from simjob.world.distributions import (
    Constant,
    Distribution,
    Empirical,
    Exponential,
    Lognormal,
    Triangular,
    Uniform,
    as_distribution,
)
from simjob.world.draws import Draws, Purpose
from simjob.world.dump import dump_world
from simjob.world.durations import milliseconds, seconds
from simjob.world.events import EventDelivery
from simjob.world.latencies import Latencies, lookup
from simjob.world.load import WorldError, load_world, world_from_dict, world_from_toml
from simjob.world.log_series import LogSeries
from simjob.world.market import Outage, SpotMarket, Waves, Zone
from simjob.world.storage import S3Prefix, Storage
from simjob.world.traces import TraceError, read_trace
from simjob.world.workload import Workload, WorkloadRule
from simjob.world.world import Capacity, InternalError, Launches, Quotas, World

__all__ = [
    "ApiFaults",
    "Capacity",
    "Constant",
    "Distribution",
    "Draws",
    "Empirical",
    "EventDelivery",
    "Exponential",
    "FieldError",
    "InternalError",
    "Latencies",
    "Launches",
    "LogSeries",
    "Lognormal",
    "Outage",
    "Purpose",
    "Quotas",
    "RateLimit",
    "S3Prefix",
    "SpotMarket",
    "Storage",
    "TraceError",
    "Triangular",
    "Uniform",
    "Waves",
    "Workload",
    "WorkloadRule",
    "World",
    "WorldError",
    "Zone",
    "as_distribution",
    "dump_world",
    "load_world",
    "lookup",
    "milliseconds",
    "read_trace",
    "seconds",
    "world_from_dict",
    "world_from_toml",
]
