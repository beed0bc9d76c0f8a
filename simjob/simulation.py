"""The front door: one simulation, its clock, its calls and its jobs.

Everything here forwards: calls to the control plane, time to the engine, sight to the views. The
order at one instant is fixed: first everything that happens by itself, then scripted calls and
subscribers, in the order in which they were asked for.
"""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

import attrs

from simjob.branching import branch
from simjob.engine.clock import Clock
from simjob.engine.engine import Engine, Observer
from simjob.engine.job import TrainingJob
from simjob.events import Delivery, Handler
from simjob.jobs import Job, Jobs, Transition
from simjob.journal import Journal
from simjob.moments import SimulationError, epoch_seconds, later, past_ms, reachable_ms, step_of
from simjob.service import ControlPlane
from simjob.spec.editions import Edition
from simjob.spec.editions import edition as edition_of
from simjob.views.record import Reply
from simjob.views.shown import Shown
from simjob.views.words import overview
from simjob.world import World
from simjob.world.draws import Draws

Subscriber = Callable[[Transition], object]
Places = dict[tuple[str, str], "Simulation"]
"""The simulations that share a clock, by account and region."""
Until = datetime | timedelta | str | Callable[["Simulation"], bool]


class Simulation(Shown):
    """Training jobs of one account and region on a virtual clock.

    Args:
        world: what the simulated surroundings are like; by default calm and without limits.
        seed: any whole number. The same world, seed and calls give the same bytes.
        edition: "documented" (the page to the letter), "live" or "retired".

    Several threads may use one simulation: `lock` is held while its clock moves and while a call
    takes effect; hold it around what must be seen at one instant.

    The calls take the keyword arguments of boto3 and return its replies on the wire form: new
    dicts of plain values, times as epoch seconds. All of them raise `ApiError` when the service
    would refuse, and then nothing has changed.

    >>> sim = Simulation()
    >>> _ = sim.create_training_job(
    ...     TrainingJobName="a",
    ...     AlgorithmSpecification={"TrainingImage": "image", "TrainingInputMode": "File"},
    ...     RoleArn="arn:aws:iam::123456789012:role/training",
    ...     OutputDataConfig={"S3OutputPath": "s3://bucket/out"},
    ...     ResourceConfig={
    ...         "InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 10
    ...     },
    ...     StoppingCondition={"MaxRuntimeInSeconds": 3600},
    ... )
    >>> sim.run()
    >>> sim.describe_training_job(TrainingJobName="a")["TrainingJobStatus"]
    'Completed'
    """

    def __init__(
        self, world: World | None = None, *, seed: int = 0, edition: str | Edition = "documented"
    ) -> None:
        if not isinstance(world, World | None):
            raise TypeError(f"world must be a simjob.World, is {type(world).__name__}")
        world = World() if world is None else world
        self._settle(world, seed, edition_of(edition), {}, Journal(Clock(world.start)))

    def _settle(
        self, world: World, seed: int, edition: Edition, places: Places, journal: Journal
    ) -> None:
        """Take one's place among the simulations that share a clock."""
        self.world = world
        self.seed = seed
        self.edition = edition
        place = f"{world.account}/{world.region}" if places else ""
        self._places = places
        self._places[world.account, world.region] = self
        self._engine = Engine(world, edition, seed, journal.clock, place)
        self._journal = journal
        self._plane = ControlPlane(self._engine, journal)
        self.jobs = Jobs(self._plane.jobs, self._engine)

    def elsewhere(self, *, region: str | None = None, account: str | None = None) -> "Simulation":
        """The simulation of another account or region on the same clock; the same at every call.

        What is left out is as here. Everything else of the world, the seed and the edition are as
        here, too; jobs and their luck, capacity, quotas and subscribers are its own. Whichever of
        them moves the clock, all of them live.

        Raises:
            ValueError: no such region or account can be.

        >>> sim = Simulation()
        >>> ireland = sim.elsewhere(region="eu-west-1")
        >>> sim.advance(hours=1)
        >>> ireland.now == sim.now, ireland.elsewhere(region=sim.world.region) is sim
        (True, True)
        """
        region = self.world.region if region is None else region
        account = self.world.account if account is None else account
        known = self._places.get((account, region))
        if known is not None:
            return known
        there = type(self).__new__(type(self))
        world = attrs.evolve(self.world, region=region, account=account)
        there._settle(world, self.seed, self.edition, self._places, self._journal)  # noqa: SLF001 - of the same class
        return there

    def branch(self) -> "Simulation":
        """Another simulation that goes on from this instant by itself: stop now, or wait?

        It has the same world, seed and places, the same jobs with the same records, byte by byte,
        and a clock of its own; what is done to one of the two from now on is not done to the other.
        It is made by making all calls again, so it costs what the simulation has cost so far.
        What is the caller's own code is not taken along: scripted calls to come (`at`),
        subscribers and handlers. Generator workloads are run again from their beginnings, and
        should depend on nothing but their container.

        May be called between two moves of the clock, and in a scripted call, a subscriber or a
        handler.

        Raises:
            SimulationError: a generator workload, or a condition of `run` in mid-flight, has called
                the API, or is calling now.

        >>> sim = Simulation()
        >>> sim.advance(hours=1)
        >>> other = sim.branch()
        >>> other.advance(hours=1)
        >>> other.now - sim.now
        datetime.timedelta(seconds=3600)
        """
        with self.lock:
            return branch(self)

    def __repr__(self) -> str:
        return (
            f"<Simulation at {self.now.isoformat()}, {len(self.jobs)} jobs, "
            f"edition {self.edition.name}, seed {self.seed}>"
        )

    def __str__(self) -> str:
        with self.lock:
            return overview(self)

    # The API.

    def create_training_job(self, /, *, launched_by: str | None = None, **request: object) -> Reply:
        """CreateTrainingJob.

        `launched_by` is no member of the request: the ARN of a hyperparameter tuning job or a
        labeling job, which then stands in the job's record as TuningJobArn or LabelingJobArn.
        """
        return self._call(lambda: self._plane.create(request, launched_by))

    def describe_training_job(
        self, /, *, as_of: datetime | None = None, **request: object
    ) -> Reply:
        """DescribeTrainingJob: the record as it is now. Reading moves neither time nor state.

        `as_of` is no member of the request: an earlier instant, as of which a reply that is out
        of date would answer.
        """
        return self._plane.describe(request, self._past_ms(as_of))

    def stop_training_job(self, /, **request: object) -> Reply:
        """StopTrainingJob: the status changes at once, the end comes by its course."""
        return self._call(lambda: self._plane.stop(request))

    def update_training_job(self, /, **request: object) -> Reply:
        """UpdateTrainingJob, which only the live edition knows: of jobs that are InProgress."""
        return self._call(lambda: self._plane.update(request))

    def delete_training_job(self, /, **request: object) -> Reply:
        """DeleteTrainingJob, which only the live edition knows: of jobs that have ended.

        The job is in `jobs` no more, but in `deleted`; its name may be given again.
        """
        return self._call(lambda: self._plane.delete(request))

    def search(self, /, **request: object) -> Reply:
        """Search, over training jobs; `Tags`, `Metrics` and `HyperParameters` by their names.

        >>> Simulation().search(Resource="TrainingJob")
        {'Results': []}
        """
        return self._plane.search(request)

    def list_training_jobs(self, /, *, as_of: datetime | None = None, **request: object) -> Reply:
        """ListTrainingJobs; the time filters take `datetime` too, `as_of` is as in a Describe."""
        wanted = {name: epoch_seconds(value) for name, value in request.items()}
        return self._plane.list(wanted, self._past_ms(as_of))

    def add_tags(self, /, **request: object) -> Reply:
        """AddTags, for the ARN of a training job."""
        return self._call(lambda: self._plane.add_tags(request))

    def list_tags(self, /, **request: object) -> Reply:
        """ListTags, for the ARN of a training job."""
        return self._plane.list_tags(request)

    def delete_tags(self, /, **request: object) -> Reply:
        """DeleteTags, for the ARN of a training job."""
        return self._call(lambda: self._plane.delete_tags(request))

    @property
    def deleted(self) -> tuple[Job, ...]:
        """The jobs that DeleteTrainingJob has removed, in that order: logs and bills outlive them.

        A name may be there more than once.
        """
        return tuple(Job(job, self._engine) for job in self._plane.deleted)

    def _call(self, call: Callable[[], Reply]) -> Reply:
        """A call that changes something: who subscribes is told before it returns."""
        with self.lock:
            self._journal.called()
            reply = call()
            if not self._engine.clock.busy:
                self._engine.clock.deliver()
            return reply

    # Pictures.

    def to_html(self) -> str:
        """A page that plays what has happened until now, as text: one HTML file for a browser.

        It loads nothing, is at most 1 MB and the same for the same simulation. `pictures.player`
        tells what it holds.
        """
        from simjob.pictures.player import page  # noqa: PLC0415 - an edge, which knows this file

        return page(self)

    # The clock.

    @property
    def now(self) -> datetime:
        """The present instant, virtual (UTC)."""
        return self._engine.clock.now

    @property
    def now_ms(self) -> int:
        """The present instant in whole milliseconds since the epoch."""
        return self._engine.now_ms

    @property
    def draws(self) -> Draws:
        """The random numbers of this place; ask for them with `lock` held."""
        return self._engine.draws

    @property
    def lock(self) -> threading.RLock:
        """Held while the clock moves and while a call takes effect, in all places of the clock."""
        return self._engine.clock.lock

    @property
    def moving(self) -> bool:
        """Whether the clock is moving: whoever holds `lock` is inside one of its callbacks."""
        return self._engine.clock.busy

    @property
    def at_rest(self) -> bool:
        """Whether nothing is left to happen: `run()` would do nothing, whatever still waits.

        >>> Simulation().at_rest
        True
        """
        return not self._engine.clock.awaited

    def advance_to_ms(self, at_ms: int) -> None:
        """Move the clock to that many milliseconds since the epoch, as `advance` does.

        Raises:
            ValueError: an instant that is past.
            SimulationError: called from inside a callback.
        """
        with self.lock:
            self._not_inside()
            if at_ms < self._engine.now_ms:
                raise ValueError(f"the clock stands at {self.now_ms} ms, {at_ms} ms is past")
            self._engine.clock.run_to(at_ms)

    def advance(self, by: timedelta | None = None, /, **units: float) -> None:
        """Move the clock by `by`, or by units as `timedelta` takes them, and live that time.

        What happens at the instant of arrival has happened when this returns. Whole milliseconds.

        Raises:
            ValueError: a negative or impossible step.
            SimulationError: called from inside a callback.

        >>> sim = Simulation()
        >>> sim.advance(minutes=5)
        >>> sim.now.isoformat()
        '2026-01-01T00:05:00+00:00'
        """
        with self.lock:
            self._run_to(later(self.now, step_of(by, units)))

    def run(self, until: Until | None = None) -> None:
        """Let time pass until nothing is left to happen, or until something is so.

        Nothing is left to happen when no job and no scripted call can move any more by itself. A
        job that waits for capacity which nobody will give back waits on.

        Args:
            until: an instant, a span from now, the name of a job (until it has ended), or a
                function of this simulation (until it is true; asked after every event).

        Raises:
            ValueError: an instant that is past, or one without an offset.
            SimulationError: called from inside a callback, an unknown job, or nothing is left to
                happen and what was waited for has not come.
        """
        with self.lock:
            if until is None:
                self._not_inside()
                self._engine.clock.run_dry()
            elif isinstance(until, timedelta):
                self._run_to(later(self.now, step_of(until, {})))
            elif isinstance(until, datetime):
                self._run_to(until)
            elif isinstance(until, str):
                ended = self._ended(until)
                self._not_inside()
                self._engine.clock.run_dry(lambda: not ended())
                self._reached(ended, f"{until!r} to end")
            elif callable(until):
                self._not_inside()
                for place in tuple(self._places.values()):
                    place._engine.attend(place._plane.jobs.values())  # noqa: SLF001 - as above
                self._engine.clock.run_watched(lambda: not until(self))
                self._reached(lambda: until(self), f"{until!r} to be true")
            else:
                raise TypeError(
                    f"until must be an instant, a span, a name or a function, is {until!r}"
                )

    def at(self, when: datetime | timedelta, call: Callable[[], object]) -> None:
        """Have `call` called at that instant, or after that span, when the clock gets there.

        Raises:
            ValueError: an instant that is past, or one without an offset.
            TypeError: `when` is no instant and no span, or `call` cannot be called.
        """
        if not callable(call):
            raise TypeError(f"a scripted call must be callable, is {call!r}")
        instant = later(self.now, when) if isinstance(when, timedelta) else when
        self._engine.clock.call_at(reachable_ms(self._engine.clock, instant), call)

    def subscribe(self, subscriber: Subscriber) -> Callable[[], None]:
        """Have `subscriber` called with every `Transition` from now on; returns how to end that.

        It is called when everything else of that instant has happened, and may call the API; it
        may not move the clock. If it raises, all other subscribers are still told, and the error
        comes out of whatever moved the clock, or out of the call that created or stopped the job,
        which has taken effect all the same; the simulation can go on from there.

        Raises:
            TypeError: `subscriber` cannot be called.
        """
        if not callable(subscriber):
            raise TypeError(f"a subscriber must be callable, is {subscriber!r}")

        def observer(job: TrainingJob, place: int) -> None:
            try:
                subscriber(Transition(Job(job, self._engine), place))
            except Exception as error:
                status = job.history.entries[place].status
                error.add_note(f"raised by a subscriber, told that {job.name!r} is {status}")
                raise

        return self._observe(observer)

    def on_end(self, callback: Callable[[Job], object]) -> Callable[[], None]:
        """Have `callback` called with every job that ends from now on; returns how to end that.

        Once for each job, when it has reached the status that it never leaves and everything else
        of that instant has happened. What is told of subscribers holds here, too; this is cheaper,
        for nobody is woken where a phase begins.

        Raises:
            TypeError: `callback` cannot be called.

        >>> sim = Simulation()
        >>> stop = sim.on_end(lambda job: print(f"{job.name} is {job.status}"))
        """
        if not callable(callback):
            raise TypeError(f"who hears of ends must be callable, is {callback!r}")

        def observer(job: TrainingJob) -> None:
            try:
                callback(Job(job, self._engine))
            except Exception as error:
                error.add_note(f"raised by one who hears of ends, told that {job.name!r} has ended")
                raise

        observers = self._engine.end_observers
        observers.append(observer)

        def end() -> None:
            if observer in observers:
                observers.remove(observer)

        return end

    def on_event(self, handler: Handler) -> Callable[[], None]:
        """Have `handler(event, context)` called as a Lambda function is by EventBridge.

        It gets the event of every change from now on, new at every call, after the delay that
        the world's `events` say; perhaps twice, with the same id, and perhaps out of order, if
        they say so. `run` waits for events under way. The handler may call the API; it may not
        move the clock, and so cannot sleep, use a waiter, or have a client retry with a back-off
        (`SimulationError`). What it returns goes nowhere. If it raises, the error comes out of
        whatever moved the clock, which can go on from there; it is not called again for that
        event, as Lambda would do (twice), for a test wants to see the error.

        Returns:
            How to end this; events under way are then dropped.

        Raises:
            TypeError: `handler` cannot be called.

        >>> sim = Simulation()
        >>> stop = sim.on_event(lambda event, context: print(event["detail"]["TrainingJobName"]))
        """
        if not callable(handler):
            raise TypeError(f"a handler must be callable, is {handler!r}")
        delivery = Delivery(self._engine, handler)
        end = self._observe(delivery)

        def end_delivery() -> None:
            delivery.ended = True
            end()

        return end_delivery

    def _observe(self, observer: Observer) -> Callable[[], None]:
        self._engine.attend(self._plane.jobs.values())
        self._engine.observers.append(observer)

        def unsubscribe() -> None:
            if observer in self._engine.observers:
                self._engine.observers.remove(observer)

        return unsubscribe

    def _ended(self, name: str) -> Callable[[], bool]:
        if name not in self._plane.jobs:
            raise SimulationError(f"there is no job {name!r} to wait for")
        history = self._plane.jobs[name].history
        return lambda: history.ended

    def _reached(self, reached: Callable[[], bool], what: str) -> None:
        if not reached():
            raise SimulationError(
                f"waited for {what}, but nothing is left to happen at {self.now.isoformat()}"
            )

    def _run_to(self, instant: datetime) -> None:
        self._not_inside()
        self._engine.clock.run_to(reachable_ms(self._engine.clock, instant))

    def _past_ms(self, as_of: datetime | None) -> int | None:
        return None if as_of is None else past_ms(self._engine.clock, as_of)

    def _not_inside(self) -> None:
        if self._engine.clock.busy:
            raise SimulationError("the clock is moving: a callback may not move it again")
