"""The clock, the scripted calls and the subscribers of a simulation.

Time moves only when it is told to, never backwards, never from inside a callback; what cannot be
is refused and changes nothing. Every transition is told once, in order, to all that subscribed.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jobs_for_tests import course, instances, messages, read, record, request, world

from simjob import ApiError, Simulation, SimulationError, Transition, Workload
from simjob.jobs import Job
from simjob.spec.editions import EDITIONS
from simjob.world import Capacity

START = datetime(2026, 1, 1, tzinfo=UTC)
CPU = "ml.m5.large"
STATUSES = ["Starting", "Downloading", "Training", "Uploading", "Completed"]


@pytest.fixture
def sim() -> Simulation:
    """A simulation of one job, which ends after 450 seconds."""
    sim = Simulation(world())
    sim.create_training_job(**request())
    return sim


def offset(sim: Simulation) -> float:
    """Seconds since the start of the world."""
    return (sim.now - START).total_seconds()


def stop(sim: Simulation, name: str = "job") -> Callable[[], object]:
    """A scripted call that stops a job."""
    return lambda: sim.stop_training_job(TrainingJobName=name)


# Moving the clock.


def test_the_clock_starts_with_the_world_and_moves_by_what_it_is_told() -> None:
    sim = Simulation(world())
    assert sim.now == START
    sim.advance(minutes=5, seconds=1.5)
    assert sim.now == START + timedelta(minutes=5, seconds=1.5)
    sim.advance(timedelta(days=1))
    assert offset(sim) == 86_400 + 301.5
    sim.advance(seconds=0)
    sim.advance(microseconds=400)
    assert offset(sim) == 86_400 + 301.5
    moved = Simulation(world(start=datetime(2026, 1, 1, 2, tzinfo=timezone(timedelta(hours=2)))))
    assert moved.now == START


def test_the_instant_of_arrival_has_been_lived(sim: Simulation) -> None:
    sim.advance(seconds=59.999)
    assert record(sim)["SecondaryStatus"] == "Starting"
    sim.advance(milliseconds=1)
    assert record(sim)["SecondaryStatus"] == "Downloading"
    sim.run(until=START + timedelta(seconds=90))
    assert record(sim)["SecondaryStatus"] == "Training"
    sim.run(until=timedelta(seconds=350))
    assert record(sim)["SecondaryStatus"] == "Uploading"
    sim.run(until=sim.now)
    assert offset(sim) == 440


def test_many_small_steps_are_one_big_one(sim: Simulation) -> None:
    for _ in range(501):
        sim.advance(seconds=1)
    other = Simulation(world())
    other.create_training_job(**request())
    other.advance(seconds=501)
    assert record(sim) == record(other)
    assert sim.now == other.now


@pytest.mark.parametrize(
    ("step", "text"),
    [
        ({"seconds": -1}, "forward only"),
        ({"seconds": -0.001}, "forward only"),
        ({"minutes": 1, "seconds": -61}, "forward only"),
        ({"seconds": float("nan")}, "finite"),
        ({"hours": float("inf")}, "finite"),
        ({"hours": float("-inf")}, "finite"),
        ({"days": 1e12}, "too long"),
        ({"days": 4_000_000}, "beyond the calendar"),
        ({}, "either a timedelta or units"),
    ],
)
def test_impossible_steps_are_refused(sim: Simulation, step: dict[str, float], text: str) -> None:
    sim.advance(seconds=100)
    before = record(sim)
    with pytest.raises(ValueError, match=text):
        sim.advance(**step)
    assert offset(sim) == 100
    assert record(sim) == before
    sim.run()
    assert course(sim) == read("S0 D60 T90 U440 Completed450")


@pytest.mark.parametrize(
    ("until", "error", "text"),
    [
        (timedelta(seconds=-1), ValueError, "forward only"),
        (timedelta.max, ValueError, "beyond the calendar"),
        (datetime(2026, 1, 2), ValueError, "offset from UTC"),  # noqa: DTZ001 - the point
        (START + timedelta(seconds=99), ValueError, "is past"),
        ("nobody", SimulationError, "no job 'nobody'"),
        (5, TypeError, "until must be"),
        (float("nan"), TypeError, "until must be"),
    ],
)
def test_impossible_ends_of_a_run_are_refused(
    sim: Simulation,
    until: Any,  # noqa: ANN401 - wrong types, too
    error: type[Exception],
    text: str,
) -> None:
    sim.advance(seconds=100)
    before = record(sim)
    with pytest.raises(error, match=text):
        sim.run(until=until)
    assert offset(sim) == 100
    assert record(sim) == before


@pytest.mark.parametrize("units", [{"by": timedelta(1)}, {"fortnights": 1}])
def test_unknown_units_are_refused(sim: Simulation, units: dict[str, Any]) -> None:
    with pytest.raises(TypeError):
        sim.advance(**units)
    assert offset(sim) == 0


# Running until something is so.


def test_a_run_ends_when_nothing_is_left(sim: Simulation) -> None:
    sim.run()
    assert offset(sim) == 450
    sim.run()
    assert offset(sim) == 450
    Simulation(world()).run()


def test_a_stopped_job_does_not_drag_the_clock_on() -> None:
    workload = Workload(duration=86_400, on_sigterm="ignore")
    sim = Simulation(world(default_workload=workload))
    sim.create_training_job(**request())
    sim.at(timedelta(seconds=200), stop(sim))
    sim.run()
    assert course(sim) == read("S0 D60 T90 X200 Stopped320")
    assert offset(sim) == 320


def test_a_job_that_waits_for_ever_does_not_hang() -> None:
    sim = Simulation(world(capacity=Capacity(on_demand={CPU: 2})))
    sim.create_training_job(**request("waits", ResourceConfig=instances(3)))
    sim.create_training_job(**request("behind"))
    sim.run()
    assert offset(sim) == 0
    sim.create_training_job(**request("other", ResourceConfig=instances(1, "ml.m5.xlarge")))
    sim.run()
    assert offset(sim) == 450
    assert course(sim, "waits") == course(sim, "behind") == read("S0")
    with pytest.raises(SimulationError, match="waited for 'waits' to end, but nothing is left"):
        sim.run(until="waits")
    sim.stop_training_job(TrainingJobName="waits")
    sim.run()
    assert course(sim, "waits") == read("S0 X450 Stopped450")
    assert course(sim, "behind") == read("S0 D510 T540 U890 Completed900")


def test_a_run_until_a_job_has_ended(sim: Simulation) -> None:
    sim.create_training_job(**request("long", StoppingCondition={"MaxRuntimeInSeconds": 7200}))
    sim.run(until="job")
    assert offset(sim) == 450
    assert sim.jobs["long"].ended, "the instant is lived to its end"
    sim.run(until="job")
    assert offset(sim) == 450


def test_a_run_until_a_predicate_is_true(sim: Simulation) -> None:
    sim.run(until=lambda sim: sim.jobs["job"].secondary_status == "Training")
    assert offset(sim) == 90
    sim.run(until=lambda _: True)
    assert offset(sim) == 90
    with pytest.raises(SimulationError, match="but nothing is left to happen"):
        sim.run(until=lambda _: False)
    assert offset(sim) == 450


def test_a_predicate_that_raises_leaves_a_clock_that_goes_on(sim: Simulation) -> None:
    def predicate(sim: Simulation) -> bool:
        if sim.jobs["job"].secondary_status == "Training":
            raise LookupError("mine")
        return False

    with pytest.raises(LookupError, match="mine"):
        sim.run(until=predicate)
    sim.run()
    assert course(sim) == read("S0 D60 T90 U440 Completed450")


# Scripted calls.


def test_scripted_calls_come_after_all_else_and_in_their_order(sim: Simulation) -> None:
    seen: list[object] = []
    sim.at(timedelta(seconds=60), lambda: seen.append(record(sim)["SecondaryStatus"]))
    sim.at(START + timedelta(seconds=60), lambda: seen.append("second"))
    sim.at(START, lambda: seen.append("now"))
    sim.at(timedelta(seconds=1000), lambda: seen.append(offset(sim)))
    sim.run()
    assert seen == ["now", "Downloading", "second", 1000.0]
    assert offset(sim) == 1000, "a scripted call is something left to happen"


@pytest.mark.parametrize(
    "when",
    [timedelta(seconds=-1), START - timedelta(seconds=1), datetime(2026, 1, 2)],  # noqa: DTZ001
)
def test_impossible_instants_are_refused(sim: Simulation, when: datetime | timedelta) -> None:
    with pytest.raises(ValueError, match=r"forward only|is past|offset from UTC"):
        sim.at(when, lambda: None)
    sim.run()
    assert offset(sim) == 450


def test_a_scripted_call_that_raises_is_heard_and_the_clock_goes_on(sim: Simulation) -> None:
    sim.at(timedelta(seconds=100), lambda: 1 // 0)
    sim.at(timedelta(seconds=100), stop(sim))
    with pytest.raises(ZeroDivisionError):
        sim.run()
    assert offset(sim) == 100
    sim.run()
    assert course(sim) == read("S0 D60 T90 X100 Stopped100")


def test_no_callback_may_move_the_clock(sim: Simulation) -> None:
    refused: list[str] = []

    def meddle(*_: object) -> bool:
        for move in (
            lambda: sim.advance(seconds=1),
            sim.run,
            lambda: sim.run(until="job"),
            lambda: sim.run(until=timedelta(1)),
        ):
            with pytest.raises(SimulationError, match="a callback may not move it"):
                move()
            refused.append(record(sim)["SecondaryStatus"])
        return False

    sim.subscribe(meddle)
    sim.at(timedelta(seconds=70), meddle)
    sim.run()
    assert refused == [
        status for status in ("Downloading", "Downloading", *STATUSES[2:]) for _ in range(4)
    ]
    assert course(sim) == read("S0 D60 T90 U440 Completed450")


def test_calls_from_inside_callbacks() -> None:
    sim = Simulation(world())
    seen: list[tuple[str, str, float]] = []

    def follow(transition: Transition) -> None:
        name, status = transition.job.name, transition.status
        seen.append((name, status, offset(sim)))
        assert record(sim, name)["SecondaryStatus"] == status
        assert len(sim.list_training_jobs()["TrainingJobSummaries"]) == len(sim.jobs)  # type: ignore[arg-type]
        if (name, status) == ("first", "Training"):
            sim.create_training_job(**request("second"))
            with pytest.raises(ApiError):
                sim.create_training_job(**request("second"))
        if (name, status) == ("second", "Downloading"):
            sim.stop_training_job(TrainingJobName="second")
        if status == "Completed":
            with pytest.raises(ApiError):
                sim.stop_training_job(TrainingJobName=name)

    sim.subscribe(follow)
    sim.create_training_job(**request("first"))
    assert seen == [("first", "Starting", 0)]
    sim.run()
    assert seen == [
        ("first", "Starting", 0),
        ("first", "Downloading", 60),
        ("first", "Training", 90),
        ("second", "Starting", 90),
        ("second", "Downloading", 150),
        ("second", "Stopping", 150),
        ("second", "Stopped", 150),
        ("first", "Uploading", 440),
        ("first", "Completed", 450),
    ]


# Subscribers.


def test_every_transition_is_told_once_and_in_order() -> None:
    for edition in ("documented", "live", "retired"):
        sim = Simulation(world(capacity=Capacity(on_demand={CPU: 2})), edition=edition)
        told: dict[str, list[tuple[str, float]]] = {}

        def note(transition: Transition, told: dict[str, Any] = told) -> None:
            after = round((transition.at - START).total_seconds(), 3)
            told.setdefault(transition.job.name, []).append((transition.status.value, after))

        sim.subscribe(note)
        for number in range(6):
            sim.create_training_job(**request(f"job-{number}"))
        for number, after in ((0, 50), (1, 200), (2, 200), (3, 445)):
            sim.at(timedelta(seconds=after), stop(sim, f"job-{number}"))
        sim.run()
        assert told == {name: course(sim, name) for name in sim.jobs}


def by_instant(told: list[tuple[str, str, float]]) -> list[tuple[str, str, float]]:
    """What was told, at one instant job by job."""
    return sorted(told, key=lambda each: (each[2], each[0]))


@given(
    edition=st.sampled_from(sorted(EDITIONS)),
    since=st.integers(0, 500),
    stopped=st.none() | st.integers(0, 500),
    exit_code=st.sampled_from([0, 1]),
)
def test_who_comes_later_hears_what_comes_later(
    edition: str, since: int, stopped: int | None, exit_code: int
) -> None:
    """And a run until a predicate is true sees every status at the instant at which it begins.

    Only which of two jobs is told of first at one instant is not laid down.
    """

    def lived() -> Simulation:
        work = Workload(duration=300, exit_code=exit_code)
        sim = Simulation(world(default_workload=work), edition=edition)
        for name in ("job", "other"):
            sim.create_training_job(**request(name))
        if stopped is not None:
            sim.at(
                timedelta(seconds=stopped), lambda: None if sim.jobs["job"].ended else stop(sim)()
            )
        return sim

    def listen(sim: Simulation) -> list[tuple[str, str, float]]:
        told: list[tuple[str, str, float]] = []
        sim.subscribe(lambda each: told.append((each.job.name, each.status.value, offset(sim))))
        return told

    sim = lived()
    every = listen(sim)
    sim.run()
    sim = lived()
    sim.advance(seconds=since)
    late = listen(sim)
    sim.run()
    assert by_instant(late) == by_instant([each for each in every if each[2] > since])
    for name, status, at in dict.fromkeys(late):
        if at == next(at for n, s, at in every if (n, s) == (name, status)):
            sim = lived()
            sim.advance(seconds=since)
            sim.run(until=lambda sim, n=name, s=status: seen(sim, n, s))
            assert offset(sim) == at


def seen(sim: Simulation, name: str, status: str) -> bool:
    """Whether the job has been in that status."""
    return any(phase.status == status for phase in sim.jobs[name].history)


def test_a_call_by_hand_is_told_before_it_returns(sim: Simulation) -> None:
    told: list[str] = []
    sim.subscribe(lambda transition: told.append(f"{transition.job.name} {transition.message}"))
    sim.advance(seconds=100)
    sim.stop_training_job(TrainingJobName="job")
    assert told[-1] == "job Stopping the training job"
    sim.create_training_job(**request("next"))
    assert told[-1] == "next Starting the training job"
    assert messages(sim)[-1] == "Stopping the training job"


def test_subscribers_in_their_order_and_until_they_leave(sim: Simulation) -> None:
    told: list[str] = []
    leave_first = sim.subscribe(lambda _: told.append("first"))
    leave_second = sim.subscribe(lambda _: told.append("second"))
    sim.advance(seconds=60)
    assert told == ["first", "second"]
    leave_first()
    leave_first()
    sim.advance(seconds=30)
    assert told == ["first", "second", "second"]
    leave_second()
    sim.run()
    assert told == ["first", "second", "second"]


def test_a_subscriber_that_raises_is_heard_and_nothing_is_lost(sim: Simulation) -> None:
    told: list[str] = []

    def refuse(transition: Transition) -> None:
        if transition.status == "Training":
            raise LookupError("mine")

    sim.subscribe(refuse)
    sim.subscribe(lambda transition: told.append(transition.status.value))
    with pytest.raises(LookupError, match="mine") as error:
        sim.run()
    assert error.value.__notes__ == ["raised by a subscriber, told that 'job' is Training"]
    assert offset(sim) == 90
    assert told == ["Downloading", "Training"]
    sim.run()
    assert told == STATUSES[1:]
    assert course(sim) == read("S0 D60 T90 U440 Completed450")


def test_a_subscriber_that_raises_at_a_call_by_hand() -> None:
    sim = Simulation(world())

    def refuse(_: Transition) -> None:
        raise LookupError("mine")

    leave = sim.subscribe(refuse)
    with pytest.raises(LookupError, match="mine"):
        sim.create_training_job(**request())
    leave()
    sim.run()
    assert course(sim) == read("S0 D60 T90 U440 Completed450")


def test_the_event_of_a_transition(sim: Simulation) -> None:
    events: list[dict[str, Any]] = []
    sim.subscribe(lambda transition: events.append(transition.event))
    sim.advance(seconds=60)
    detail = events[0]["detail"]
    assert detail["SecondaryStatus"] == "Downloading"
    assert detail["CreationTime"] == 1_767_225_600_000
    assert detail["TrainingStartTime"] == 1_767_225_660_000
    assert detail["SecondaryStatusTransitions"][0]["EndTime"] == 1_767_225_660_000
    assert events[0]["time"] == "2026-01-01T00:01:00Z"
    assert events[0]["resources"] == [sim.jobs["job"].arn]


def test_calls_by_hand_are_told_in_order_and_may_not_move_the_clock_either() -> None:
    sim = Simulation(world())
    told: list[str] = []

    def create(transition: Transition) -> None:
        told.append(f"first hears of {transition.job.name}")
        if transition.job.name == "one":
            sim.create_training_job(**request("two"))
            with pytest.raises(SimulationError, match="a callback may not move it"):
                sim.run()

    sim.subscribe(create)
    sim.subscribe(lambda transition: told.append(f"second hears of {transition.job.name}"))
    sim.create_training_job(**request("one"))
    assert told == [
        "first hears of one",
        "second hears of one",
        "first hears of two",
        "second hears of two",
    ]


# Who hears of ends only.


@pytest.mark.parametrize("edition", sorted(EDITIONS))
def test_every_end_is_told_once_at_its_instant_and_wakes_nobody_before(edition: str) -> None:
    def lived(listen: Callable[[Simulation], object]) -> tuple[Simulation, int]:
        sim = Simulation(world(capacity=Capacity(on_demand={CPU: 2})), edition=edition)
        listen(sim)
        for number in range(5):
            sim.create_training_job(**request(f"job-{number}"))
        sim.at(timedelta(seconds=50), stop(sim, "job-0"))
        sim.at(timedelta(seconds=200), stop(sim, "job-1"))
        sim.stop_training_job(TrainingJobName="job-4")
        sim.run()
        return sim, next(sim._engine.env._eid)

    told: list[tuple[str, str, float]] = []
    sim, events = lived(
        lambda sim: sim.on_end(
            lambda job: told.append((job.name, job.secondary_status.value, offset(sim)))
        )
    )
    assert sorted(told) == [(name, *course(sim, name)[-1]) for name in sim.jobs]
    _, unheard = lived(lambda _: None)
    assert events - unheard <= len(told)
    _, watched = lived(lambda sim: sim.subscribe(lambda _: None))
    assert watched > events


def test_ends_are_told_after_their_transition_until_one_leaves(sim: Simulation) -> None:
    told: list[str] = []
    leave = sim.on_end(lambda job: told.append(f"{job.name} ended {job.status}"))
    sim.subscribe(lambda each: told.append(each.status.value))
    sim.run()
    assert told == [*STATUSES[1:], "job ended Completed"]
    leave()
    leave()
    sim.create_training_job(**request("next"))
    sim.run()
    assert told[-1] == "Completed"


def test_an_end_by_hand_is_told_before_the_call_returns() -> None:
    gpu = "ml.p3.2xlarge"
    sim = Simulation(world(capacity=Capacity(on_demand={gpu: 0})), edition="live")
    sim.create_training_job(**request(ResourceConfig=instances(kind=gpu)))
    told: list[str] = []
    sim.on_end(lambda job: told.append(job.secondary_status.value))
    sim.advance(seconds=5)
    assert told == []
    sim.stop_training_job(TrainingJobName="job")
    assert told == ["Stopped"]


def test_who_hears_of_an_end_may_create_the_next_job_and_run_goes_on(sim: Simulation) -> None:
    def next_one(job: Job) -> None:
        if len(sim.jobs) < 3:
            sim.create_training_job(**request(f"{job.name}-again"))

    sim.on_end(next_one)
    sim.run()
    assert offset(sim) == 3 * 450


def test_one_who_hears_of_ends_and_raises_is_heard_and_nothing_is_lost(sim: Simulation) -> None:
    told: list[str] = []

    def refuse(_: Job) -> None:
        raise LookupError("mine")

    sim.on_end(refuse)
    sim.on_end(lambda job: told.append(job.name))
    with pytest.raises(LookupError, match="mine") as error:
        sim.run()
    assert error.value.__notes__ == [
        "raised by one who hears of ends, told that 'job' has ended",
    ]
    assert told == ["job"]
    with pytest.raises(TypeError, match="who hears of ends must be callable, is 5"):
        sim.on_end(5)  # type: ignore[arg-type]
