"""A job's life: what it remembers from phase to phase, and how it waits.

The course that it takes stands in `lifecycle`; here is what a phase is made of: waits that limits
and the market cut short, waits that nothing cuts short, and the return of what it holds.
"""

from typing import TYPE_CHECKING

import simpy

from simjob.engine.kernel import FOREVER_MS, Deadline, Steps
from simjob.spec.statuses import Cause

if TYPE_CHECKING:
    from simjob.engine.container import Declared
    from simjob.engine.engine import Engine
    from simjob.engine.fleet import Claim
    from simjob.engine.job import TrainingJob
    from simjob.engine.plan import Plan
    from simjob.engine.scripted import Scripted


class Life:
    """The life of one job, and what it remembers of it.

    Attributes:
        attempt: counts the launches.
        cause: what cut the present wait short; None if nothing did.
        interruption_ms: when the market takes the instances back.
        saved_ms, checkpoint: the work that outlived the instances (declared, generator).
        retried: how often RetryStrategy has run the job again.
        trained_ms: the time in Training, which counts against the runtime limit.
        waiting: whether the job waits for capacity.
        failure: why the job will have failed when its upload is over (live edition).
    """

    __slots__ = (
        "attempt",
        "cause",
        "checkpoint",
        "claim",
        "container",
        "engine",
        "failure",
        "interruption_ms",
        "job",
        "plan",
        "process",
        "retried",
        "saved_ms",
        "trained_ms",
        "waiting",
    )

    def __init__(self, engine: "Engine", job: "TrainingJob") -> None:
        self.engine = engine
        self.job = job
        self.attempt = 0
        self.cause: Cause | None = None
        self.checkpoint: object = None
        self.claim: Claim | None = None
        self.container: Declared | Scripted
        self.failure: str | None = None
        self.interruption_ms = FOREVER_MS
        self.plan: Plan
        self.retried = 0
        self.saved_ms = 0
        self.trained_ms = 0
        self.waiting = False
        self.process: simpy.Process

    def wait(
        self, at_ms: int, limit_ms: int = FOREVER_MS, then: Cause | None = None
    ) -> simpy.Timeout:
        """An event to yield: that instant, or what cuts the wait short; `cause` says which."""
        self.cause = then
        if limit_ms < at_ms or self.job.spot:
            cut_ms, cut = self.first_cut(limit_ms)
            if cut_ms < at_ms:
                at_ms, self.cause = cut_ms, cut
        env = self.engine.env
        wait_ms = at_ms - env.now_ms
        return simpy.Timeout(env, max(0, wait_ms))

    def hold(self, span_ms: int) -> simpy.Timeout:
        """An event to yield: the end of that span, which nothing cuts short."""
        return simpy.Timeout(self.engine.env, span_ms)

    def upload_ms(self) -> int:
        """How long the upload takes of what the container left; nothing of it after a failure."""
        transfer_ms = 0
        if self.container.model_bytes and self.failure is None:
            transfer_ms = self.engine.transfer_ms(self.job, self.container.model_bytes)
        return self.plan.upload_overhead_ms + transfer_ms

    def keep(self, saved_ms: int) -> None:
        """What outlives the instances: the last checkpoint, if the job has a CheckpointConfig."""
        if self.job.keeps_checkpoints:
            self.saved_ms = saved_ms
        else:
            self.checkpoint = None

    @property
    def max_wait_ms(self) -> int:
        """When MaxWaitTimeInSeconds is over, which counts from the creation (inferred)."""
        return self.job.created_ms + self.job.max_wait_ms if self.job.spot else FOREVER_MS

    def release(self) -> None:
        """Give the instances back, or leave the queue for them."""
        self.interruption_ms = FOREVER_MS
        launches = self.job.history.launches
        if launches and launches[-1].released_ms is None:
            launches[-1].released_ms = self.engine.env.now_ms
        if self.claim is not None:
            self.engine.fleet.give_back(self.claim)
            self.claim = None

    def first_cut(self, limit_ms: int) -> tuple[int, Cause]:
        """The first instant at which a limit or the market cuts the present phase short."""
        cut_ms, cause = limit_ms, Cause.RUNTIME_LIMIT
        if self.interruption_ms < cut_ms:
            cut_ms, cause = self.interruption_ms, Cause.INTERRUPTION
        if self.max_wait_ms < cut_ms:
            cut_ms, cause = self.max_wait_ms, Cause.MAX_WAIT
        return cut_ms, cause

    def watch(self, event: simpy.Event, cut_ms: int, cut: Cause | None) -> Steps[Cause | None]:
        """Wait for an event that may come at any time; `cut` if it has not come by `cut_ms`."""
        if cut_ms < FOREVER_MS:
            Deadline(self.engine.env, cut_ms, lambda: event.triggered or event.succeed(cut))
        cause = yield event
        return cause if isinstance(cause, Cause) else None
