"""How many instances of each pool were in use and waited for, and when: what capacity is drawn of.

A pool is the instances of one type, on demand or spot.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

import attrs

from simjob.pictures.lanes import Lane, lanes_of_log, seconds
from simjob.simulation import Simulation
from simjob.spec.statuses import WAITING, SecondaryStatus

Step = tuple[float, int, int]
"""From when on, in seconds: how many instances are in use, and how many are waited for."""

Stay = tuple[float, float, int]
"""From when to when, in seconds, how many instances."""


@attrs.frozen
class Pool:
    """The instances of one type and market over time.

    Args:
        name: such as "ml.p3.2xlarge spot".
        size: how many there are; None for any number.
        steps: every change, in order of time.
    """

    name: str
    size: int | None
    steps: tuple[Step, ...]

    @property
    def title(self) -> str:
        """The name, and how large the pool is."""
        return f"{self.name}, {'any number' if self.size is None else f'{self.size:,} in all'}"

    @property
    def peak(self) -> int:
        """The most that were in use and waited for at one time."""
        return max((used + queued for _, used, queued in self.steps), default=0)

    @property
    def instance_seconds(self) -> float:
        """Instances in use or waited for, summed over time."""
        return sum(
            (after[0] - before[0]) * (before[1] + before[2])
            for before, after in pairwise(self.steps)
        )


def steps(using: Iterable[Stay], queueing: Iterable[Stay]) -> tuple[Step, ...]:
    """Every change of how many are in use and waited for, given who stays from when to when.

    >>> steps([(10, 30, 2)], [(0, 10, 2), (20, 30, 1)])
    ((0, 0, 2), (10, 2, 0), (20, 2, 1), (30, 0, 0))
    """
    changes: dict[float, list[int]] = {}
    for place, stays in enumerate((using, queueing)):
        for start, end, count in stays:
            changes.setdefault(start, [0, 0])[place] += count
            changes.setdefault(end, [0, 0])[place] -= count
    used = queued = 0
    found = []
    for at in sorted(changes):
        used += changes[at][0]
        queued += changes[at][1]
        found.append((at, used, queued))
    return tuple(found)


def pools_of_simulation(sim: Simulation) -> tuple[Pool, ...]:
    """The pools of a simulation as far as it has run, to the instance; deleted jobs count."""
    start = sim.world.start
    using: dict[str, list[Stay]] = {}
    queueing: dict[str, list[Stay]] = {}
    sizes: dict[str, int | None] = {}
    capacity = sim.world.capacity
    for job in (*sim.deleted, *sim.jobs.values()):
        kind, count = job.bill.instance_type, job.bill.instance_count
        name = _pool(kind, spot=job.spot)
        sizes[name] = (capacity.spot if job.spot else capacity.on_demand).get(kind)
        seen = job.timeline
        now = (seen.at - start).total_seconds()
        granted = []
        for each in seen.instances:
            begin = (each.granted - start).total_seconds()
            end = now if each.released is None else (each.released - start).total_seconds()
            granted.append(begin)
            using.setdefault(name, []).append((begin, end, 1))
        for begin, end in _launches(
            [
                (
                    phase.status in WAITING,
                    (phase.start - start).total_seconds(),
                    ((phase.end or seen.at) - start).total_seconds(),
                )
                for phase in seen.phases
            ]
        ):
            until = next((at for at in sorted(granted) if begin <= at <= end), end)
            if until > begin:
                queueing.setdefault(name, []).append((begin, until, count))
    return _pools(using, queueing, sizes)


def pools_of_rows(
    jobs: Mapping[str, Sequence[object]],
    transitions: Mapping[str, Sequence[object]],
    sizes: Mapping[str, int] | None = None,
    until_seconds: float | None = None,
) -> tuple[Pool, ...]:
    """The pools of one replication, from its job rows and its transition log.

    Rows tell how long a job waited for capacity in all, not when. A job that was launched several
    times is taken to have needed equally long for each launch without its wait (inferred); for one
    that was launched once nothing is inferred.

    Args:
        jobs: the columns training_job_name, instance_type, instances, spot and starting_seconds.
        transitions: as `lanes_of_log` takes them.
        sizes: of the pools by name, such as "ml.p3.2xlarge" or "ml.p3.2xlarge spot".
        until_seconds: how far a job that has not ended is known.
    """
    lanes = {lane.name: lane for lane in lanes_of_log(transitions, until_seconds)}
    using: dict[str, list[Stay]] = {}
    queueing: dict[str, list[Stay]] = {}
    columns = ("training_job_name", "instance_type", "instances", "spot", "starting_seconds")
    for job, kind, instances, spot, starting in zip(*(jobs[each] for each in columns), strict=True):
        lane = lanes.get(str(job))
        if lane is None:
            continue  # it was refused
        name = _pool(str(kind), spot=bool(spot))
        used, queued = _stays(lane, int(seconds(instances)), seconds(starting))
        using.setdefault(name, []).extend(used)
        queueing.setdefault(name, []).extend(queued)
    known = {} if sizes is None else sizes
    return _pools(using, queueing, {name: known.get(name) for name in using})


def _stays(lane: Lane, count: int, starting_seconds: float) -> tuple[list[Stay], list[Stay]]:
    """When a job had its instances and when it waited for them."""
    spans = [(span.status in WAITING, span.start_seconds, span.end_seconds) for span in lane.spans]
    launches = _launches(spans)
    without_wait = starting_seconds / len(launches)
    gone = [span.start_seconds for span in lane.spans if span.status == SecondaryStatus.Interrupted]
    gone += [*lane.restarts_seconds, lane.end_seconds]
    using, queueing = [], []
    for begin, end in launches:
        granted = max(begin, round(end - without_wait, 3))  # to the wire's millisecond
        if granted > begin:
            queueing.append((begin, granted, count))
        released = min(at for at in gone if at >= end)
        if released > granted:
            using.append((granted, released, count))
    return using, queueing


def _launches(spans: Sequence[tuple[bool, float, float]]) -> list[tuple[float, float]]:
    """From when to when a job was launched: its statuses before instances, taken together."""
    found: list[tuple[float, float]] = []
    before = False
    for waits, start, end in spans:
        if waits and before:
            found[-1] = (found[-1][0], end)
        elif waits:
            found.append((start, end))
        before = waits
    return found


def _pool(instance_type: str, *, spot: bool) -> str:
    return f"{instance_type} spot" if spot else instance_type


def _pools(
    using: Mapping[str, list[Stay]],
    queueing: Mapping[str, list[Stay]],
    sizes: Mapping[str, int | None],
) -> tuple[Pool, ...]:
    return tuple(
        Pool(name, size, steps(using.get(name, ()), queueing.get(name, ())))
        for name, size in sizes.items()
    )
