"""The engine: the environment in which all jobs of a simulation live, and its clock.

It answers what a life asks of the world, counts what is still to happen, and tells observers.
It knows no API: requests arrive here validated, and leave as histories.
"""

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase

from simjob.engine.container import Declared
from simjob.engine.fleet import Fleet
from simjob.engine.history import Updates
from simjob.engine.job import TrainingJob
from simjob.engine.kernel import (
    FOREVER_MS,
    HORIZON,
    OUTSIDE,
    Deadline,
    Environment,
    resting_collector,
)
from simjob.engine.life import Life
from simjob.engine.lifecycle import Lifecycle
from simjob.engine.plan import Planner
from simjob.engine.scripted import Scripted
from simjob.spec import reasons
from simjob.spec.editions import Edition
from simjob.spec.instances import InstanceType
from simjob.spec.statuses import Cause, SecondaryStatus
from simjob.world import Constant, World
from simjob.world.draws import Draws, Purpose
from simjob.world.durations import LONGEST, milliseconds

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_S = SecondaryStatus

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
        start_ms = self.env.now_ms
        self._outages_ms = [
            (start_ms + milliseconds(each.start), start_ms + milliseconds(each.end))
            for each in world.spot.outages
        ]
        lag = world.runtime_limit_lag
        self._limit_lag_ms = milliseconds(lag.value) if isinstance(lag, Constant) else None
        self.breaks_down = bool(world.internal_errors or world.launches.instance_failure)
        self._outbox: deque[tuple[TrainingJob, int]] = deque()
        self._delivering = False
        self._stepping = False

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
        self.enter(job, _S.Starting, self.edition.messages.starting)
        job.life = Lifecycle(self, job)

    def stop(self, job: TrainingJob) -> None:
        """StopTrainingJob: the status changes at once, the life is told. A second stop is none."""
        history, life = job.history, job.life
        if life is None or history.stop is not None:
            return
        history.ask_to_stop(self.now_ms, Cause.STOP_CALL)
        life.process.interrupt()
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

    def announce(self, job: TrainingJob) -> None:
        """Note that the job has a new entry; the observers are told when the instant is over."""
        if self._stepping and not self._outbox:
            Deadline(self.env, self.now_ms, self.deliver, OUTSIDE)
        self._outbox.append((job, len(job.history.entries) - 1))

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

    def breakdown(self, life: Life, began_ms: int, start_ms: int) -> tuple[int, str]:
        """When something but the container ends the training, and the reason to give."""
        job, world = life.job, self.world
        if life.plan.data_failure is not None:
            return start_ms, life.plan.data_failure
        at_ms = FOREVER_MS
        for error in world.internal_errors:
            if fnmatchcase(job.name, error.name):
                if life.attempt <= error.attempts:
                    at_ms = began_ms + milliseconds(error.after)
                break
        failure = world.launches.instance_failure
        if failure is not None:
            first = (life.attempt - 1) * job.instance_count
            for number in range(first, first + job.instance_count):
                seconds = self.draws.sample(failure, job.name, Purpose.INSTANCE_FAILURE, number)
                at_ms = min(at_ms, began_ms + milliseconds(seconds))
        return at_ms, reasons.INTERNAL

    def upload_allowed(self, job: TrainingJob) -> bool:
        """Whether the world lets the job write to its output path."""
        storage = self.world.storage
        path = job.request.OutputDataConfig.S3OutputPath
        return not storage.prefixes or storage.prefix_for(path).access != "denied"

    def transfer_ms(self, job: TrainingJob, size_bytes: int) -> int:
        """How long so many bytes take to S3; none of them do where it is not allowed."""
        if not self.upload_allowed(job):
            return 0
        rate = self.planner.profile(job.instance_type).upload_rate
        return milliseconds(min(LONGEST, size_bytes / rate))

    def container(self, life: Life, start_ms: int) -> Declared | Scripted:
        """The training container of this attempt."""
        job = life.job
        workload = job.workload
        if workload.run is not None:
            return Scripted(life, workload.run, start_ms)
        works_ms = self.planner.works_ms(job)
        if not (workload.exit_code or workload.memory_bytes):
            return Declared(workload, works_ms, start_ms, life.saved_ms)
        fails_after_ms = None
        if workload.fails_after is not None:
            fails_after_ms = milliseconds(
                self.draws.sample(workload.fails_after, job.name, Purpose.FAILS_AFTER)
            )
        short = workload.memory_bytes > self.instance(job).memory_bytes
        return Declared.failing(
            workload, works_ms, start_ms, life.saved_ms, fails_after_ms, out_of_memory=short
        )
