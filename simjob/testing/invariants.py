"""What must always hold: of every job, of the whole simulation, and from one look to the next.

`check` looks once, `Watch` remembers what it saw; both raise `InvariantError`, whose message names
the job, the invariant and the values. `INVARIANTS` lists what they look at. What is expected is
worked out from the reply of DescribeTrainingJob and from the engine's counters, not by the views.
"""

from collections.abc import Callable, Iterator
from typing import Any, Final, NoReturn

import attrs

from simjob.simulation import Simulation
from simjob.spec.editions import Column
from simjob.testing.one_job import OF_ONE_JOB
from simjob.testing.sight import Sight, look

_IN_SUMMARIES: Final = (
    "TrainingJobArn",
    "CreationTime",
    "TrainingEndTime",
    "LastModifiedTime",
    "TrainingJobStatus",
    "WarmPoolStatus",
)


class InvariantError(AssertionError):
    """Something does not hold that must always hold."""


def deleted_have_ended(sim: Simulation) -> Iterator[str]:
    """A job that was deleted had ended."""
    for job in sim.deleted:
        if not job.ended:
            yield f"{job.name} was deleted while it was {job.secondary_status}"


def pools_hold(sim: Simulation) -> Iterator[str]:
    """No pool is negative or over its size; in use is what living jobs and warm pools hold."""
    engine = sim._engine  # noqa: SLF001 - an invariant looks inside
    lives = [each._job.life for each in sim.jobs.values()]  # noqa: SLF001
    claims = [life.claim for life in lives if life and life.claim]
    claims += [each.claim for each in engine.warm.available if each.claim]
    for (name, spot), pool in engine.fleet.pools.items():
        held = sum(each.count for each in claims if each.pool is pool and each.held)
        waiting = [each for each in claims if each.pool is pool and not each.held]
        if pool.in_use != held or not 0 <= held <= pool.size:
            yield f"{name}, spot {spot}: {pool.in_use} in use, {held} held, of {pool.size}"
        if set(map(id, waiting)) != set(map(id, pool.waiting)):
            yield f"{name}, spot {spot}: {len(pool.waiting)} queue, {len(waiting)} jobs wait"


def warm_pools_hold(sim: Simulation) -> Iterator[str]:
    """A warm pool is there for each job that says so; whoever reuses one is named by it."""
    pools = sim._engine.warm.available  # noqa: SLF001 - an invariant looks inside
    left = {each.job for each in pools}
    for job in (*sim.jobs.values(), *sim.deleted):
        inside = job._job  # noqa: SLF001
        warmth = inside.warmth
        if (warmth is not None and warmth.available) != (inside in left):
            yield f"{job.name} says {warmth}, the pools are {[each.job.name for each in pools]}"
    if len(left) != len(pools):
        yield f"one job has two pools: {[each.job.name for each in pools]}"


def living_counted(sim: Simulation) -> Iterator[str]:
    """The jobs that have not ended are counted, and so are the instances that they ask for."""
    engine = sim._engine  # noqa: SLF001 - an invariant looks inside
    asked = {each: each._job.asked for each in sim.jobs.values()}  # noqa: SLF001
    everywhere = sum(
        not each.ended
        for place in sim._places.values()  # noqa: SLF001
        for each in place.jobs.values()
    )
    if engine.clock.live != everywhere:
        yield f"{engine.clock.live} jobs are counted, {everywhere} live"
    if not (sim.world.quotas.on_demand or sim.world.quotas.spot):
        return  # Instances are counted for the sake of quotas only.
    for name, spot in {(each.instance_type, each.spot) for each in asked.values()}:
        held = sum(
            each.instance_count
            for job, each in asked.items()
            if not job.ended and (each.instance_type, each.spot) == (name, spot)
        )
        counted = engine.instances_in_use(name, spot=spot)
        if held != counted:
            yield f"{name}, spot {spot}: {counted} instances are counted, {held} asked for"


def list_agrees(sim: Simulation) -> Iterator[str]:
    """ListTrainingJobs has every job once, and says of it what DescribeTrainingJob says."""
    rows: list[Any] = []
    page: Any = {"NextToken": None}
    while "NextToken" in page:
        token = {} if page["NextToken"] is None else {"NextToken": page["NextToken"]}
        page = sim.list_training_jobs(MaxResults=100, **token)
        rows += page["TrainingJobSummaries"]
    if [row["TrainingJobName"] for row in rows] != list(sim.jobs)[::-1]:
        yield f"the list has {[row['TrainingJobName'] for row in rows]}, there are {list(sim.jobs)}"
    names = [*_IN_SUMMARIES]
    if sim.edition.column is Column.TODAY:
        names.append("SecondaryStatus")
    for row in rows:
        record = sim.describe_training_job(TrainingJobName=row["TrainingJobName"])
        for name in names:
            if row.get(name) != record.get(name):
                yield f"{row['TrainingJobName']}: {name} {row.get(name)}, {record.get(name)}"


def history_grows(before: Sight, sight: Sight) -> Iterator[str]:
    """History is only appended to."""
    kept = sight.entries[: len(before.entries)]
    if [each[:2] for each in kept] != [each[:2] for each in before.entries]:
        yield f"the course was {before.entries}, is {sight.entries}"


def ended_for_ever(before: Sight, sight: Sight) -> Iterator[str]:
    """What is said of a job that has ended never changes, but for its warm pool."""
    was, now = _but_for_its_pool(before), _but_for_its_pool(sight)
    if before.ended and was != now:
        yield f"the record was {before.record}, is {sight.record}"


def _but_for_its_pool(sight: Sight) -> dict[str, Any]:
    """The record without what changes when a warm pool is taken, updated or over."""
    record = dict(sight.record)
    warm = record.pop("WarmPoolStatus", None)
    if warm is not None:
        del record["LastModifiedTime"], record["ResourceConfig"]
        *rows, last = record["SecondaryStatusTransitions"]
        record["SecondaryStatusTransitions"] = [*rows, {**last, "StatusMessage": ""}]
    return record


def modified_forward(before: Sight, sight: Sight) -> Iterator[str]:
    """LastModifiedTime never goes back."""
    was, now = before.record["LastModifiedTime"], sight.record["LastModifiedTime"]
    if now < was:
        yield f"LastModifiedTime was {was}, is {now}"


@attrs.frozen
class Invariant:
    """One thing that must always hold: its function, and what the function looks at.

    `of` is "job" (one job at one instant), "simulation" (all of it) or "time" (one job at two
    instants). The function yields what is wrong; its docstring is the meaning.
    """

    of: str
    find: Callable[..., Iterator[str]]

    @property
    def name(self) -> str:
        """The name of its function."""
        return self.find.__name__

    @property
    def meaning(self) -> str:
        """One sentence: what holds."""
        return self.find.__doc__ or ""


_OF_SIMULATION: Final = (
    pools_hold,
    warm_pools_hold,
    living_counted,
    deleted_have_ended,
    list_agrees,
)
INVARIANTS: Final = (
    *(Invariant("job", find) for find in OF_ONE_JOB),
    *(Invariant("simulation", find) for find in _OF_SIMULATION),
    *(Invariant("time", find) for find in (history_grows, ended_for_ever, modified_forward)),
)
"""Everything that `check` and `Watch` look at."""


def check(sim: Simulation) -> None:
    """Look at every job and at the whole simulation, once.

    Raises:
        InvariantError: for the first invariant that does not hold.

    >>> check(Simulation())
    """
    Watch(sim).check()


class Watch:
    """Looks at a simulation again and again, and compares with what it saw before.

    >>> sim = Simulation()
    >>> watch = Watch(sim)
    >>> sim.advance(hours=1)
    >>> watch.check()
    """

    def __init__(self, sim: Simulation) -> None:
        self.sim = sim
        self._now = sim.now
        self._seen: dict[str, Sight] = {}

    def check(self) -> None:
        """Look now.

        Raises:
            InvariantError: for the first invariant that does not hold.
        """
        if self.sim.now < self._now:
            _fail("the simulation", "clock", f"it was {self._now}, is {self.sim.now}")
        there = {id(job._job) for job in (*self.sim.jobs.values(), *self.sim.deleted)}  # noqa: SLF001
        lost = [name for name, sight in self._seen.items() if id(sight.inside) not in there]
        if lost:
            _fail(lost[0], "jobs_stay", "it is not there any more, and was not deleted")
        self._now = self.sim.now
        sights = {name: look(self.sim, name) for name in self.sim.jobs}
        for each in INVARIANTS:
            if each.of == "simulation":
                _raise_first(each, "the simulation", self.sim)
            for name, sight in sights.items():
                if each.of == "job":
                    _raise_first(each, name, sight)
                elif each.of == "time" and self._is_known(name, sight):
                    _raise_first(each, name, self._seen[name], sight)
        self._seen = sights

    def _is_known(self, name: str, sight: Sight) -> bool:
        """Whether this very job was seen before, and not one of its name that was deleted."""
        return name in self._seen and self._seen[name].inside is sight.inside


def _raise_first(invariant: Invariant, name: str, *seen: object) -> None:
    for problem in invariant.find(*seen):
        _fail(name, invariant.name, problem)


def _fail(name: str, invariant: str, problem: str) -> NoReturn:
    raise InvariantError(f"{name}: {invariant} does not hold: {problem}")
