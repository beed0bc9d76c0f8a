"""The whole state of a simulation, for holding one instant against another.

Two equal states mean that nothing has changed that any call could have changed, seen from outside
and from inside. What is right is told by the invariants.
"""

import itertools
from typing import Any, Final

from simjob.simulation import Simulation
from simjob.views.event import state_change
from simjob.views.record import Reply

_ORDERS: Final = tuple(
    itertools.product(("Name", "CreationTime", "Status"), ("Ascending", "Descending"))
)


def whole_state(sim: Simulation) -> dict[str, object]:
    """Everything that a call could have changed.

    >>> sim = Simulation()
    >>> before = whole_state(sim)
    >>> _ = sim.list_training_jobs()
    >>> whole_state(sim) == before
    True
    """
    engine = sim._engine  # noqa: SLF001 - the inside is part of it
    clock, plane = engine.clock, sim._plane  # noqa: SLF001 - the same
    return {
        "clock": (sim.now, engine.env.now, clock._stepping, clock._delivering),  # noqa: SLF001
        "jobs": {name: _state_of(sim, name) for name in sim.jobs},
        "deleted": [id(job) for job in plane.deleted],
        "lists": {order: _pages(sim, *order) for order in _ORDERS},
        "pools": {
            key: (pool.size, pool.in_use, [(c.count, c.held, id(c)) for c in pool.waiting])
            for key, pool in engine.fleet.pools.items()
        },
        "events": sorted((at, priority, number) for at, priority, number, _ in engine.env._queue),  # noqa: SLF001
        "counted": (clock.live, clock.stuck, clock.scripted, len(clock._outbox)),  # noqa: SLF001
        "in use": {key: count for key, count in engine._in_use.items() if count},  # noqa: SLF001
        "warm": [(pool.job.name, repr(pool.warmth)) for pool in engine.warm.available],
        "observers": list(engine.observers),
        "lives": {job.name: id(job.life) for job in plane.jobs.values()},
    }


def _state_of(sim: Simulation, name: str) -> dict[str, object]:
    job = sim.jobs[name]
    inside = job._job  # noqa: SLF001 - the inside is part of it
    history = inside.history
    return {
        "record": sim.describe_training_job(TrainingJobName=name),
        "events": [
            state_change(inside, place, inside.tags) for place in range(len(history.entries))
        ],
        "bill": job.bill,
        "timeline": job.timeline,
        "logs": job.logs,
        "metrics": job.metrics,
        "tags": sim.list_tags(ResourceArn=job.arn),
        "request": inside.request,
        "facts": repr(
            (
                history.entries,
                history.stop,
                history.failure,
                history.artifact,
                history.attempts,
                history.legs,
                history.lines,
                inside.warmth,
            )
        ),
    }


def _pages(sim: Simulation, by: str, direction: str) -> list[Reply]:
    order: dict[str, Any] = {"SortBy": by, "SortOrder": direction, "MaxResults": 3}
    pages = [sim.list_training_jobs(**order)]
    while "NextToken" in pages[-1]:
        if len(pages) > len(sim.jobs):
            raise AssertionError("pages without end")
        pages.append(sim.list_training_jobs(NextToken=pages[-1]["NextToken"], **order))
    return pages
