"""How one job lives: a simpy process that goes from status to status.

The phases read like the page: starting, downloading, training, uploading. A phase waits for its
own end or for the first thing known to cut it short (runtime limit, spot interruption, maximum
wait). StopTrainingJob comes as simpy's Interrupt, once in a life, and unwinds whatever phase it
meets. All ways of stopping then share one course: SIGTERM, at most 120 seconds, upload, end.

At one instant, what comes first wins: the end of the work itself, then the runtime limit, then a
spot interruption, then the maximum wait, then a stop.
"""

from enum import Enum, auto
from typing import TYPE_CHECKING

import simpy

from simjob.engine.history import Launch, Run, Stop, Updates
from simjob.engine.kernel import FOREVER_MS, Deadline, Steps
from simjob.spec import reasons
from simjob.spec.statuses import ENDS, Cause, SecondaryStatus

if TYPE_CHECKING:
    from simjob.engine.container import Declared
    from simjob.engine.engine import Engine
    from simjob.engine.fleet import Claim
    from simjob.engine.job import TrainingJob
    from simjob.engine.plan import Plan
    from simjob.engine.scripted import Scripted

_S = SecondaryStatus


class Turn(Enum):
    """What a phase ends with, unless the next phase follows."""

    AGAIN = auto()
    OVER = auto()


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
        self.process = simpy.Process(engine.env, self._live())

    def _live(self) -> Steps[None]:
        try:
            turn: Turn | None = Turn.AGAIN
            while turn is Turn.AGAIN:
                turn = (
                    (yield from self._starting())
                    or (yield from self._downloading())
                    or (yield from self._training())
                    or (yield from self._uploading())
                )
        except simpy.Interrupt:
            yield from self._told_to_stop()

    # The phases: each ends with None where the next one follows.

    def _starting(self) -> Steps[Turn | None]:
        job, engine = self.job, self.engine
        history = job.history
        self.attempt += 1
        if self.attempt > 1:
            self.engine.enter(self.job, _S.Starting, engine.edition.messages.starting)
        elif history.status is _S.Stopping:
            return self._stopped(Cause.STOP_CALL)
        if engine.world.denied_roles and engine.role_denied(job):
            return self._failed(reasons.role_denied(job.request.RoleArn, vpc=job.vpc))
        if not self._claim():
            turn = yield from self._capacity()
            if turn:
                return turn
        granted_ms = engine.env.now_ms
        self.plan = plan = engine.planner.plan(job, self.attempt)
        history.launches += (Launch(self.attempt, granted_ms, plan.ready_after_ms),)
        if engine.edition.launch_statuses:
            (_, launching), *unhealthy, (_, preparing) = plan.launch_messages
            self.engine.enter(self.job, _S.LaunchingMLInstances, launching, tuple(unhealthy))
            yield self._wait(granted_ms + plan.launched_ms)
            if self.cause:
                return self._stopped(self.cause)
            self.engine.enter(self.job, _S.PreparingTrainingStack, preparing)
        else:
            history.update(granted_ms, plan.launch_messages)
        yield self._wait(granted_ms + plan.ready_ms)
        if self.cause:
            return self._stopped(self.cause)
        if job.spot:
            self.interruption_ms = engine.interruption_ms(job, self.attempt)
        return None

    def _claim(self) -> bool:
        """Ask for the instances; whether they are there at once."""
        job = self.job
        if job.spot and self.engine.outage_end_ms(job) is not None:
            return False
        claim = self.engine.fleet.claim(job.instance_type, job.instance_count, spot=job.spot)
        self.claim = claim
        return claim is None or claim.held

    def _capacity(self) -> Steps[Turn | None]:
        """Wait until the fleet, and for spot the market, has the instances."""
        engine = self.engine
        give_up_ms = engine.give_up_ms(self.job, self.attempt)
        self.waiting = True
        held = False
        while not held:
            self._show_waiting()
            cut_ms, cut = self._first_cut_of_waiting(give_up_ms)
            if self.claim is not None and self.claim.granted is not None:
                self.cause = yield from self._queue(self.claim.granted, cut_ms, cut)
            else:
                outage_end_ms = engine.outage_end_ms(self.job) or engine.env.now_ms
                self.cause = cut if cut_ms < outage_end_ms else None
                yield simpy.Timeout(engine.env, min(cut_ms, outage_end_ms) - engine.env.now_ms)
            if self.cause is Cause.FAILURE:
                return self._out_of_patience()
            if self.cause:
                return self._stopped(self.cause)
            if self.claim is None:
                held = self._claim()
            elif engine.outage_end_ms(self.job) is None:
                held = True
            else:
                self.release()
        self.waiting = False
        return None

    def _out_of_patience(self) -> Turn:
        history = self.job.history
        if history.status is _S.Pending:
            # Recorded: the message of Pending is overwritten, too.
            failed = self.engine.edition.messages.terminal[_S.Failed]
            history.update(self.engine.env.now_ms, ((0, failed),))
        return self._failed(reasons.CAPACITY)

    def _show_waiting(self) -> None:
        edition, history = self.engine.edition, self.job.history
        if edition.pending and not self.job.spot and self.engine.instance(self.job).accelerated:
            self.engine.enter(self.job, _S.Pending, edition.messages.pending)
        else:
            history.update(self.engine.env.now_ms, ((0, edition.messages.no_capacity),))

    def _first_cut_of_waiting(self, give_up_ms: int) -> tuple[int, Cause]:
        cut_ms, cut = self.max_wait_ms, Cause.MAX_WAIT
        last = self.job.history.entries[-1]
        if last.status is _S.Pending and last.start_ms + self.job.max_pending_ms < cut_ms:
            cut_ms, cut = last.start_ms + self.job.max_pending_ms, Cause.MAX_PENDING
        if give_up_ms < cut_ms:
            cut_ms, cut = give_up_ms, Cause.FAILURE
        return cut_ms, cut

    def _queue(self, granted: simpy.Event, cut_ms: int, cut: Cause) -> Steps[Cause | None]:
        """Wait for a grant; a job that nothing but a grant can move is stuck until then."""
        stuck = cut_ms >= FOREVER_MS
        self.engine.stuck += stuck
        try:
            return (yield from self.watch(granted, cut_ms, cut))
        finally:
            self.engine.stuck -= stuck

    def _downloading(self) -> Steps[Turn | None]:
        edition, plan = self.engine.edition, self.plan
        messages = edition.messages
        pulls = edition.image_pull is _S.Downloading
        if pulls or self.job.file_mode:
            end_ms = self.engine.env.now_ms + plan.download_ms
            updates: Updates = ()
            if pulls and plan.data_failure is None:
                end_ms += plan.pull_ms
                updates = plan.image_messages
            self.engine.enter(self.job, _S.Downloading, messages.downloading, updates)
            yield self._wait(end_ms)
            if self.cause:
                return (yield from self._cut_short(self.cause))
            if plan.data_failure is not None:
                return self._failed(plan.data_failure)
        if edition.image_pull is _S.DownloadingTrainingImage:
            self.engine.enter(self.job, _S.DownloadingTrainingImage, messages.image)
            yield self._wait(self.engine.env.now_ms + plan.pull_ms)
            if self.cause:
                return (yield from self._cut_short(self.cause))
        return None

    def _training(self) -> Steps[Turn | None]:
        job, engine = self.job, self.engine
        messages = engine.edition.messages
        began_ms = start_ms = engine.env.now_ms
        if engine.edition.image_pull is _S.Training:
            start_ms += self.plan.pull_ms
            self.engine.enter(self.job, _S.Training, messages.image, self.plan.image_messages)
        else:
            self.engine.enter(self.job, _S.Training, messages.training)
        limit_ms = began_ms + job.max_runtime_ms - self.trained_ms + engine.limit_lag_ms(job)
        breakdown_ms, breakdown = FOREVER_MS, reasons.INTERNAL
        if engine.breaks_down or self.plan.data_failure is not None:
            breakdown_ms, breakdown = engine.breakdown(self, began_ms, start_ms)
        self.container = container = engine.container(self, start_ms)
        run = Run(self.attempt, start_ms, self.saved_ms, container.work_ms)
        job.history.runs += (run,)
        if container.end_ms is None:
            yield from container.run(breakdown_ms, limit_ms)
        elif breakdown_ms < container.end_ms:
            yield self._wait(breakdown_ms, limit_ms, Cause.FAILURE)
        else:
            yield self._wait(container.end_ms, limit_ms)
        run.end_ms = end_ms = engine.env.now_ms
        self.trained_ms += end_ms - began_ms
        cause = self.cause
        if cause is None and container.failure is None:
            return None
        if cause is not None and cause in ENDS:
            return (yield from self._stopping(cause))
        container.kill()
        if cause is None:
            return (yield from self._failing(container.failure or ""))
        self._keep(container.saved_ms(end_ms))
        if cause is Cause.INTERRUPTION:
            return (yield from self._interrupted())
        if breakdown == reasons.INTERNAL and self.retried < job.retries:
            self.retried += 1
            self.release()
            return Turn.AGAIN
        return (yield from self._failing(breakdown))

    def _uploading(self) -> Steps[Turn]:
        self.engine.enter(self.job, _S.Uploading, self.engine.edition.messages.uploading)
        yield self._hold(self._upload_ms())
        return self._uploaded()

    # The ways out.

    def _told_to_stop(self) -> Steps[None]:
        """StopTrainingJob has changed the status; go the course of the phase that it met."""
        history = self.job.history
        met = history.entries[-1]
        if met.status is _S.Stopping:
            met = history.entries[-2]
        if history.ended:
            return
        if met.status is _S.Training:
            yield from self._stopping(Cause.STOP_CALL)
        elif met.status is _S.Uploading:
            yield self._hold(met.start_ms + self._upload_ms() - self.engine.env.now_ms)
            self._uploaded()
        elif history.status is _S.Starting and not self.waiting:
            # Recorded: the stop waits until the instances are there, then all comes at once.
            ready_ms = history.launches[-1].granted_ms + self.plan.ready_ms
            yield self._hold(ready_ms - self.engine.env.now_ms)
            self.engine.enter(self.job, _S.Downloading, self.engine.edition.messages.downloading)
            self._stopped(Cause.STOP_CALL)
        else:
            self._stopped(Cause.STOP_CALL)

    def _cut_short(self, cause: Cause) -> Steps[Turn]:
        """What follows when a phase before the training was cut short."""
        if cause is Cause.INTERRUPTION:
            return (yield from self._interrupted())
        return self._stopped(cause)

    def _interrupted(self) -> Steps[Turn]:
        """The market took the instances back: wait, then launch again."""
        engine = self.engine
        self.release()
        self.engine.enter(self.job, _S.Interrupted, engine.edition.messages.interrupted)
        yield self._wait(engine.env.now_ms + engine.interrupted_ms(self.job, self.attempt))
        return self._stopped(self.cause) if self.cause else Turn.AGAIN

    def _stopping(self, cause: Cause) -> Steps[Turn]:
        """SIGTERM, the window, and the upload of what was saved in it."""
        self._begin_stop(cause)
        run = self.job.history.runs[-1]
        run.end_ms = self.engine.env.now_ms
        kept = yield from self.container.terminate(self)
        if self.job.workload.on_sigterm == "ignore":
            run.end_ms = self.engine.env.now_ms
        if self.engine.edition.stop_lingers:
            self.engine.enter(self.job, _S.Uploading, self.engine.edition.messages.uploading)
        if kept:
            yield self._hold(self._upload_ms())
            self.job.history.artifact = self.engine.upload_allowed(self.job)
        return self._end(ENDS[cause])

    def _failing(self, reason: str) -> Steps[Turn]:
        """Fail after training: the live service passes through Uploading (24 of 24 recorded)."""
        if self.engine.edition.stop_lingers:
            self.failure = reason
            self.engine.enter(self.job, _S.Uploading, self.engine.edition.messages.uploading)
            yield self._hold(self._upload_ms())
        return self._failed(reason)

    def _uploaded(self) -> Turn:
        """The upload is over; a stop that came meanwhile has not cut it short."""
        history = self.job.history
        if self.failure is not None:
            return self._failed(self.failure)
        allowed = self.engine.upload_allowed(self.job)
        history.artifact = allowed
        if history.stop is not None:
            return self._stopped(history.stop.cause)
        return self._end(_S.Completed) if allowed else self._failed(reasons.UPLOAD_DENIED)

    def _begin_stop(self, cause: Cause) -> None:
        history = self.job.history
        if history.stop is None:
            history.stop = Stop(self.engine.env.now_ms, cause)
        if history.status is not _S.Stopping:
            self.engine.enter(self.job, _S.Stopping, self.engine.edition.messages.stopping)

    def _stopped(self, cause: Cause) -> Turn:
        """End a job that is to stop and has nothing left to save."""
        history = self.job.history
        if history.status is _S.Pending:
            history.stop = Stop(self.engine.env.now_ms, cause)
        else:
            self._begin_stop(cause)
        return self._end(ENDS[cause])

    def _failed(self, reason: str) -> Turn:
        self.job.history.failure = reason
        return self._end(_S.Failed)

    def _end(self, status: SecondaryStatus) -> Turn:
        self.release()
        self.engine.forget(self.job)
        self.engine.enter(self.job, status, self.engine.edition.messages.terminal[status])
        return Turn.OVER

    # What the phases are made of.

    def _wait(
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

    def _hold(self, span_ms: int) -> simpy.Timeout:
        """An event to yield: the end of that span, which nothing cuts short."""
        return simpy.Timeout(self.engine.env, span_ms)

    def _upload_ms(self) -> int:
        """How long the upload takes of what the container left; nothing of it after a failure."""
        transfer_ms = 0
        if self.container.model_bytes and self.failure is None:
            transfer_ms = self.engine.transfer_ms(self.job, self.container.model_bytes)
        return self.plan.upload_overhead_ms + transfer_ms

    def _keep(self, saved_ms: int) -> None:
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
