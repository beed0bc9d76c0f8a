"""The conductor: carries out a plan in one engine, as an orchestrator would in an account.

It creates training jobs when they arrive and what they wait for has ended, tries again where a
retry says so, and stops what is to be stopped. Of the jobs it hears only that they have ended. An
ended job is handed over and forgotten, so that a plan takes no more memory than what is alive. A
work that comes to nothing is handed over, too: of every work that the plan wants there is an end.

What the training jobs are made of stands in `making`, what waits for what in `links`.
"""

from collections import deque
from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain
from typing import NamedTuple

from simjob import updating
from simjob.admission import check_objects, check_quota
from simjob.engine.engine import Engine
from simjob.engine.job import TrainingJob
from simjob.spec.errors import ApiError
from simjob.spec.reasons import CAPACITY
from simjob.spec.requests import CreateTrainingJobRequest, UpdateTrainingJobRequest
from simjob.spec.shapes_today import ResourceConfigForUpdate
from simjob.spec.statuses import SecondaryStatus
from simjob.whatif.arrivals import Arrival
from simjob.whatif.links import Batch, Waits
from simjob.whatif.making import Work, name_of
from simjob.whatif.meter import Meter
from simjob.whatif.plan import StopRule
from simjob.whatif.prepared import Prepared
from simjob.world.durations import milliseconds

# Members of an Enum are looked up by Python code (3.11), these are not.
_COMPLETED = SecondaryStatus.Completed
_FAILED = SecondaryStatus.Failed
_MAX_WAIT = SecondaryStatus.MaxWaitTimeExceeded
_QUOTA = "ResourceLimitExceeded"
_REFUSED = "Refused"
_SKIPPED = "Skipped"
_STOPPED = "the plan was stopped"
_ENDED = "the plan ended before"
_NEVER = "what it waits for never came"
_PLAIN = Arrival(0.0)
_Numbered = tuple[int, Arrival]


class Done(NamedTuple):
    """One training job of the plan that is over, or that there never was.

    Attributes:
        work: what it was for, which may go on with other tries.
        attempt: 1, then one more for each retry; no two of a work are alike.
        name: TrainingJobName, also of one that there never was.
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

    def __init__(self, prepared: Prepared, seed: int, done: Callable[[Done], object]) -> None:
        self._prepared = prepared
        self._plan = plan = prepared.plan
        self._done = done
        self._edition = prepared.edition
        self.engine = Engine(plan.world, self._edition, seed)
        self.engine.end_observers.append(self._ended)
        self._clock = self.engine.clock
        self._start_ms = prepared.start_ms
        self._refuses = prepared.refuses
        self._making = prepared.making
        self._waits = Waits(prepared.links)
        self._coming: dict[str, tuple[_Numbered, Iterator[_Numbered]]] = {}
        self._arrivals: dict[Batch, Arrival] = {}
        self._running: dict[str, tuple[Work, TrainingJob]] = {}
        self._limits: dict[str, Meter] = {}
        self._retries: dict[Work, None] = {}
        self._turns: deque[Work] = deque()
        self._at_work = 0
        self._steps: deque[Callable[[], object]] = deque()
        self._stepping = False
        self._closed = ""
        self._meter = Meter(self.engine, plan.stop.at_dollars, self._stop_all)

    def run(self) -> None:
        """Carry the plan out, to its end or to where the plan says."""
        draws = self.engine.draws
        for name, arrivals in self._prepared.arrivals.items():
            self._expect(name, enumerate(arrivals.times(draws, name)))
        stop_after = self._plan.stop.after
        if stop_after is not None:
            self._clock.call_at(self._start_ms + milliseconds(stop_after), self._stop_all)
        if self._plan.until is None:
            self._clock.run_dry()
        else:
            self._clock.run_to(self._prepared.until_ms)
        self._end()

    # Arrivals.

    def _expect(self, name: str, arrivals: Iterator[_Numbered]) -> None:
        """Have the next arrival come when it is time."""
        following = next(arrivals, None)
        if following is None:
            self._coming.pop(name, None)
            return
        self._coming[name] = following, arrivals
        at_ms = self._start_ms + milliseconds(following[1].at_seconds)
        self._clock.call_at(at_ms, partial(self._expected, name))

    def _expected(self, name: str) -> None:
        (number, arrival), arrivals = self._coming[name]
        self._expect(name, arrivals)
        self._arrive(name, number, arrival)

    def _arrive(self, name: str, number: int, arrival: Arrival) -> None:
        batch = name, number
        if self._waits.arrived(name, number):
            self._begin(batch, arrival)
        else:
            self._arrivals[batch] = arrival

    def _free(self, batch: Batch) -> None:
        """An arrival has nothing to wait for any more."""
        self._begin(batch, self._arrivals.pop(batch, _PLAIN))

    def _begin(self, batch: Batch, arrival: Arrival) -> None:
        """Every copy of an arrival that may start now."""
        name, number = batch
        obstacle = self._waits.obstacle(batch)
        at_ms = self.engine.now_ms
        if self._closed:  # The plan may have ended before it comes.
            at_ms = max(at_ms, self._start_ms + milliseconds(arrival.at_seconds))
        copies = self._plan.jobs[name].copies
        for copy in range(copies):
            work = Work(name, number * copies + copy, number, at_ms, arrival)
            if self._closed:
                self._skip(work, self._closed)
            elif obstacle:
                self._skip(work, f"{obstacle} is not Completed")
            elif self._at_work == self._plan.at_once:
                self._turns.append(work)
            else:
                self._at_work += 1
                self._launch(work)

    def _skip(self, work: Work, why: str) -> None:
        """A work that comes to nothing, or to no other try, and what waits for it."""
        work.tries += 1
        self._hand_over(work, None, _SKIPPED, why, last=True)
        self._follow(work, completed=False)

    # Training jobs.

    def _launch(self, work: Work) -> None:
        """Create the next training job of a work whose turn it is."""
        if self._closed:
            self._skip(work, self._closed)
            return
        work.tries += 1
        request, asked = self._making.asks(work)
        name = name_of(work)
        job = TrainingJob(
            request=request,
            name=name,
            luck=name,
            created_ms=self.engine.now_ms,
            edition=self._edition,
            world=self._plan.world,
            workload=self._making.workload(work, request),
            asked=asked,
        )
        if self._refuses:
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
            limit = Meter(self.engine, rule.at_dollars, partial(self._stop_spending, job))
            self._limits[job.name] = limit
            limit.add(job)

    def _stop(self, job: TrainingJob) -> None:
        if not job.history.ended:
            self.engine.stop(job)

    def _stop_spending(self, job: TrainingJob) -> None:
        """Stop a job, and have it leave no warm pool, or end the one that it has left."""
        if job.keep_alive_ms:
            updating.update(job, _no_pool(job), self.engine.now_ms)
            self.engine.warm.set_period(job, 0)
        self._stop(job)

    def _ended(self, job: TrainingJob) -> None:
        """A training job has ended: the plan goes on."""
        work, _ = self._running.pop(job.name)
        self._meter.ended(job)
        limit = self._limits.pop(job.name, None)
        if limit is not None:
            limit.ended(job)
        self._over(work, job, "", _reason(job))

    def _over(self, work: Work, job: TrainingJob | None, failure: str, reason: str | None) -> None:
        """A training job has ended, or there was none: try again, or let others have their turn."""
        retry = self._plan.jobs[work.job].retry
        again = False
        if reason is not None and not self._closed:
            used = work.retries.get(reason, 0)
            again = used < getattr(retry, reason)
            work.retries[reason] = used + 1
        self._hand_over(work, job, _REFUSED if failure else "", failure, last=not again)
        if again:
            self._retries[work] = None
            at_ms = self.engine.now_ms + milliseconds(retry.wait)
            self._clock.call_at(at_ms, partial(self._retry, work))
        else:
            self._end_turn()
            self._follow(work, completed=job is not None and job.history.status is _COMPLETED)

    def _retry(self, work: Work) -> None:
        if work in self._retries:
            del self._retries[work]
            self._launch(work)

    def _end_turn(self) -> None:
        self._at_work -= 1
        if self._turns:
            self._at_work += 1
            self._soon(partial(self._launch, self._turns.popleft()))

    def _follow(self, work: Work, *, completed: bool) -> None:
        for batch in self._waits.ended(work.job, work.batch, completed=completed):
            self._soon(partial(self._free, batch))

    def _soon(self, step: Callable[[], object]) -> None:
        """Take a step: now, or after the present one, which has led to it.

        One step may lead to the next a thousand times, which calls inside of calls could not.
        """
        self._steps.append(step)
        if not self._stepping:
            self._stepping = True
            while self._steps:
                self._steps.popleft()()
            self._stepping = False

    # The end of all.

    def _stop_all(self) -> None:
        """Stop all that costs; nothing new starts."""
        self._close(_STOPPED)
        for _, job in tuple(self._running.values()):
            self._stop_spending(job)
        for pool in tuple(self.engine.warm.available):
            self._stop_spending(pool.job)

    def _close(self, why: str) -> None:
        """From now on what would be tried is skipped, and what waits to be tried is, too."""
        self._closed = why
        waiting = (*self._retries, *self._turns)
        self._retries.clear()
        self._turns.clear()
        for work in waiting:
            self._skip(work, why)

    def _end(self) -> None:
        """Hand over what has not ended: it still runs, or it comes to nothing."""
        if not self._closed:
            self._close(_NEVER if self._plan.until is None else _ENDED)
        running = tuple(self._running.values())
        self._running.clear()
        for work, job in running:
            self._hand_over(work, job, "", "", last=True)
            self._follow(work, completed=False)
        for name, (following, others) in self._coming.items():
            for number, arrival in chain([following], others):
                self._arrive(name, number, arrival)
        self._closed = _NEVER
        for batch in self._waits.left():
            self._free(batch)

    def _hand_over(
        self, work: Work, job: TrainingJob | None, status: str, failure: str, *, last: bool
    ) -> None:
        if job is None:
            name, (request, _) = name_of(work), self._making.asks(work)
        else:
            name, request = job.name, job.request
        at_ms = max(self.engine.now_ms, work.arrived_ms)
        self._done(Done(work, work.tries, name, job, request, status, failure, at_ms, last))


def _no_pool(job: TrainingJob) -> UpdateTrainingJobRequest:
    """What tells the service to keep no instances of a job after its end."""
    none = ResourceConfigForUpdate(KeepAlivePeriodInSeconds=0)
    return UpdateTrainingJobRequest(TrainingJobName=job.name, ResourceConfig=none)


def _reason(job: TrainingJob) -> str | None:
    """Why a training job would be tried again, as `Retry` calls it; None for no reason."""
    status = job.history.status
    if status is _MAX_WAIT:
        return "on_max_wait"
    if status is _FAILED:
        return "on_capacity" if job.history.failure == CAPACITY else "on_failure"
    return None
