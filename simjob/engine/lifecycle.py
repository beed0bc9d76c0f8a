"""How one job lives: a process that goes from status to status.

A job starts, which takes as long as its instances take, and then is on its course: downloading,
training, uploading, leg by leg (`course`), to the end or to the first thing known to cut it short
(runtime limit, spot interruption, maximum wait). StopTrainingJob comes as simpy's Interrupt, once
in a life, and unwinds whatever it meets. All ways of stopping then share one way out: SIGTERM, at
most 120 seconds, upload, end.

At one instant, what comes first wins: the end of the work itself, then a breakdown, then the
runtime limit, then a spot interruption, then the maximum wait, then a stop.
"""

from enum import Enum, auto
from typing import TYPE_CHECKING

import simpy

from simjob.engine.history import Attempt
from simjob.engine.kernel import FOREVER_MS, Steps
from simjob.engine.life import Life
from simjob.engine.scripted import Script, Scripted
from simjob.spec import reasons
from simjob.spec.statuses import ENDS, Cause, SecondaryStatus

if TYPE_CHECKING:
    from simjob.engine.course import Course
    from simjob.engine.engine import Engine
    from simjob.engine.job import TrainingJob
    from simjob.engine.plan import Plan

_S = SecondaryStatus


class Turn(Enum):
    """What a phase ends with, unless the next phase follows."""

    AGAIN = auto()
    OVER = auto()


# Members of an Enum are looked up by Python code (3.11), these are not.
_AGAIN, _OVER = Turn
_COMPLETED = _S.Completed
_PENDING = _S.Pending
_FAILURE = Cause.FAILURE
_MAX_WAIT = Cause.MAX_WAIT


class Lifecycle(Life):
    """The course of a life, from its first status to its last."""

    def __init__(self, engine: "Engine", job: "TrainingJob") -> None:
        super().__init__(engine, job, self._course())

    def _course(self) -> Steps[None]:
        """Start and go to work, again where an attempt did not end the job."""
        try:
            turn: Turn | None = _AGAIN
            while turn is _AGAIN:
                turn = (yield from self._starting()) or (yield from self._working())
        except simpy.Interrupt:
            yield from self._told_to_stop()

    # Starting, which ends with None where the instances were granted.

    def _starting(self) -> Steps[Turn | None]:
        job, engine = self.job, self.engine
        history = job.history
        self.attempts += 1
        if self.attempts > 1:
            self.engine.enter(self.job, _S.Starting, engine.edition.messages.starting)
        elif history.stop is not None and history.status is _S.Stopping:
            return self._stopped(Cause.STOP_CALL)
        if engine.world.denied_roles and engine.role_denied(job):
            return self._failed(reasons.role_denied(job.request.RoleArn, vpc=job.vpc))
        if not self._claim():
            turn = yield from self._capacity()
            if turn:
                return turn
        granted_ms = engine.env.now_ms
        plan = self._granted(granted_ms)
        if engine.edition.launch_statuses:
            (_, launching), *unhealthy, (_, preparing) = plan.launch_messages
            self.engine.enter(self.job, _S.LaunchingMLInstances, launching, tuple(unhealthy))
            yield self.wait(granted_ms + plan.launched_ms)
            if self.cause:
                return self._stopped(self.cause)
            self.engine.enter(self.job, _S.PreparingTrainingStack, preparing)
        else:
            history.update(granted_ms, plan.launch_messages)
        return None

    def _granted(self, now_ms: int) -> "Plan":
        """There is capacity: an attempt begins, whose plan is drawn."""
        job, engine = self.job, self.engine
        self.plan = plan = engine.planner.plan(job, self.attempts)
        if job.warmth is not None and job.warmth.fresh:
            job.warmth.fresh = False
            self.plan = plan = plan.launched()
        self.attempt = attempt = Attempt(self.attempts, now_ms, plan.ready_after_ms)
        if job.asked.spot:
            attempt.zone = engine.market.choose(job.luck, self.attempts, now_ms)
        job.history.attempts += (attempt,)
        return plan

    def _claim(self) -> bool:
        """Ask for the instances; whether they are there at once."""
        job, engine = self.job, self.engine
        if engine.warm.available:
            pool = engine.warm.take(job)
            if pool is not None:
                self.claim = pool.claim
                return True
        if job.asked.spot and engine.outage_end_ms(job) is not None:
            return False
        self.claim = claim = engine.fleet.claim(job)
        return claim is None or claim.held

    def _capacity(self) -> Steps[Turn | None]:
        """Wait until the fleet, and for spot the market, has the instances."""
        engine = self.engine
        give_up_ms = engine.give_up_ms(self.job, self.attempts)
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
            if self.cause is _FAILURE:
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
        if (
            edition.pending
            and not self.job.asked.spot
            and self.engine.instance(self.job).accelerated
        ):
            self.engine.enter(self.job, _S.Pending, edition.messages.pending)
        else:
            history.update(self.engine.env.now_ms, ((0, edition.messages.no_capacity),))

    def _first_cut_of_waiting(self, give_up_ms: int) -> tuple[int, Cause]:
        cut_ms, cut = self.max_wait_ms, _MAX_WAIT
        last = self.job.history.entries[-1]
        if last.status is _PENDING and last.start_ms + self.job.asked.max_pending_ms < cut_ms:
            cut_ms, cut = last.start_ms + self.job.asked.max_pending_ms, Cause.MAX_PENDING
        if give_up_ms < cut_ms:
            cut_ms, cut = give_up_ms, _FAILURE
        return cut_ms, cut

    def _queue(self, granted: simpy.Event, cut_ms: int, cut: Cause) -> Steps[Cause | None]:
        """Wait for a grant; a job that nothing but a grant can move is stuck until then."""
        stuck = cut_ms >= FOREVER_MS
        self.engine.clock.stuck += stuck
        try:
            return (yield from self.watch(granted, cut_ms, cut))
        finally:
            self.engine.clock.stuck -= stuck

    # The course from there.

    def _working(self) -> Steps[Turn]:
        """Go the course of the attempt to its end, or to what cuts it short.

        Nothing wakes the life where a leg begins, or the instances are ready: the course says so.
        Nothing cuts the upload short.
        """
        ready_ms = self.ready_ms
        if self.job.asked.spot and self.max_wait_ms < ready_ms:
            yield self.wait(ready_ms)
            return self._stopped(_MAX_WAIT)
        course = self._set_out(ready_ms)
        if not course.legs:
            yield self.wait(ready_ms)
        else:
            yield self.go(course, ready_ms)
            if self.cause is not None:
                self.leave_course()
                return (yield from self._cut_short(self.job.history.status, self.cause))
        if course.uploads:
            return self._uploaded()
        self.leave_course()
        if course.script is not None:
            return (yield from self._running(course.script))
        if course.reaches_training:
            return (yield from self._failing(course.failure))
        return self._failed(course.failure)

    def _set_out(self, ready_ms: int) -> "Course":
        """The course that lies before the job from when its instances are ready."""
        job, engine, attempt = self.job, self.engine, self.attempt
        if job.asked.spot:
            self.interruption_ms = engine.interruption_ms(job, attempt, ready_ms)
        course = engine.courses.of(job, self.plan, self.saved_ms)
        self.run_ms = ready_ms + course.run_ms
        if course.container is not None and course.reaches_training:
            self.container = container = course.container
            attempt.start_ms = self.run_ms
            attempt.resumed_ms = self.saved_ms
            attempt.work_ms = container.work_ms
            attempt.end_ms = self.run_ms + container.lasts_ms
        self.course = course
        self.heralded = False
        return course

    def _running(self, script: Script) -> Steps[Turn]:
        """Train and upload as a generator workload will have it."""
        job, engine = self.job, self.engine
        edition = engine.edition
        if edition.image_pull is _S.Training:
            engine.enter(job, _S.Training, edition.messages.image, self.plan.image_messages)
        else:
            engine.enter(job, _S.Training, edition.messages.training)
        self.container = container = Scripted(self, script, self.run_ms)
        self.attempt.start_ms = self.run_ms
        yield from container.run(*self.first_cut())
        self.attempt.end_ms = engine.env.now_ms
        if self.cause is not None:
            return (yield from self._cut_short(_S.Training, self.cause))
        if container.failure is not None:
            container.kill()
            return (yield from self._failing(container.failure))
        engine.enter(job, _S.Uploading, edition.messages.uploading)
        yield self.hold(self.upload_ms())
        return self._uploaded()

    # The ways out.

    def _told_to_stop(self) -> Steps[None]:
        """StopTrainingJob has changed the status; go the course of the phase that it met."""
        # A job that was stopped at the instant of its birth has set out since.
        self.leave_course()
        history = self.job.history
        met = history.entries[-1]
        if met.status is _S.Stopping:
            met = history.entries[-2]
        if history.ended:
            return
        if met.status is _S.Training:
            yield from self._stopping(Cause.STOP_CALL)
        elif met.status is _S.Uploading:
            yield self.hold(met.start_ms + self.upload_ms() - self.engine.env.now_ms)
            self._uploaded()
        elif history.status is _S.Starting and not self.waiting:
            # Recorded: the stop waits until the instances are there, then all comes at once.
            yield self.hold(self.ready_ms - self.engine.env.now_ms)
            self.engine.enter(self.job, _S.Downloading, self.engine.edition.messages.downloading)
            self._stopped(Cause.STOP_CALL)
        else:
            self._stopped(Cause.STOP_CALL)

    def _cut_short(self, status: SecondaryStatus, cause: Cause) -> Steps[Turn]:
        """What follows when a leg of that status was cut short."""
        if status is _S.Training:
            if cause in ENDS:
                return (yield from self._stopping(cause))
            self._break_off()
            if cause is Cause.FAILURE:
                return (yield from self._broken_down())
        if cause is Cause.INTERRUPTION:
            return (yield from self._interrupted())
        return self._stopped(cause)

    def _break_off(self) -> None:
        """The instances are gone, and the container with them; what was saved is kept."""
        now_ms = self.engine.env.now_ms
        self.trained_ms += now_ms - self.began_ms
        self.container.kill()
        self.keep(self.container.saved_ms(now_ms - self.run_ms))

    def _broken_down(self) -> Steps[Turn]:
        """An internal error: RetryStrategy runs the job again, or it fails."""
        if self.retried < self.job.asked.retries:
            self.retried += 1
            self.release()
            return _AGAIN
        return (yield from self._failing(reasons.INTERNAL))

    def _interrupted(self) -> Steps[Turn]:
        """The market took the instances back: wait, then launch again."""
        engine = self.engine
        self.release()
        self.engine.enter(self.job, _S.Interrupted, engine.edition.messages.interrupted)
        yield self.wait(engine.env.now_ms + engine.interrupted_ms(self.job, self.attempts))
        return self._stopped(self.cause) if self.cause else _AGAIN

    def _stopping(self, cause: Cause) -> Steps[Turn]:
        """SIGTERM, the window, and the upload of what was saved in it."""
        self._begin_stop(cause)
        self.end_run()
        kept = yield from self.container.terminate(self)
        if self.job.workload.on_sigterm == "ignore":
            self.attempt.end_ms = self.engine.env.now_ms
        if self.engine.edition.stop_lingers:
            self.engine.enter(self.job, _S.Uploading, self.engine.edition.messages.uploading)
        if kept:
            yield self.hold(self.upload_ms())
            self.job.history.artifact = self.engine.planner.upload_allowed(self.job)
        return self._end(ENDS[cause])

    def _failing(self, reason: str) -> Steps[Turn]:
        """Fail after training: the live service passes through Uploading (24 of 24 recorded)."""
        if self.engine.edition.stop_lingers:
            self.failure = reason
            self.engine.enter(self.job, _S.Uploading, self.engine.edition.messages.uploading)
            yield self.hold(self.upload_ms())
        return self._failed(reason)

    def _uploaded(self) -> Turn:
        """The upload is over; a stop that came meanwhile has not cut it short."""
        history = self.job.history
        if self.failure is not None:
            return self._failed(self.failure)
        allowed = self.engine.planner.upload_allowed(self.job)
        history.artifact = allowed
        if history.stop is not None:
            return self._stopped(history.stop.cause)
        return self._end(_COMPLETED) if allowed else self._failed(reasons.UPLOAD_DENIED)

    def _begin_stop(self, cause: Cause) -> None:
        history = self.job.history
        history.ask_to_stop(self.engine.env.now_ms, cause)
        if history.status is not _S.Stopping:
            self.engine.enter(self.job, _S.Stopping, self.engine.edition.messages.stopping)

    def _stopped(self, cause: Cause) -> Turn:
        """End a job that is to stop and has nothing left to save."""
        history = self.job.history
        if history.status is _S.Pending:
            history.ask_to_stop(self.engine.env.now_ms, cause)
        else:
            self._begin_stop(cause)
        return self._end(ENDS[cause])

    def _failed(self, reason: str) -> Turn:
        self.job.history.failure = reason
        return self._end(_S.Failed)

    def _end(self, status: SecondaryStatus) -> Turn:
        period_ms = self.job.keep_alive_ms
        if period_ms and self._keeps_warm(status):
            claim, self.claim = self.claim, None
            self.release()
            pool = self.engine.warm.keep(self.job, claim, period_ms)
            self.engine.end(self.job, status, self.engine.edition.messages.retained)
            self.engine.warm.offer(pool)
        else:
            self.release()
            self.engine.end(self.job, status)
        return _OVER

    def _keeps_warm(self, status: SecondaryStatus) -> bool:
        """Whether the instances stay: they are ready, and did not fail themselves (documented)."""
        history = self.job.history
        if status is _S.Failed and not reasons.of_the_job(history.failure or ""):
            return False
        attempt = history.attempts[-1] if history.attempts else None
        if attempt is None or attempt.released_ms is not None:
            return False
        return self.ready_ms <= self.engine.env.now_ms
