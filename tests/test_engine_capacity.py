"""The courses of waiting for capacity and of spot interruptions, in each edition.

The short notation and the constants of the world are explained in `jobs_for_tests`.
"""

from datetime import timedelta

import pytest
from jobs_for_tests import (
    course,
    instances,
    messages,
    read,
    record,
    request,
    simulate,
    spot,
    world,
)

from simjob import Simulation, Workload, WorkloadRule
from simjob.world import Capacity, Constant, Outage, SpotMarket

NO_CAPACITY = "Insufficient capacity error from EC2 while launching instances, retrying!"
PREPARING = "Preparing the instances for training"
GIVEN_UP = (
    "CapacityError: Unable to provision requested ML compute capacity. "
    "Please retry using a different ML instance type."
)
CPU = "ml.m5.large"
GPU = "ml.p3.2xlarge"


def gpu(name: str, count: int = 1) -> dict[str, object]:
    """A request for accelerated instances."""
    return request(name, ResourceConfig=instances(count, GPU))


# Waiting for capacity.


def test_jobs_are_served_in_the_order_of_their_arrival() -> None:
    """Two instances; the wide job of 2 waits, and the small ones behind it do not overtake."""
    sim = simulate(
        "documented",
        request("first"),
        request("wide", ResourceConfig=instances(2)),
        request("small"),
        request("last"),
        capacity=Capacity(on_demand={CPU: 2}),
    )
    assert course(sim, "first") == read("S0 D60 T90 U440 Completed450")
    assert course(sim, "wide") == read("S0 D510 T540 U890 Completed900")
    assert course(sim, "small") == read("S0 D960 T990 U1340 Completed1350")
    assert course(sim, "last") == course(sim, "small")
    assert messages(sim, "wide")[0] == PREPARING


def test_what_a_waiting_job_shows() -> None:
    capacity = Capacity(on_demand={CPU: 1, GPU: 1})
    for edition, kind in (("documented", CPU), ("documented", GPU), ("live", CPU), ("live", GPU)):
        sim = Simulation(world(capacity=capacity), edition=edition)
        for name in ("first", "second"):
            sim.create_training_job(**request(name, ResourceConfig=instances(1, kind)))
        sim.advance(seconds=100)
        pending = (edition, kind) == ("live", GPU)
        assert course(sim, "second") == read("S0 P0" if pending else "S0")
        shown = "Training job waiting for capacity" if pending else NO_CAPACITY
        assert messages(sim, "second")[-1] == shown
        assert record(sim, "second")["TrainingJobStatus"] == "InProgress"
        sim.run()
        if pending:
            assert course(sim, "second") == read("S0 P0 D510 T590 U890 Completed900")
            assert messages(sim, "second")[1] == PREPARING
        else:
            assert course(sim, "second")[1] == ("Downloading", 510)
            assert messages(sim, "second")[0] == PREPARING


def test_a_spot_job_waits_in_starting_in_the_live_edition() -> None:
    sim = Simulation(world(capacity=Capacity(spot={GPU: 0})), edition="live")
    sim.create_training_job(**spot(ResourceConfig=instances(1, GPU)))
    sim.advance(seconds=100)
    assert course(sim) == read("S0")
    assert messages(sim) == [NO_CAPACITY]


def test_spot_and_on_demand_have_pools_of_their_own() -> None:
    capacity = Capacity(on_demand={CPU: 1}, spot={CPU: 1})
    sim = simulate("documented", request("a"), spot("b"), capacity=capacity)
    assert course(sim, "a") == course(sim, "b") == read("S0 D60 T90 U440 Completed450")


@pytest.mark.parametrize(
    ("edition", "kind", "expected"),
    [
        ("documented", CPU, "S0 X100 Stopped100"),
        ("documented", GPU, "S0 X100 Stopped100"),
        ("live", CPU, "S0 X100 Stopped100"),
        ("live", GPU, "S0 P0 Stopped100"),
    ],
)
@pytest.mark.parametrize("scripted", [True, False])
def test_a_stop_while_waiting_for_capacity(
    edition: str,
    kind: str,
    expected: str,
    scripted: bool,  # noqa: FBT001 - a column
) -> None:
    sim = Simulation(world(capacity=Capacity(on_demand={kind: 0})), edition=edition)
    sim.create_training_job(**request(ResourceConfig=instances(1, kind)))
    if scripted:
        sim.at(timedelta(seconds=100), lambda: sim.stop_training_job(TrainingJobName="job"))
    else:
        sim.advance(seconds=100)
        sim.stop_training_job(TrainingJobName="job")
    sim.run()
    assert course(sim) == read(expected)
    assert "TrainingStartTime" not in record(sim)
    assert sim.jobs["job"].bill.billable_seconds == 0


def test_a_stopped_waiting_job_does_not_hold_up_the_others() -> None:
    capacity = Capacity(on_demand={GPU: 0})
    sim = Simulation(world(capacity=capacity), edition="live")
    sim.create_training_job(**gpu("waits"))
    sim.create_training_job(**request("runs"))
    sim.advance(seconds=10)
    sim.stop_training_job(TrainingJobName="waits")
    sim.run()
    assert course(sim, "runs") == read("S0 D60 T140 U440 Completed450")


def test_a_stop_in_pending_after_the_grant_gives_the_instances_back() -> None:
    """The second is granted the instance at 450, stopped at 460; the third has it then."""
    sim = Simulation(world(capacity=Capacity(on_demand={GPU: 1})), edition="live")
    for name in ("first", "second", "third"):
        sim.create_training_job(**gpu(name))
    sim.at(timedelta(seconds=460), lambda: sim.stop_training_job(TrainingJobName="second"))
    sim.run()
    assert course(sim, "second") == read("S0 P0 Stopped460")
    assert course(sim, "third") == read("S0 P0 D520 T600 U900 Completed910")


def test_a_stop_in_the_queue_lets_the_next_through() -> None:
    """One of two is free all the time; the wide job in front of the small one is stopped."""
    sim = Simulation(world(capacity=Capacity(on_demand={CPU: 2})), edition="documented")
    sim.create_training_job(**request("first"))
    sim.create_training_job(**request("wide", ResourceConfig=instances(2)))
    sim.create_training_job(**request("small"))
    sim.at(timedelta(seconds=100), lambda: sim.stop_training_job(TrainingJobName="wide"))
    sim.run()
    assert course(sim, "wide") == read("S0 X100 Stopped100")
    assert course(sim, "small") == read("S0 D160 T190 U540 Completed550")


def test_giving_up_on_capacity() -> None:
    capacity = Capacity(on_demand={CPU: 0, GPU: 0}, give_up_after=Constant(600))
    for edition, kind, expected in (
        ("documented", CPU, "S0 Failed600"),
        ("live", CPU, "S0 Failed600"),
        ("live", GPU, "S0 P0 Failed600"),
        ("retired", GPU, "S0 Failed600"),
    ):
        wanted = request(ResourceConfig=instances(1, kind))
        sim = simulate(edition, wanted, capacity=capacity)
        assert course(sim) == read(expected)
        assert record(sim)["FailureReason"] == GIVEN_UP
        assert "TrainingEndTime" not in record(sim)


def test_what_is_given_back_in_every_course_of_events() -> None:
    """One instance; each job ends in its own way, and the next has the instance at that instant."""
    rules = [
        WorkloadRule(Workload(duration=300, exit_code=1), name="fails"),
        WorkloadRule(Workload(duration=300), name="*"),
    ]
    sim = Simulation(
        world(capacity=Capacity(on_demand={CPU: 1}), workloads=rules), edition="documented"
    )
    sim.create_training_job(**request("fails"))
    sim.create_training_job(**request("limit", StoppingCondition={"MaxRuntimeInSeconds": 10}))
    sim.create_training_job(**request("stopped"))
    sim.create_training_job(**request("done"))
    sim.at(timedelta(seconds=550), lambda: sim.stop_training_job(TrainingJobName="stopped"))
    sim.run()
    assert course(sim, "fails") == read("S0 D60 T90 Failed440")
    assert course(sim, "limit") == read("S0 D500 T530 X540 MaxRuntime540")
    assert course(sim, "stopped") == read("S0 X550 Stopped550")
    assert course(sim, "done") == read("S0 D610 T640 U990 Completed1000")


# Spot.


@pytest.mark.parametrize(
    ("edition", "checkpoints", "every", "expected"),
    [
        # Interrupted at 240: of the work since 140, 100 s; all of it is lost without checkpoints.
        ("documented", False, 30, "S0 D60 T90 I240 S300 D360 T390 U740 Completed750"),
        ("documented", True, None, "S0 D60 T90 I240 S300 D360 T390 U740 Completed750"),
        # 90 s are saved, 210 s remain: 390 + 50 (image) + 210.
        ("documented", True, 30, "S0 D60 T90 I240 S300 D360 T390 U650 Completed660"),
        ("documented", True, 100, "S0 D60 T90 I240 S300 D360 T390 U640 Completed650"),
        ("documented", True, 100.001, "S0 D60 T90 I240 S300 D360 T390 U740 Completed750"),
        ("live", False, 30, "S0 D60 T140 I240 S300 D360 T440 U740 Completed750"),
        ("live", True, 30, "S0 D60 T140 I240 S300 D360 T440 U650 Completed660"),
        (
            "retired",
            True,
            30,
            "S0 L0 R40 D60 G90 T140 I240 S300 L300 R340 D360 G390 T440 U650 Completed660",
        ),
    ],
)
def test_an_interruption(
    edition: str,
    checkpoints: bool,  # noqa: FBT001 - a column
    every: float | None,
    expected: str,
) -> None:
    sim = simulate(
        edition,
        spot(checkpoints=checkpoints),
        default_workload=Workload(duration=300, checkpoint_every=every),
        spot=SpotMarket(outages=[Outage(240, 250)]),
    )
    assert course(sim) == read(expected)
    assert messages(sim)[[each[0] for each in course(sim)].index("Interrupted")] == (
        "Training job interrupted"
    )
    assert record(sim)["TrainingStartTime"] == record(sim)["CreationTime"] + 60


@pytest.mark.parametrize(
    ("edition", "before"),
    [
        ("documented", "S0 D60 T90 I240"),
        ("live", "S0 D60 T140 I240"),
        ("retired", "S0 L0 R40 D60 G90 T140 I240"),
    ],
)
def test_a_stop_while_interrupted(edition: str, before: str) -> None:
    sim = Simulation(world(spot=SpotMarket(outages=[Outage(240, 250)])), edition=edition)
    sim.create_training_job(**spot())
    sim.advance(seconds=270)
    sim.stop_training_job(TrainingJobName="job")
    sim.run()
    assert course(sim) == read(f"{before} X270 Stopped270")
    assert "ModelArtifacts" not in record(sim)


@pytest.mark.parametrize(
    ("at", "before"),
    [(70, "S0 L0 R40 D60"), (100, "S0 L0 R40 D60 G90"), (200, "S0 L0 R40 D60 G90 T140")],
)
def test_every_phase_on_instances_is_interrupted(at: int, before: str) -> None:
    market = SpotMarket(outages=[Outage(at, at + 1)])
    expected = read(f"{before} I{at} S{at + 60}")
    sim = simulate("retired", spot(), spot=market)
    assert course(sim)[: len(expected)] == expected
    assert record(sim)["TrainingJobStatus"] == "Completed"


def test_checkpoints_over_many_interruptions() -> None:
    """Taken back 180 s after each start: 100 s of work each time, of which 90 s are kept.

    300 s of work: 90, 180, 270 are saved, and the fourth run of 30 s finishes.
    """
    sim = simulate(
        "live",
        spot(checkpoints=True),
        default_workload=Workload(duration=300, checkpoint_every=45),
        spot=SpotMarket(uptime=180),
    )
    assert course(sim) == read(
        "S0 D60 T140 I240 S300 D360 T440 I540 S600 D660 T740 I840 S900 D960 T1040 "
        "U1070 Completed1080"
    )
    # On instances three times 180 s and once 120 s, less 68 %; TrainingTime from 60 to 1080.
    assert record(sim)["TrainingTimeInSeconds"] == 1020
    assert record(sim)["BillableTimeInSeconds"] == 211


def test_the_runtime_limit_counts_all_attempts_together() -> None:
    """100 s of Training before the interruption at 190, and 150 s after it."""
    sim = simulate("documented", spot(run=250), spot=SpotMarket(outages=[Outage(190, 191)]))
    assert course(sim) == read("S0 D60 T90 I190 S250 D310 T340 X490 MaxRuntime490")


def test_the_maximum_wait_after_interruptions() -> None:
    market = SpotMarket(uptime=100)
    for edition, wait, expected in (
        ("documented", 370, "S0 D60 T90 I160 S220 D280 T310 X370 MaxWait370"),
        ("documented", 200, "S0 D60 T90 I160 X200 MaxWait200"),
        ("documented", 250, "S0 D60 T90 I160 S220 X250 MaxWait250"),
        ("live", 370, "S0 D60 T140 I160 S220 D280 T360 X370 U370 MaxWait370"),
        ("live", 250, "S0 D60 T140 I160 S220 X250 MaxWait250"),
    ):
        sim = simulate(edition, spot(wait=wait, run=wait), spot=market)
        assert course(sim) == read(expected)


def test_an_outage_holds_back_what_would_start() -> None:
    market = SpotMarket(outages=[Outage(0, 100), Outage(150, 400)])
    for edition, expected in (
        # Granted at 100, taken back at the instant at which it is ready, if the outage has begun.
        ("documented", "S0 D160 I160 S220 D460 T490 U840 Completed850"),
        ("live", "S0 D160 I160 S220 D460 T540 U840 Completed850"),
    ):
        sim = Simulation(world(spot=market), edition=edition)
        sim.create_training_job(**spot())
        sim.create_training_job(**request("on-demand"))
        sim.advance(seconds=50)
        assert messages(sim) == [NO_CAPACITY]
        sim.run()
        assert course(sim) == read(expected)
        assert course(sim, "on-demand")[1] == ("Downloading", 60)


@pytest.mark.parametrize(
    ("edition", "seconds", "expected"),
    [
        ("documented", 260, "S0 D60 T90 I240 X260 Stopped260"),
        ("live", 260, "S0 D60 T140 I240 X260 Stopped260"),
        ("documented", 310, "S0 D60 T90 I240 S300 X310 Stopped310"),
        ("live", 310, "S0 D60 T140 I240 S300 D360 X360 Stopped360"),
        ("documented", 450, "S0 D60 T90 I240 S300 D360 T390 X450 Stopped450"),
    ],
)
def test_a_stop_after_an_interruption(edition: str, seconds: float, expected: str) -> None:
    market = SpotMarket(outages=[Outage(240, 250)])
    sim = Simulation(world(spot=market), edition=edition)
    sim.create_training_job(**spot())
    sim.at(timedelta(seconds=seconds), lambda: sim.stop_training_job(TrainingJobName="job"))
    sim.run()
    assert course(sim) == read(expected)


def test_an_interruption_gives_the_instances_to_who_waits() -> None:
    market = SpotMarket(outages=[Outage(240, 241)])
    capacity = Capacity(spot={CPU: 1})
    sim = simulate("documented", spot("a"), spot("b"), spot=market, capacity=capacity)
    # At 240 nobody can have it; at 241 b can, and a asks at 300.
    assert course(sim, "b") == read("S0 D301 T331 U681 Completed691")
    assert course(sim, "a") == read("S0 D60 T90 I240 S300 D751 T781 U1131 Completed1141")


def test_messages_show_in_time_when_the_launch_comes_after_a_wait() -> None:
    """Granted at 450, launched 40 s later."""
    sim = Simulation(world(capacity=Capacity(on_demand={CPU: 1})))
    sim.create_training_job(**request("first"))
    sim.create_training_job(**request("second"))
    for seconds, text in (
        (449.999, NO_CAPACITY),
        (450, "Launching requested ML instances"),
        (489.999, "Launching requested ML instances"),
        (490, PREPARING),
    ):
        sim.run(until=sim.world.start + timedelta(seconds=seconds))
        assert messages(sim, "second")[-1] == text


def test_the_message_of_pending_is_overwritten_when_the_job_gives_up() -> None:
    """Recorded on 2024-04-19."""
    capacity = Capacity(on_demand={GPU: 0}, give_up_after=Constant(600))
    sim = simulate("live", gpu("job"), capacity=capacity)
    assert messages(sim) == [
        "Starting the training job",
        "Training job failed",
        "Training job failed",
    ]


def test_the_maximum_wait_in_an_outage() -> None:
    for edition in ("documented", "live"):
        sim = simulate(edition, spot(wait=500), spot=SpotMarket(outages=[Outage(0, 1000)]))
        assert course(sim) == read("S0 X500 MaxWait500")


def test_a_market_that_takes_everything_back_at_once_still_lets_the_clock_move() -> None:
    """An instance is there for a millisecond at least."""
    market = SpotMarket(uptime=Constant(0), interrupted=Constant(60))
    sim = Simulation(world(spot=market))
    sim.create_training_job(**spot())
    sim.advance(seconds=130)
    assert course(sim) == read("S0 D60 I60.001 S120.001")


def test_checkpoints_as_close_as_milliseconds() -> None:
    """Taken back at 240.001: all of the 100.001 s are saved, and 199.999 s are left."""
    workload = Workload(duration=300, checkpoint_every=0.001)
    sim = simulate(
        "documented",
        spot(checkpoints=True),
        default_workload=workload,
        spot=SpotMarket(outages=[Outage(240.001, 250)], interrupted=Constant(60)),
    )
    assert course(sim)[3:] == read("I240.001 S300.001 D360.001 T390.001 U640 Completed650")


def test_a_job_that_waits_without_end_leaves_no_timer() -> None:
    sim = simulate("documented", request(), capacity=Capacity(on_demand={CPU: 0}))
    assert course(sim) == read("S0")
    assert not sim._engine.env._queue


def test_a_stop_after_the_grant_lingers_like_any_other_in_a_launch() -> None:
    """The second is granted its instance at 450, stopped at 460; the instance is there at 510."""
    sim = Simulation(world(capacity=Capacity(on_demand={CPU: 1})), edition="live")
    sim.create_training_job(**request("first"))
    sim.create_training_job(**request("second"))
    sim.at(timedelta(seconds=460), lambda: sim.stop_training_job(TrainingJobName="second"))
    sim.run()
    assert course(sim, "second") == read("S0 D510 X510 Stopped510")
