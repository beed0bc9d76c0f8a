"""The conductor: carries out a plan in one engine, as an orchestrator would in an account.

It creates training jobs when they arrive and what they wait for has ended, tries again where a
retry says so, and stops what is to be stopped. Of the jobs it hears only that they have ended. An
ended job is handed over and forgotten, so that a plan takes no more memory than what is alive.
"""

from collections import deque
from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

import attrs

from simjob.admission import accepted, check_objects, check_quota
from simjob.engine.clock import epoch_ms
from simjob.engine.engine import Engine
from simjob.engine.job import TrainingJob
from simjob.spec.editions import edition
from simjob.spec.errors import ApiError
from simjob.spec.reasons import CAPACITY
from simjob.spec.requests import CreateTrainingJobRequest
from simjob.spec.statuses import SecondaryStatus
from simjob.whatif.arrivals import Arrival, Arrivals
from simjob.whatif.links import Batch, Links
from simjob.whatif.meter import Meter
from simjob.whatif.plan import Plan, StopRule
from simjob.whatif.plan_files import with_duration
from simjob.whatif.requests import requests, with_instances
from simjob.world import Workload
from simjob.world.durations import milliseconds

# Members of an Enum are looked up by Python code (3.11), these are not.
_COMPLETED = SecondaryStatus.Completed
_FAILED = SecondaryStatus.Failed
_MAX_WAIT = SecondaryStatus.MaxWaitTimeExceeded
_QUOTA = "ResourceLimitExceeded"
_REFUSED = "Refused"
_SKIPPED = "Skipped"
_STOPPED = "the plan was stopped"
_NEVER = "what it waits for never came"
_PLAIN = Arrival(0.0)


@attrs.define(slots=True, eq=False)
class Work:
    """One piece of work of the plan: a job at one arrival and copy, over all its tries.

    Attributes:
        job: the plan's name for it.
        number: which arrival and copy, from 0.
        batch: which arrival.
        arrived_ms: when the plan wanted it.
        arrival: what a trace says of it.
        tries: how many training jobs there have been, refused ones too.
        retries: how often it was tried again, by what the plan calls the reason.
    """

    job: str
    number: int
    batch: int
    arrived_ms: int
    arrival: Arrival
    tries: int = 0
    retries: dict[str, int] = attrs.field(factory=dict)


class Done(NamedTuple):
    """One training job of the plan that is over, or that there never was.

    Attributes:
        work: what it was for, which may go on with other tries.
        attempt: 1, then one more for each retry.
        name: TrainingJobName.
        job: what became of it; None if there was none.
        request: what was asked.
        status, failure: why there was none: Refused and the error's code, or Skipped and why.
        at_ms: when that was so.
        last: whether the plan does not try again.
    """

    work: Work
    attempt: int
    name: str
    job: TrainingJob | None
    request: CreateTrainingJobRequest
    status: str
    failure: str
    at_ms: int
    last: bool


class Conductor:
    """Carries out one plan, once; `done` is called with every training job that is over."""

    def __init__(self, plan: Plan, seed: int, done: Callable[[Done], object]) -> None:
        self._plan = plan
        self._done = done
        self._edition = edition(plan.edition)
        self.engine = Engine(plan.world, self._edition, seed)
        self.engine.end_observers.append(self._ended)
        self._clock = self.engine.clock
        self._start_ms = epoch_ms(plan.world.start)
        self._links = Links(plan)
        self._arrivals: dict[Batch, Arrival] = {}
        self._running: dict[str, tuple[Work, TrainingJob]] = {}
        self._turns: deque[Work] = deque()
        self._at_work = 0
        self._stopped = False
        self._meter = Meter(self.engine, plan.stop.at_dollars, self._stop_all)
        self._requests: dict[tuple[str, int, int | None], CreateTrainingJobRequest] = {}
        self._durations: dict[tuple[str, float], Workload] = {}
        self._choices = {
            name: tuple(requests(name, job, plan.world)) for name, job in plan.jobs.items()
        }

    def run(self) -> None:
        """Carry the plan out, to its end or to where the plan says."""
        draws = self.engine.draws
        for name, job in self._plan.jobs.items():
            if self._links.arrives(name):
                self._expect(name, enumerate((job.arrivals or Arrivals()).times(draws, name)))
        stop_after = self._plan.stop.after
        if stop_after is not None:
            self._clock.call_at(self._start_ms + milliseconds(stop_after), self._stop_all)
        if self._plan.until is None:
            self._clock.run_dry()
        else:
            self._clock.run_to(self._start_ms + milliseconds(self._plan.until))
        self._close()

    # Arrivals.

    def _expect(self, name: str, arrivals: Iterator[tuple[int, Arrival]]) -> None:
        """Have the next arrival come when it is time."""
        following = next(arrivals, None)
        if following is not None:
            at_ms = self._start_ms + milliseconds(following[1].at_seconds)
            self._clock.call_at(at_ms, partial(self._arrive, name, *following, arrivals))

    def _arrive(
        self, name: str, number: int, arrival: Arrival, arrivals: Iterator[tuple[int, Arrival]]
    ) -> None:
        if self._stopped:
            return
        self._expect(name, arrivals)
        if arrival[1:] != _PLAIN[1:]:
            self._arrivals[name, number] = arrival
        if self._links.arrived(name, number):
            self._begin((name, number))

    def _begin(self, batch: Batch) -> None:
        """Every copy of an arrival that may start now."""
        name, number = batch
        obstacle = self._links.obstacle(batch)
        arrival = self._arrivals.pop(batch, _PLAIN)
        copies = self._plan.jobs[name].copies
        for copy in range(copies):
            work = Work(name, number * copies + copy, number, self.engine.now_ms, arrival)
            if obstacle:
                self._skip(work, f"{obstacle} is not Completed")
            elif self._stopped:
                self._skip(work, _STOPPED)
            elif self._at_work == self._plan.at_once:
                self._turns.append(work)
            else:
                self._at_work += 1
                self._launch(work)

    def _skip(self, work: Work, why: str) -> None:
        """A work that comes to nothing, and what waits for it."""
        self._hand_over(work, None, _SKIPPED, why, last=True)
        self._follow(work, completed=False)

    # Training jobs.

    def _launch(self, work: Work) -> None:
        """Create the next training job of a work whose turn it is."""
        if self._stopped:
            self._end_turn()
            self._skip(work, _STOPPED)
            return
        work.tries += 1
        name, request = name_of(work), self._request(work)
        job = TrainingJob(
            request=request,
            name=name,
            created_ms=self.engine.now_ms,
            edition=self._edition,
            world=self._plan.world,
            workload=self._workload(work, name, request),
        )
        try:
            check_objects(job)
            check_quota(job, self.engine)
        except ApiError as error:
            self._over(work, None, error.code, "on_capacity" if error.code == _QUOTA else None)
            return
        self._running[job.name] = work, job
        self.engine.submit(job)
        self._meter.add(job)
        self._limit(job, self._plan.jobs[work.job].stop)

    def _limit(self, job: TrainingJob, rule: StopRule) -> None:
        """Have a training job stopped when its rule says so."""
        if rule.after is not None:
            at_ms = self.engine.now_ms + milliseconds(rule.after)
            self._clock.call_at(at_ms, partial(self._stop, job))
        if rule.at_dollars is not None:
            Meter(self.engine, rule.at_dollars, partial(self._stop, job)).add(job)

    def _stop(self, job: TrainingJob) -> None:
        if not job.history.ended:
            self.engine.stop(job)

    def _ended(self, job: TrainingJob) -> None:
        """A training job has ended: the plan goes on."""
        work, _ = self._running.pop(job.name)
        self._meter.remove(job)
        self._over(work, job, "", _reason(job))

    def _over(self, work: Work, job: TrainingJob | None, failure: str, reason: str | None) -> None:
        """A training job has ended, or there was none: try again, or let others have their turn."""
        retry = self._plan.jobs[work.job].retry
        again = False
        if reason is not None and not self._stopped:
            used = work.retries.get(reason, 0)
            again = used < getattr(retry, reason)
            work.retries[reason] = used + 1
        self._hand_over(work, job, _REFUSED if failure else "", failure, last=not again)
        if again:
            at_ms = self.engine.now_ms + milliseconds(retry.wait)
            self._clock.call_at(at_ms, partial(self._launch, work))
        else:
            self._end_turn()
            self._follow(work, completed=job is not None and job.history.status is _COMPLETED)

    def _end_turn(self) -> None:
        self._at_work -= 1
        if self._turns:
            self._at_work += 1
            self._launch(self._turns.popleft())

    def _follow(self, work: Work, *, completed: bool) -> None:
        for batch in self._links.ended(work.job, work.batch, completed=completed):
            self._begin(batch)

    # The end of all.

    def _stop_all(self) -> None:
        """Stop everything; nothing new starts."""
        self._stopped = True
        for _, job in tuple(self._running.values()):
            self._stop(job)
        while self._turns:
            self._skip(self._turns.popleft(), _STOPPED)

    def _close(self) -> None:
        """Hand over what has not ended: it still runs, or waits for what will not come."""
        for work, job in self._running.values():
            self._hand_over(work, job, "", "", last=True)
        self._running.clear()
        if self._plan.until is None:
            for name, number in tuple(self._links.waiting()):
                for copy in range(copies := self._plan.jobs[name].copies):
                    work = Work(name, number * copies + copy, number, self.engine.now_ms, _PLAIN)
                    self._hand_over(work, None, _SKIPPED, _NEVER, last=True)

    def _hand_over(
        self, work: Work, job: TrainingJob | None, status: str, failure: str, *, last: bool
    ) -> None:
        if job is None:
            name, request = name_of(work), self._request(work)
        else:
            name, request = job.name, job.request
        attempt, at_ms = max(work.tries, 1), self.engine.now_ms
        self._done(Done(work, attempt, name, job, request, status, failure, at_ms, last))

    # What a training job is made of.

    def _request(self, work: Work) -> CreateTrainingJobRequest:
        """What the present try of a work asks for; checked once for all like ones."""
        choices = self._choices[work.job]
        choice = min(max(work.tries - 1, 0), len(choices) - 1)
        instances = work.arrival.instances
        key = (work.job, choice, instances)
        request = self._requests.get(key)
        if request is None:
            plain = choices[choice]
            if instances is not None:
                plain = with_instances(plain, instances)
            request = accepted(plain, self._edition)
            self._requests[key] = request
        return request

    def _workload(self, work: Work, name: str, request: CreateTrainingJobRequest) -> Workload:
        """What it runs: the plan's own, or what the world says; as long as a trace says."""
        workload = self._plan.jobs[work.job].work
        if workload is None:
            algorithm = request.AlgorithmSpecification
            workload = self._plan.world.workload_for(
                name,
                (algorithm.TrainingImage if algorithm else None) or "",
                (algorithm.AlgorithmName if algorithm else None) or "",
                request.HyperParameters or {},
            )
        duration = work.arrival.duration_seconds
        if duration is None:
            return workload
        key = (work.job, duration)
        if key not in self._durations:
            self._durations[key] = with_duration(workload, duration)
        return self._durations[key]


def name_of(work: Work) -> str:
    """TrainingJobName of the present try of a work.

    It depends on nothing else that the plan does, so that the same work has the same luck in every
    variation of a plan.

    >>> name_of(Work("train", 3, 3, 0, Arrival(0.0), tries=2))
    'train-3-r1'
    """
    tried = f"-r{work.tries - 1}" if work.tries > 1 else ""
    return f"{work.job}-{work.number}{tried}"


def _reason(job: TrainingJob) -> str | None:
    """Why a training job would be tried again, as `Retry` calls it; None for no reason."""
    status = job.history.status
    if status is _MAX_WAIT:
        return "on_max_wait"
    if status is _FAILED:
        return "on_capacity" if job.history.failure == CAPACITY else "on_failure"
    return None
