"""The engine: where the jobs of one account and region live.

It answers what a life asks of the world, and tells observers. It knows no API: requests arrive
here validated, and leave as histories. How time passes is told in `clock`.
"""

from collections.abc import Callable, Iterable
from fnmatch import fnmatchcase
from functools import partial
from operator import attrgetter
from typing import TypeVarTuple

from simjob.engine.clock import Clock, epoch_ms
from simjob.engine.course import Courses
from simjob.engine.fleet import Fleet
from simjob.engine.history import Attempt, Legs, Updates
from simjob.engine.job import TrainingJob
from simjob.engine.kernel import FOREVER_MS, NORMAL, Deadline
from simjob.engine.life import Life
from simjob.engine.lifecycle import Lifecycle
from simjob.engine.market import Market
from simjob.engine.plan import Planner
from simjob.engine.warm import WarmPools
from simjob.spec.editions import Edition
from simjob.spec.instances import InstanceType
from simjob.spec.statuses import Cause, SecondaryStatus
from simjob.world import Constant, World
from simjob.world.draws import Draws, Purpose
from simjob.world.durations import milliseconds

_S = SecondaryStatus
_STARTING = _S.Starting

_Told = TypeVarTuple("_Told")
Observer = Callable[[TrainingJob, int], None]
"""Called with a job and the place of the entry in its history that was just made."""
EndObserver = Callable[[TrainingJob], None]
"""Called with a job that has just ended."""


class Engine:
    """All that lives in one account and region.

    `clock` may be shared with others; `place` then tells their luck apart.
    """

    def __init__(
        self,
        world: World,
        edition: Edition,
        seed: int,
        clock: Clock | None = None,
        place: str = "",
    ) -> None:
        self.world = world
        self.edition = edition
        self.draws = Draws(seed, place)
        self.clock = Clock(world.start) if clock is None else clock
        self.env = self.clock.env
        self.fleet = Fleet(self.env, world.capacity)
        self.warm = WarmPools(self.clock, self.fleet)
        self.observers: list[Observer] = []
        self.end_observers: list[EndObserver] = []
        self._counts = bool(world.quotas.on_demand or world.quotas.spot)
        self._in_use: dict[tuple[str, bool], int] = {}
        self.planner = Planner(world, edition, self.draws)
        self.courses = Courses(world, edition, self.draws, self.planner)
        self.market = Market(world.spot, self.draws, epoch_ms(world.start))
        lag = world.runtime_limit_lag
        self._limit_lag_ms = milliseconds(lag.value) if isinstance(lag, Constant) else None
        self.breaks_down = bool(world.internal_errors or world.launches.instance_failure)

    # The present instant in milliseconds since the epoch; an attrgetter spares a frame.
    now_ms: int = property(attrgetter("env._now"))  # type: ignore[assignment]

    # What may be asked of a job.

    def submit(self, job: TrainingJob) -> None:
        """Let a job begin its life now."""
        self.clock.live += 1
        if self._counts:
            self._count(job, job.asked.instance_count)
        self.enter(job, _STARTING, self.edition.messages.starting)
        self.clock.on_moving(partial(self._bear, job))

    def _bear(self, job: TrainingJob) -> None:
        job.life = Lifecycle(self, job)

    def stop(self, job: TrainingJob) -> None:
        """StopTrainingJob: the status changes at once, the life is told. A second stop is none."""
        self.clock.quicken()
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
        key = (job.asked.instance_type, job.asked.spot)
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
        if self.observers or self.clock.watched:
            self._begin(job)
            self._herald(job)

    def attend(self, jobs: Iterable[TrainingJob]) -> None:
        """Somebody watches from now on: the legs that jobs have before them are events, too."""
        for job in jobs:
            if not self.observers:
                # In a run that is watched, what has begun is written, and the rest is to be told.
                history = job.history
                begun = history.entries if self.clock.watched else history.until(self.now_ms)
                job.told = len(begun)
            self._herald(job)

    def _herald(self, job: TrainingJob) -> None:
        """Make every leg that lies before a job an event, once."""
        history, life = job.history, job.life
        if life is None or life.heralded:
            return
        life.heralded = True
        for leg in history.legs:
            at_ms = history.course_ms + leg.after_ms
            if at_ms > self.now_ms:
                Deadline(self.env, at_ms, partial(self._begin, job), NORMAL)

    def _begin(self, job: TrainingJob, _: object = None) -> None:
        """A leg has begun, if nothing has ended the course before."""
        job.history.reach(self.env.now_ms)
        if self.observers:
            self.announce(job)

    def announce(self, job: TrainingJob) -> None:
        """Note what the observers have not been told of; they are when the instant is over."""
        places = range(job.told, len(job.history.until(self.now_ms)))
        if not places:
            return
        for place in places:
            self.clock.tell(partial(self._tell, self.observers, job, place))
        job.told = places.stop

    def end(self, job: TrainingJob, status: SecondaryStatus, message: str | None = None) -> None:
        """Let a job enter the status that it never leaves; the status has its usual message."""
        self.clock.live -= 1
        if self._counts:
            self._count(job, -job.asked.instance_count)
        job.life = None
        self.enter(job, status, message or self.edition.messages.terminal[status])
        if self.end_observers:
            self.clock.tell(partial(self._tell, self.end_observers, job))

    @staticmethod
    def _tell(observers: list[Callable[[*_Told], None]], *told: *_Told) -> Exception | None:
        """Tell all observers; the first error that one raises is returned.

        A note on it says which observer it was and what it was told.
        """
        first: Exception | None = None
        for observer in tuple(observers):
            try:
                observer(*told)
            except Exception as error:  # noqa: BLE001 - raised when all have been told
                first = first or error
        return first

    # What a life asks of the world.

    def instance(self, job: TrainingJob) -> InstanceType:
        """The facts of the job's instance type."""
        return self.planner.profile(job.asked.instance_type).instance

    def role_denied(self, job: TrainingJob) -> bool:
        """Whether the world denies the job's role what it needs."""
        role = job.request.RoleArn
        return any(fnmatchcase(role, pattern) for pattern in self.world.denied_roles)

    def give_up_ms(self, job: TrainingJob, attempt: int) -> int:
        """Until when the job waits for capacity."""
        patience = self.world.capacity.give_up_after
        if patience is None:
            return FOREVER_MS
        seconds = self.draws.sample(patience, job.luck, Purpose.GIVE_UP, attempt)
        return self.now_ms + milliseconds(seconds)

    def outage_end_ms(self, job: TrainingJob) -> int | None:
        """When the outage of the spot market ends that hinders the job now, if there is one."""
        return self.market.down_until_ms(self.now_ms) if job.asked.spot else None

    def interruption_ms(self, job: TrainingJob, attempt: Attempt, ready_ms: int) -> int:
        """When the market takes back the instances of an attempt that are ready then."""
        at_ms = self.market.down_from_ms(attempt.zone, attempt.granted_ms, ready_ms)
        uptime = self.world.spot.uptime
        if uptime is not None:
            seconds = self.draws.sample(uptime, job.luck, Purpose.INTERRUPTION, attempt.number)
            # Not at the instant of the launch itself, or the clock might never move.
            at_ms = min(at_ms, ready_ms + max(1, milliseconds(seconds)))
        return at_ms

    def interrupted_ms(self, job: TrainingJob, attempt: int) -> int:
        """How long the job stays Interrupted."""
        interrupted = self.world.spot.interrupted
        return milliseconds(self.draws.sample(interrupted, job.luck, Purpose.INTERRUPTED, attempt))

    def limit_lag_ms(self, job: TrainingJob) -> int:
        """By how much the runtime limit is enforced late."""
        if self._limit_lag_ms is not None:
            return self._limit_lag_ms
        lag = self.world.runtime_limit_lag
        return milliseconds(self.draws.sample(lag, job.luck, Purpose.LIMIT_LAG))

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
            first = (attempt - 1) * job.asked.instance_count
            for number in range(first, first + job.asked.instance_count):
                seconds = self.draws.sample(failure, job.luck, Purpose.INSTANCE_FAILURE, number)
                at_ms = min(at_ms, began_ms + milliseconds(seconds))
        return at_ms
