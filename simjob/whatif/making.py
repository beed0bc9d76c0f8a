"""The works of a plan, and what the training jobs of a work are made of: name, request, workload.

When a work is tried is told in `conductor`.
"""

import attrs

from simjob.admission import Accepted, accepted, workload_of
from simjob.spec.editions import Edition
from simjob.spec.requests import CreateTrainingJobRequest
from simjob.whatif.arrivals import Arrival
from simjob.whatif.plan import Plan
from simjob.whatif.plan_files import with_duration
from simjob.whatif.requests import requests, with_instances
from simjob.world import Workload


@attrs.define(slots=True, eq=False)
class Work:
    """One piece of work of the plan: a job at one arrival and copy, over all its tries.

    Attributes:
        job: the plan's name for it.
        number: which arrival and copy, from 0.
        batch: which arrival.
        arrived_ms: when the plan wanted it.
        arrival: what a trace says of it.
        tries: the number of the present try, from 1; 0 before the first.
        retries: how often it was tried again, by what the plan calls the reason.
    """

    job: str
    number: int
    batch: int
    arrived_ms: int
    arrival: Arrival
    tries: int = 0
    retries: dict[str, int] = attrs.field(factory=dict)


def name_of(work: Work) -> str:
    """TrainingJobName of the present try of a work.

    It depends on nothing else that the plan does, so that the same work has the same luck in every
    variation of a plan.

    >>> name_of(Work("train", 3, 3, 0, Arrival(0.0), tries=2))
    'train-3-r1'
    """
    tried = f"-r{work.tries - 1}" if work.tries > 1 else ""
    return f"{work.job}-{work.number}{tried}"


class Making:
    """Makes the requests and workloads of one plan, each once for all works that are alike."""

    def __init__(self, plan: Plan, edition: Edition) -> None:
        self._plan = plan
        self._edition = edition
        self._choices = {
            name: tuple(requests(name, job, plan.world)) for name, job in plan.jobs.items()
        }
        self._requests: dict[tuple[str, int, int | None], Accepted] = {}
        self._durations: dict[tuple[str, float], Workload] = {}

    def asks(self, work: Work) -> Accepted:
        """What the present try of a work asks for."""
        choices = self._choices[work.job]
        choice = min(work.tries, len(choices)) - 1
        instances = work.arrival.instances
        key = (work.job, choice, instances)
        found = self._requests.get(key)
        if found is None:
            plain = choices[choice]
            if instances is not None:
                plain = with_instances(plain, instances)
            found = self._requests[key] = accepted(plain, self._edition)
        return found

    def workload(self, work: Work, request: CreateTrainingJobRequest) -> Workload:
        """What it runs: the plan's own, or what the world says; as long as a trace says."""
        workload = self._plan.jobs[work.job].work
        if workload is None:
            workload = workload_of(self._plan.world, name_of(work), request)
        duration = work.arrival.duration_seconds
        if duration is None:
            return workload
        key = (work.job, duration)
        if key not in self._durations:
            self._durations[key] = with_duration(workload, duration)
        return self._durations[key]
