"""Histories that might have been: the same world, seed and calls, and one thing more.

A simulation is told again from what its jobs remember: when they were created with which request,
and when they were stopped. Where that does not give the same records there are no other histories:
jobs were updated or deleted, their place has luck of its own, or a workload depends on something
outside.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Final, Literal, NamedTuple

import attrs

from simjob.engine.clock import epoch_ms
from simjob.engine.job import TrainingJob
from simjob.engine.scripted import WorkloadError
from simjob.simulation import Simulation
from simjob.spec.errors import ApiError
from simjob.spec.statuses import TERMINAL, Cause, SecondaryStatus
from simjob.spec.wire import unstructure
from simjob.views.record import Reply
from simjob.views.timeline import Phase, phases
from simjob.world import World
from simjob.world.market import Outage

OUTAGE_MS: Final = 60_000
"""How long the market is without instances in a scene, unless the world has an outage of its own
before."""

Kind = Literal["stop", "interruption", "limit"]


class Scene(NamedTuple):
    """One thing that is otherwise.

    Attributes:
        kind: "stop", StopTrainingJob; "interruption", the market takes its instances back; "limit",
            a lower MaxRuntimeInSeconds.
        job_name: whose history is told.
        phase: the place of the phase in which it happens.
        at_ms: when, in milliseconds since the epoch.
        limit_seconds: MaxRuntimeInSeconds of a "limit".
    """

    kind: Kind
    job_name: str
    phase: int
    at_ms: int
    limit_seconds: int | None = None


class _Call(NamedTuple):
    at_ms: int
    job_name: str
    request: Reply | None
    launched_by: str | None = None


class Retelling:
    """Tells a simulation again, from its start to its present instant or on to the end."""

    def __init__(self, sim: Simulation) -> None:
        self._sim = sim
        self._jobs = [inside(sim, name) for name in sim.jobs]
        self._calls = sorted(self._made(), key=lambda call: call.at_ms)

    def _made(self) -> Iterator[_Call]:
        column = self._sim.edition.column
        for job in self._jobs:
            request = unstructure(job.request, column, reply=False)
            yield _Call(
                job.created_ms, job.name, request, next(filter(None, job.launched_by), None)
            )
        for job in self._jobs:
            stop = job.history.stop
            if stop is not None and stop.cause is Cause.STOP_CALL:
                yield _Call(stop.at_ms, job.name, None)

    def faithful(self) -> bool:
        """Whether the same world, seed and calls give the same records again."""
        again = self._lived(self._sim.world, self._calls)
        _whole(partial(again.advance_to_ms, self._sim.now_ms))
        return all(
            name in again.jobs and again.jobs[name].record == job.record
            for name, job in self._sim.jobs.items()
        )

    def told(self, scene: Scene) -> Simulation:
        """The simulation with that scene, lived to its end."""
        world, calls = self._sim.world, list(self._calls)
        if scene.kind == "stop":
            calls.append(_Call(scene.at_ms, scene.job_name, None))
            calls.sort(key=lambda call: call.at_ms)
        elif scene.kind == "interruption":
            world = with_outage(world, scene.at_ms)
        else:
            calls = [_limited(call, scene) for call in calls]
        other = self._lived(world, calls)
        _whole(other.run)
        return other

    def _lived(self, world: World, calls: list[_Call]) -> Simulation:
        """A simulation in which these calls were made, each when all else of its instant was."""
        sim = Simulation(world, seed=self._sim.seed, edition=self._sim.edition)
        for call in calls:
            if call.at_ms > sim.now_ms:
                _whole(partial(sim.advance_to_ms, call.at_ms))
            try:
                if call.request is None:
                    sim.stop_training_job(TrainingJobName=call.job_name)
                else:
                    sim.create_training_job(launched_by=call.launched_by, **call.request)
            except ApiError:  # in another history, a call may come too late
                continue
        return sim


def _whole(move: Callable[[], None]) -> None:
    """Move a clock all the way: a workload that breaks the rules fails its job, and no more."""
    while True:
        try:
            move()
        except WorkloadError:
            continue
        return


def inside(sim: Simulation, name: str) -> TrainingJob:
    """The job as the views see it."""
    return sim.jobs[name]._job  # noqa: SLF001 - the page shows it at instants that are past


def scenes(sim: Simulation, name: str) -> Iterator[Scene]:
    """What might have been otherwise in the life of a job.

    A stop in every phase that lasted, in its middle; an interruption in the middle of every phase
    of a spot job in which the market can take instances back; and a runtime limit of half the
    time in Training, which counts over all attempts.
    """
    job = inside(sim, name)
    lived = [
        (place, phase, epoch_ms(phase.start), epoch_ms(phase.end) if phase.end else sim.now_ms)
        for place, phase in enumerate(phases(job, sim.now_ms))
        if phase.status not in TERMINAL
    ]
    for place, _, start_ms, end_ms in lived:
        if start_ms < end_ms:
            yield Scene("stop", name, place, (start_ms + end_ms) // 2)
    yield from _limit(name, lived)
    for place, phase, start_ms, end_ms in lived:
        if job.asked.spot and _interruptible(job, phase) and start_ms < end_ms:
            yield Scene("interruption", name, place, (start_ms + end_ms) // 2)


_Lived = list[tuple[int, Phase, int, int]]


def _limit(name: str, lived: _Lived) -> Iterator[Scene]:
    training = [each for each in lived if each[1].status is SecondaryStatus.Training]
    seconds = sum(end_ms - start_ms for *_, start_ms, end_ms in training) // 2000
    left_ms = 1000 * seconds
    for place, _, start_ms, end_ms in training:
        if 0 < left_ms <= end_ms - start_ms:
            yield Scene("limit", name, place, start_ms + left_ms, seconds)
            return
        left_ms -= end_ms - start_ms


def _interruptible(job: TrainingJob, phase: Phase) -> bool:
    return SecondaryStatus.Interrupted in job.edition.transitions[phase.status]


def with_outage(world: World, at_ms: int) -> World:
    """The world with one more outage of the spot market, which begins at that instant."""
    start = (at_ms - epoch_ms(world.start)) / 1000
    later = [each.start for each in world.spot.outages if each.start > start]
    end = min([start + OUTAGE_MS / 1000, *later])
    outages = [*world.spot.outages, Outage(start, end)]
    return attrs.evolve(world, spot=attrs.evolve(world.spot, outages=outages))


def _limited(call: _Call, scene: Scene) -> _Call:
    if call.request is None or call.job_name != scene.job_name:
        return call
    stopping = call.request.get("StoppingCondition")
    condition = dict(stopping) if isinstance(stopping, dict) else {}
    condition["MaxRuntimeInSeconds"] = scene.limit_seconds
    return call._replace(request={**call.request, "StoppingCondition": condition})
