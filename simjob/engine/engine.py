"""The engine: the environment in which all jobs of a simulation live, and its clock.

It answers what a life asks of the world, counts what is still to happen, and tells observers.
It knows no API: requests arrive here validated, and leave as histories.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from functools import partial

from simjob.engine.course import Courses
from simjob.engine.fleet import Fleet
from simjob.engine.history import Legs, Updates
from simjob.engine.job import TrainingJob
from simjob.engine.kernel import (
    FOREVER_MS,
    HORIZON,
    NORMAL,
    OUTSIDE,
    Deadline,
    Environment,
    resting_collector,
)
from simjob.engine.life import Life
from simjob.engine.lifecycle import Lifecycle
from simjob.engine.plan import Planner
from simjob.spec.editions import Edition
from simjob.spec.instances import InstanceType
from simjob.spec.statuses import Cause, SecondaryStatus
from simjob.world import Constant, World
from simjob.world.draws import Draws, Purpose
from simjob.world.durations import milliseconds

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_S = SecondaryStatus
_STARTING = _S.Starting

Observer = Callable[[TrainingJob, int], None]
"""Called with a job and the place of the entry in its history that was just made."""


def epoch_ms(instant: datetime) -> int:
    """Whole milliseconds since the epoch.

    >>> epoch_ms(datetime(1970, 1, 1, 0, 0, 1, 500000, tzinfo=UTC))
    1500
    """
    return round((instant - EPOCH) / _MILLISECOND)


def instant_of(ms: int) -> datetime:
    """The aware instant (UTC) of that many milliseconds since the epoch.

    >>> print(instant_of(1500))
    1970-01-01 00:00:01.500000+00:00
    """
    return EPOCH + timedelta(milliseconds=ms)


class Engine:
    """All that lives in one simulation.

    `live` counts the jobs that have not ended, `stuck` those of them that nothing but a grant of
    capacity can move, `scripted` the calls that are still to come.
    """

    def __init__(self, world: World, edition: Edition, seed: int) -> None:
        self.world = world
        self.edition = edition
        self.draws = Draws(seed)
        self.env = Environment(initial_time=epoch_ms(world.start))
        self.fleet = Fleet(self.env, world.capacity)
        self.live = 0
        self.stuck = 0
        self.scripted = 0
        self.observers: list[Observer] = []
        self._counts = bool(world.quotas.on_demand or world.quotas.spot)
        self._in_use: dict[tuple[str, bool], int] = {}
        self.planner = Planner(world, edition, self.draws)
        self.courses = Courses(world, edition, self.draws, self.planner)
        start_ms = self.env.now_ms
        self._outages_ms = [
            (start_ms + milliseconds(each.start), start_ms + milliseconds(each.end))
            for each in world.spot.outages
        ]
        lag = world.runtime_limit_lag
        self._limit_lag_ms = milliseconds(lag.value) if isinstance(lag, Constant) else None
        self.breaks_down = bool(world.internal_errors or world.launches.instance_failure)
        self._unborn: deque[TrainingJob] = deque()
        self._outbox: deque[tuple[TrainingJob, int]] = deque()
        self._delivering = False
        self._stepping = False
        self._watched = False

    # The clock.

    @property
    def now_ms(self) -> int:
        """The present instant in milliseconds since the epoch."""
        return self.env.now_ms

    @property
    def now(self) -> datetime:
        """The present instant."""
        return instant_of(self.now_ms)

    @property
    def busy(self) -> bool:
        """Whether the clock is moving: the caller is inside one of its callbacks."""
        return self._stepping or self._delivering

    @property
    def awaited(self) -> bool:
        """Whether anything is still to happen by itself or by a scripted call."""
        return self.live > self.stuck or self.scripted > 0

    def run_to(self, at_ms: int) -> None:
        """Let everything happen that happens up to and at that instant."""
        horizon = Deadline(self.env, at_ms, priority=HORIZON)
        step = self.env.step
        with self._moving():
            while horizon.callbacks is not None:
                step()

    def run_watched(self, jobs: Iterable[TrainingJob], wanted: Callable[[], bool]) -> None:
        """`run_dry`, where `wanted` looks at more than the ends of jobs."""
        self.attend(jobs)
        self._watched = True
        try:
            self.run_dry(wanted)
        finally:
            self._watched = False

    def run_dry(self, wanted: Callable[[], bool] | None = None) -> None:
        """Let everything happen that still will, or as long as `wanted` says so.

        `wanted` is asked after every event; the instant at which it ends is lived to its end.
        """
        step = self.env.step
        self.run_to(self.now_ms)
        while self.awaited and (wanted is None or wanted()):
            with self._moving():
                if wanted is None:
                    while self.live > self.stuck or self.scripted:
                        step()
                else:
                    while self.awaited and wanted():
                        step()
            self.run_to(self.now_ms)

    @contextmanager
    def _moving(self) -> Iterator[None]:
        """The clock is moving: callbacks may not move it, and the garbage collector rests."""
        self._stepping = True
        try:
            with resting_collector():
                self._quicken()
                yield
        finally:
            self._stepping = False

    def call_at(self, at_ms: int, call: Callable[[], object]) -> None:
        """Have `call` called at that instant, after all that happens by itself then."""

        def expire() -> None:
            self.scripted -= 1
            call()

        self.scripted += 1
        Deadline(self.env, at_ms, expire, OUTSIDE)

    # What may be asked of a job.

    def submit(self, job: TrainingJob) -> None:
        """Let a job begin its life now."""
        self.live += 1
        if self._counts:
            self._count(job, job.instance_count)
        self.enter(job, _STARTING, self.edition.messages.starting)
        self._unborn.append(job)
        if self._stepping:
            self._quicken()

    def _quicken(self) -> None:
        """Bring to life the jobs that were submitted since the clock moved last, in that order.

        Not before: many jobs that do not live yet are little work for the garbage collector.
        """
        while self._unborn:
            job = self._unborn.popleft()
            job.life = Lifecycle(self, job)

    def stop(self, job: TrainingJob) -> None:
        """StopTrainingJob: the status changes at once, the life is told. A second stop is none."""
        self._quicken()
        history, life = job.history, job.life
        if life is None or history.stop is not None:
            return
        life.leave_course()
        history.ask_to_stop(self.now_ms, Cause.STOP_CALL)
        life.interrupt()
        if history.status is _S.Pending:
            life.release()
            self.end(job, _S.Stopped)
        elif not (self.edition.stop_lingers and self._lingers(life)):
            self.enter(job, _S.Stopping, self.edition.messages.stopping)

    def instances_in_use(self, instance_type: str, *, spot: bool) -> int:
        """How many instances of a type the jobs hold or wait for that have not ended.

        Counted only in a world that has quotas.
        """
        return self._in_use.get((instance_type, spot), 0)

    def _count(self, job: TrainingJob, instances: int) -> None:
        key = (job.instance_type, job.spot)
        self._in_use[key] = self._in_use.get(key, 0) + instances

    @staticmethod
    def _lingers(life: Life) -> bool:
        """Whether the live service leaves the secondary status where it is for now."""
        status = life.job.history.status
        return status is _S.Uploading or (status is _S.Starting and not life.waiting)

    def enter(
        self, job: TrainingJob, status: SecondaryStatus, message: str, updates: Updates = ()
    ) -> None:
        """Write the entry of a status that the job enters now, and tell the observers."""
        job.history.enter(self.edition.transitions, status, self.env.now_ms, message, updates)
        if self.observers:
            self.announce(job)

    def follow(self, job: TrainingJob, start_ms: int, legs: Legs) -> None:
        """Let a job set out on a course; where somebody watches, every leg is an event."""
        job.history.follow(self.edition.transitions, start_ms, legs)
        if self.observers or self._watched:
            self._begin(job)
            self._herald(job)

    def attend(self, jobs: Iterable[TrainingJob]) -> None:
        """Somebody watches from now on: the legs that jobs have before them are events, too."""
        for job in jobs:
            if not self.observers:
                job.told = len(job.history.until(self.now_ms))
            self._herald(job)

    def _herald(self, job: TrainingJob) -> None:
        history = job.history
        for leg in history.legs:
            at_ms = history.course_ms + leg.after_ms
            if at_ms > self.now_ms:
                Deadline(self.env, at_ms, partial(self._begin, job), NORMAL)

    def _begin(self, job: TrainingJob) -> None:
        """A leg has begun, if nothing has ended the course before."""
        job.history.reach(self.env.now_ms)
        if self.observers:
            self.announce(job)

    def announce(self, job: TrainingJob) -> None:
        """Note what the observers have not been told of; they are when the instant is over."""
        places = range(job.told, len(job.history.until(self.now_ms)))
        if not places:
            return
        if self._stepping and not self._outbox:
            Deadline(self.env, self.now_ms, self.deliver, OUTSIDE)
        self._outbox.extend([(job, place) for place in places])
        job.told = places.stop

    def end(self, job: TrainingJob, status: SecondaryStatus) -> None:
        """Let a job enter the status that it never leaves."""
        self.live -= 1
        if self._counts:
            self._count(job, -job.instance_count)
        job.life = None
        self.enter(job, status, self.edition.messages.terminal[status])

    # Observers.

    def deliver(self) -> None:
        """Tell the observers what has happened since they were told last.

        All of them are told; the first error that one raises is raised here then, with a note
        that says which observer it was and what it was told.
        """
        if self._delivering:
            return
        self._delivering = True
        first: Exception | None = None
        try:
            while self._outbox:
                job, place = self._outbox.popleft()
                for observer in tuple(self.observers):
                    try:
                        observer(job, place)
                    except Exception as error:  # noqa: BLE001 - raised when all have been told
                        first = first or error
        finally:
            self._delivering = False
        if first is not None:
            raise first

    def report(self, error: BaseException) -> None:
        """Raise `error` out of the clock when this instant has been lived."""

        def expire() -> None:
            raise error

        Deadline(self.env, self.now_ms, expire, OUTSIDE)

    # What a life asks of the world.

    def instance(self, job: TrainingJob) -> InstanceType:
        """The facts of the job's instance type."""
        return self.planner.profile(job.instance_type).instance

    def role_denied(self, job: TrainingJob) -> bool:
        """Whether the world denies the job's role what it needs."""
        role = job.request.RoleArn
        return any(fnmatchcase(role, pattern) for pattern in self.world.denied_roles)

    def give_up_ms(self, job: TrainingJob, attempt: int) -> int:
        """Until when the job waits for capacity."""
        patience = self.world.capacity.give_up_after
        if patience is None:
            return FOREVER_MS
        seconds = self.draws.sample(patience, job.name, Purpose.GIVE_UP, attempt)
        return self.now_ms + milliseconds(seconds)

    def outage_end_ms(self, job: TrainingJob) -> int | None:
        """When the outage of the spot market ends that hinders the job now, if there is one."""
        outage = self._outage_ms() if job.spot else None
        return outage[1] if outage and outage[0] <= self.now_ms else None

    def _outage_ms(self) -> tuple[int, int] | None:
        """The outage that is under way, or else the next one."""
        now_ms = self.now_ms
        return next((each for each in self._outages_ms if now_ms < each[1]), None)

    def interruption_ms(self, job: TrainingJob, attempt: int) -> int:
        """When the market takes back instances that are ready now."""
        outage = self._outage_ms()
        at_ms = outage[0] if outage else FOREVER_MS
        uptime = self.world.spot.uptime
        if uptime is not None:
            seconds = self.draws.sample(uptime, job.name, Purpose.INTERRUPTION, attempt)
            # Not at the instant of the launch itself, or the clock might never move.
            at_ms = min(at_ms, self.now_ms + max(1, milliseconds(seconds)))
        return at_ms

    def interrupted_ms(self, job: TrainingJob, attempt: int) -> int:
        """How long the job stays Interrupted."""
        interrupted = self.world.spot.interrupted
        return milliseconds(self.draws.sample(interrupted, job.name, Purpose.INTERRUPTED, attempt))

    def limit_lag_ms(self, job: TrainingJob) -> int:
        """By how much the runtime limit is enforced late."""
        if self._limit_lag_ms is not None:
            return self._limit_lag_ms
        lag = self.world.runtime_limit_lag
        return milliseconds(self.draws.sample(lag, job.name, Purpose.LIMIT_LAG))

    def breakdown_ms(self, job: TrainingJob, attempt: int, began_ms: int) -> int:
        """When an internal error ends the training that begins then."""
        world = self.world
        at_ms = FOREVER_MS
        for error in world.internal_errors:
            if fnmatchcase(job.name, error.name):
                if attempt <= error.attempts:
                    at_ms = began_ms + milliseconds(error.after)
                break
        failure = world.launches.instance_failure
        if failure is not None:
            first = (attempt - 1) * job.instance_count
            for number in range(first, first + job.instance_count):
                seconds = self.draws.sample(failure, job.name, Purpose.INSTANCE_FAILURE, number)
                at_ms = min(at_ms, began_ms + milliseconds(seconds))
        return at_ms
