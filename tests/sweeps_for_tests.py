"""A small plan, and replications that fail or are interrupted, which workers can import."""

import os
import signal
from collections.abc import Callable, Sequence
from pathlib import Path
from time import sleep

from attrs import evolve

from simjob.whatif import plan_from_dict, replicate
from simjob.whatif.prepared import Prepared
from simjob.whatif.replication import Replication
from simjob.whatif.tasks import seed_of

PLAN = plan_from_dict(
    {
        "name": "small",
        "deadline": "10m",
        "budget_dollars": 1,
        "jobs": {
            "prepare": {"instance_type": "ml.m5.xlarge", "copies": 2},
            "train": {"instance_type": "ml.c5.xlarge", "after": ["prepare"]},
        },
    }
)
VARY = {"jobs.train.instances": [1, 2], "jobs.prepare.instance_type": ["ml.m5.xlarge"]}


def failing(plan: Prepared, seed: int, *, transitions: bool) -> Replication:
    """Fails in replications 3 and 7 of seed 5, of every variation."""
    if seed in {seed_of(5, 3), seed_of(5, 7)}:
        raise ValueError("no luck\nat all")
    return replicate(plan, seed, transitions=transitions)


def failing_on_two(plan: Prepared, seed: int, *, transitions: bool) -> Replication:
    """Fails wherever training is on two instances."""
    if plan.table["jobs"]["train"].get("instances") == 2:
        raise ValueError("no luck")
    return replicate(plan, seed, transitions=transitions)


def dying(plan: Prepared, seed: int, *, transitions: bool) -> Replication:
    """The process that works on seed 5 is gone."""
    if seed == seed_of(5, 0):
        os._exit(3)
    return replicate(plan, seed, transitions=transitions)


def deaf(plan: Prepared, seed: int, *, transitions: bool) -> Replication:
    """Fails where Ctrl-C would be heard."""
    if signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, []):
        raise ValueError("it is heard")
    return replicate(plan, seed, transitions=transitions)


def orphaned(plan: Prepared, seed: int, *, transitions: bool) -> Replication:
    """Kills the parent of the worker, and then takes long."""
    os.kill(os.getppid(), signal.SIGKILL)
    sleep(120)
    return replicate(plan, seed, transitions=transitions)


def interrupted_at(place: int) -> Callable[..., Replication]:
    """Ctrl-C comes in that replication, counted over all variations."""
    calls = iter(range(10**9))

    def carried_out(plan: Prepared, seed: int, *, transitions: bool) -> Replication:
        if next(calls) == place:
            raise KeyboardInterrupt
        return replicate(plan, seed, transitions=transitions)

    return carried_out


def without_jobs(plan: Prepared, seed: int, *, transitions: bool) -> Replication:
    """Nothing ever arrives."""
    done = replicate(plan, seed, transitions=transitions)
    return evolve(done, jobs={name: [] for name in done.jobs})


def leftovers(directory: Path, expected: Sequence[str]) -> set[str]:
    """What there is in a directory besides what is expected."""
    return {path.name for path in directory.iterdir()} - set(expected)
