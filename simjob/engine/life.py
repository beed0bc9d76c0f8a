"""A job's life: what it remembers from phase to phase, and how it waits.

The course that it takes stands in `lifecycle`; here is what a phase is made of: waits, what may cut
them short, and the return of what the life holds.
"""

from typing import TYPE_CHECKING

import simpy

from simjob.engine.kernel import FOREVER_MS, Deadline, Process, Steps
from simjob.spec.statuses import Cause, SecondaryStatus

if TYPE_CHECKING:
    from simjob.engine.container import Declared
    from simjob.engine.course import Course
    from simjob.engine.engine import Engine
    from simjob.engine.fleet import Claim
    from simjob.engine.history import Attempt
    from simjob.engine.job import TrainingJob
    from simjob.engine.plan import Plan
    from simjob.engine.scripted import Scripted


# Members of an Enum are looked up by Python code (3.11), these are not.
_RUNTIME_LIMIT = Cause.RUNTIME_LIMIT
_TRAINING = SecondaryStatus.Training
_WITH_CONTAINER = {_TRAINING, SecondaryStatus.Uploading}


class Life(Process):
    """The life of one job, a process, and what it remembers of it.

    Attributes:
        attempt: the present one, once instances were granted.
        attempts: how many there have been.
        cause: what cut the present wait short; None if nothing did.
        interruption_ms: when the market takes the instances back.
        saved_ms, checkpoint: the work that outlived the instances (declared, generator).
        retried: how often RetryStrategy has run the job again.
        run_ms: when the container of the present attempt started, or will.
        trained_ms: the time in Training, which counts against the runtime limit.
        waiting: whether the job waits for capacity.
        course: what lies before the job, until it ends or something else comes.
        heralded: whether every leg of the course is an event.
        failure: why the job will have failed when its upload is over (live edition).
    """

    __slots__ = (
        "attempt",
        "attempts",
        "cause",
        "checkpoint",
        "claim",
        "container",
        "course",
        "engine",
        "failure",
        "heralded",
        "interruption_ms",
        "job",
        "plan",
        "retried",
        "run_ms",
        "saved_ms",
        "trained_ms",
        "waiting",
    )

    def __init__(self, engine: "Engine", job: "TrainingJob", course: Steps[None]) -> None:
        self.engine = engine
        self.job = job
        self.attempt: Attempt
        self.attempts = 0
        self.cause: Cause | None = None
        self.checkpoint: object = None
        self.claim: Claim | None = None
        self.container: Declared | Scripted
        self.course: Course | None = None
        self.failure: str | None = None
        self.heralded = False
        self.interruption_ms = FOREVER_MS
        self.plan: Plan
        self.retried = 0
        self.run_ms = 0
        self.saved_ms = 0
        self.trained_ms = 0
        self.waiting = False
        super().__init__(engine.env, course)

    def wait(self, at_ms: int) -> simpy.Timeout:
        """An event to yield: that instant, or the maximum wait before it; `cause` says which."""
        self.cause = None
        env = self.engine.env
        if self.job.asked.spot and self.max_wait_ms < at_ms:
            at_ms, self.cause = self.max_wait_ms, Cause.MAX_WAIT
        return simpy.Timeout(env, max(0, at_ms - env.now_ms))

    def go(self, course: "Course", ready_ms: int) -> simpy.Timeout:
        """An event to yield: the end of the course, or what cuts it short; `cause` says which."""
        env = self.engine.env
        cut_ms, cut = self.first_cut()
        # An outage may have begun before the instances are ready: one leg is seen, and no more.
        legs = course.legs if cut_ms >= ready_ms else course.legs[:1]
        self.engine.follow(self.job, ready_ms, legs)
        if cut_ms < ready_ms + course.exit_ms:
            self.cause = cut
            return simpy.Timeout(env, max(ready_ms, cut_ms) - env.now_ms)
        self.cause = None
        return simpy.Timeout(env, ready_ms + course.end_ms - env.now_ms)

    def hold(self, span_ms: int) -> simpy.Timeout:
        """An event to yield: the end of that span, which nothing cuts short."""
        return simpy.Timeout(self.engine.env, span_ms)

    def upload_ms(self) -> int:
        """How long the upload takes of what the container left; nothing of it after a failure."""
        transfer_ms = 0
        if self.container.model_bytes and self.failure is None:
            transfer_ms = self.engine.planner.transfer_ms(self.job, self.container.model_bytes)
        return self.plan.upload_overhead_ms + transfer_ms

    @property
    def ready_ms(self) -> int:
        """When the instances of the present attempt are ready, or will be."""
        return self.attempt.granted_ms + self.plan.ready_ms

    @property
    def began_ms(self) -> int:
        """When the present attempt began to train, or would; the image may be pulled first."""
        pulls = self.engine.edition.image_pull is _TRAINING
        return self.run_ms - (self.plan.pull_ms if pulls else 0)

    def keep(self, saved_ms: int) -> None:
        """What outlives the instances: the last checkpoint, if the job has a CheckpointConfig."""
        if self.job.asked.keeps_checkpoints:
            self.saved_ms = saved_ms
        else:
            self.checkpoint = None

    @property
    def max_wait_ms(self) -> int:
        """When MaxWaitTimeInSeconds is over, which counts from the creation (inferred)."""
        return (
            self.job.created_ms + self.job.asked.max_wait_ms if self.job.asked.spot else FOREVER_MS
        )

    def release(self) -> None:
        """Give the instances back, or leave the queue for them."""
        self.interruption_ms = FOREVER_MS
        attempts = self.job.history.attempts
        if attempts and attempts[-1].released_ms is None:
            attempts[-1].released_ms = self.engine.env.now_ms
        if self.claim is not None:
            self.engine.fleet.give_back(self.claim)
            self.claim = None

    def first_cut(self) -> tuple[int, Cause]:
        """What cuts the course of the present attempt short, and when, if its end does not come.

        At one instant a breakdown comes first, then the runtime limit, then the market, then the
        maximum wait.
        """
        job, engine = self.job, self.engine
        limit_ms = (
            self.began_ms + job.asked.max_runtime_ms - self.trained_ms + engine.limit_lag_ms(job)
        )
        cut_ms, cause = limit_ms, _RUNTIME_LIMIT
        if engine.breaks_down and self.plan.data_failure is None:
            breakdown_ms = engine.breakdown_ms(job, self.attempts, self.began_ms)
            if breakdown_ms <= cut_ms:
                cut_ms, cause = breakdown_ms, Cause.FAILURE
        if job.asked.spot:
            if self.interruption_ms < cut_ms:
                cut_ms, cause = self.interruption_ms, Cause.INTERRUPTION
            if self.max_wait_ms < cut_ms:
                cut_ms, cause = self.max_wait_ms, Cause.MAX_WAIT
        return cut_ms, cause

    def leave_course(self) -> None:
        """Something comes that ends the course: what has begun of it is history."""
        course, self.course = self.course, None
        if course is None:
            return
        history = self.job.history
        history.leave_course(self.engine.env.now_ms)
        if course.container is not None:
            self.end_run(begun=history.status in _WITH_CONTAINER)

    def end_run(self, *, begun: bool = True) -> None:
        """The container does not work beyond this instant, if it has begun to at all."""
        attempt, now_ms = self.attempt, self.engine.env.now_ms
        if not begun or now_ms < self.run_ms:
            attempt.start_ms = attempt.work_ms = attempt.end_ms = None
        elif attempt.end_ms is None or now_ms < attempt.end_ms:
            attempt.end_ms = now_ms

    def watch(self, event: simpy.Event, cut_ms: int, cut: Cause | None) -> Steps[Cause | None]:
        """Wait for an event that may come at any time; `cut` if it has not come by `cut_ms`."""

        def expire(_: object) -> None:
            if not event.triggered:
                event.succeed(cut)

        if cut_ms < FOREVER_MS:
            Deadline(self.engine.env, cut_ms, expire)
        cause = yield event
        return cause if isinstance(cause, Cause) else None
