"""Scenes: what is done to a training job in a world, and what it has come to at an instant.

A scene is played by a new simulation each time, so that whoever asks sees what the simulator says
and nothing else. How scenes come about is told in `worlds`.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, Self

import attrs

from simjob.jobs import Job
from simjob.simulation import Simulation
from simjob.spec.errors import ApiError
from simjob.views.record import Reply
from simjob.world import World

Operation = Literal["create_training_job", "stop_training_job"]


@attrs.frozen
class Call:
    """A call of the API, at an instant."""

    at: datetime
    operation: Operation
    request: Mapping[str, Any]


@attrs.frozen
class Outcome:
    """What a scene has come to: the simulation, and what each call so far was answered."""

    sim: Simulation
    answers: tuple[Reply | ApiError, ...]
    name: str

    @property
    def job(self) -> Job:
        """The job that the scene is about."""
        return self.sim.jobs[self.name]


@attrs.frozen
class Scene:
    """Calls in a world, in the order of time; the last job that they create is what it is about."""

    world: World
    edition: str
    calls: tuple[Call, ...]

    @property
    def created(self) -> Call:
        """The call that creates the job."""
        return [call for call in self.calls if call.operation == "create_training_job"][-1]

    @property
    def name(self) -> str:
        """The name of the job."""
        return str(self.created.request["TrainingJobName"])

    @property
    def resources(self) -> dict[str, Any]:
        """Its ResourceConfig."""
        found: dict[str, Any] = self.created.request["ResourceConfig"]
        return found

    def play(self, until: datetime | None = None) -> Outcome:
        """Play it until that instant, or until nothing is left to happen."""
        sim = Simulation(self.world, edition=self.edition)
        answers: list[Reply | ApiError] = []
        for call in self.calls:
            if until is not None and until < call.at:
                break
            sim.run(call.at)
            try:
                answers.append(getattr(sim, call.operation)(**call.request))
            except ApiError as error:
                answers.append(error)
        sim.run(until)
        return Outcome(sim, tuple(answers), self.name)

    # The same scene, but for one thing.

    def in_edition(self, edition: str) -> Self:
        """In another edition."""
        return attrs.evolve(self, edition=edition)

    @property
    def elsewhere(self) -> Self:
        """In the other one of the editions `documented` and `live`."""
        return self.in_edition("live" if self.edition == "documented" else "documented")

    def within(self, **changes: Any) -> Self:  # noqa: ANN401 - whatever a World takes
        """In a world that differs in these fields."""
        return attrs.evolve(self, world=attrs.evolve(self.world, **changes))

    def running(self, **changes: Any) -> Self:  # noqa: ANN401 - whatever a Workload takes
        """With a workload that differs in these fields."""
        return self.within(default_workload=attrs.evolve(self.world.default_workload, **changes))

    def asking(self, **members: object) -> Self:
        """With a request that differs in these members; None leaves a member out."""
        own = self.created
        request = {k: v for k, v in {**own.request, **members}.items() if v is not None}
        changed = attrs.evolve(own, request=request)
        return attrs.evolve(self, calls=tuple(changed if c is own else c for c in self.calls))

    def stopped(self, at: datetime) -> Self:
        """With a StopTrainingJob at that instant, later than all other calls."""
        stop = Call(at, "stop_training_job", {"TrainingJobName": self.name})
        return attrs.evolve(self, calls=(*self.calls, stop))

    @property
    def undisturbed(self) -> Self:
        """Without any StopTrainingJob."""
        kept = tuple(call for call in self.calls if call.operation == "create_training_job")
        return attrs.evolve(self, calls=kept)
