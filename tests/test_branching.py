"""A branch has lived the same until now, and from now on lives by itself.

Whatever was called, from wherever, and however the clock was moved: the records are the same at the
branch, and stay the same while both are treated alike.
"""

from collections.abc import Generator
from datetime import timedelta
from typing import Any

import pytest
import simpy
from hypothesis import given
from hypothesis import strategies as st
from jobs_for_tests import instances, request, spot, world

import simjob.aws
from simjob import ApiError, Container, Simulation, SimulationError, Workload, WorkloadRule
from simjob.spec.editions import EDITIONS
from simjob.testing import Step, schedules, worlds
from simjob.testing.calls import play, steps
from simjob.testing.invariants import check
from simjob.world import Capacity, World

CPU = "ml.m5.large"


def seen(sim: Simulation) -> Any:  # noqa: ANN401 - to be compared
    """All that can be seen of all jobs in all places."""
    return sim.now, [
        (key, job.name, job.record, job.timeline, job.bill, job.logs, job.tags)
        for key, place in sim._places.items()
        for job in (*place.jobs.values(), *place.deleted)
    ]


def scripted(sim: Simulation, step: Step) -> None:
    """Make the call of a step without moving the clock: from inside of it."""
    names = {"CreateTrainingJob": sim.create_training_job, "StopTrainingJob": sim.stop_training_job}
    make = names.get(step.operation)
    if make is not None:
        try:
            make(**step.params)
        except ApiError:
            return


Moves = list[tuple[str, Step]]

MOVES: st.SearchStrategy[Moves] = st.lists(
    st.tuples(
        st.sampled_from(("play", "call", "at", "at once", "end", "run", "ready", "elsewhere")),
        steps(),
    ),
    max_size=10,
)


def live_through(sim: Simulation, moves: Moves) -> None:
    """Calls by hand, from scripted calls and from those who hear of ends; steps and runs."""
    for how, step in moves:
        if how == "play":
            play(sim, [step])
        elif how == "call":
            scripted(sim, step)
        elif how == "at":
            sim.at(step.after, lambda step=step: scripted(sim, step))
        elif how == "at once":
            for _ in range(2):
                sim.at(timedelta(0), lambda step=step: scripted(sim, step))
        elif how == "end":
            sim.on_end(lambda _, step=step: scripted(sim, step))
        elif how == "run":
            sim.run()
        elif how == "ready":
            sim.advance(seconds=0)
        else:
            scripted(sim.elsewhere(region="eu-west-1"), step)


@given(
    surroundings=worlds(),
    edition=st.sampled_from(sorted(EDITIONS)),
    seed=st.integers(0, 99),
    moves=MOVES,
    further=schedules(max_size=6),
)
def test_a_branch_has_lived_the_same_and_goes_on_alike(
    surroundings: World, edition: str, seed: int, moves: Moves, further: list[Step]
) -> None:
    sim = Simulation(surroundings, seed=seed, edition=edition)
    live_through(sim, moves)
    before = seen(sim)
    branch = sim.branch()
    assert seen(branch) == before == seen(sim)
    check(branch)
    sim._engine.observers.clear()
    for place in sim._places.values():
        place._engine.end_observers.clear()
    if not sim._engine.clock.scripted:
        play(branch, further)
        assert seen(sim) == before
        play(sim, further)
        assert seen(sim) == seen(branch)
        for each in (sim, branch, branch.branch()):
            each.run()
        assert seen(sim) == seen(branch)
        check(branch)


@given(
    edition=st.sampled_from(sorted(EDITIONS)),
    at=st.integers(0, 700),
    moves=MOVES,
)
def test_a_branch_may_be_made_inside_a_callback(edition: str, at: int, moves: Moves) -> None:
    sim = Simulation(world(capacity=Capacity(on_demand={CPU: 1})), edition=edition)
    found: list[tuple[Any, Any]] = []

    def fork() -> None:
        sim.create_training_job(**request("fork"))
        branch = sim.branch()
        found.append((seen(branch), seen(sim)))
        branch.run()

    sim.at(timedelta(seconds=at), fork)
    live_through(sim, moves)
    sim.run()
    [(branched, lived)] = found
    assert branched == lived


def test_stop_now_or_wait() -> None:
    sim = Simulation(world(default_workload=Workload(duration="2h")))
    sim.create_training_job(
        **{**request("a"), "StoppingCondition": {"MaxRuntimeInSeconds": 86_400}}
    )
    sim.advance(hours=1)
    stopped = sim.branch()
    stopped.stop_training_job(TrainingJobName="a")
    for each in (stopped, sim):
        each.run()
    assert [str(each.jobs["a"].secondary_status) for each in (stopped, sim)] == [
        "Stopped",
        "Completed",
    ]
    cheap, dear = (each.jobs["a"].bill.dollars or 0 for each in (stopped, sim))
    assert 0 < cheap < dear


def test_a_branch_is_independent_and_may_be_branched_again() -> None:
    sim = Simulation(world())
    sim.create_training_job(**request("a"), Tags=[{"Key": "k", "Value": "1"}])
    sim.advance(seconds=100)
    sim.add_tags(ResourceArn=sim.jobs["a"].arn, Tags=[{"Key": "k", "Value": "2"}])
    first = sim.branch()
    before = seen(sim)
    first.stop_training_job(TrainingJobName="a")
    first.create_training_job(**spot("b"))
    second = first.branch()
    assert seen(second) == seen(first)
    second.run()
    assert seen(sim) == before
    assert first.jobs["a"].tags == {"k": "2"}
    assert [*sim.jobs] == ["a"]
    assert first.jobs["a"]._job.history is not sim.jobs["a"]._job.history


def test_what_is_the_caller_s_own_stays_with_the_first() -> None:
    sim = Simulation(world())
    told: list[str] = []
    sim.subscribe(lambda each: told.append(each.status.value))
    sim.on_event(lambda event, _: told.append(str(event["id"])))
    sim.on_end(lambda job: told.append(job.name))
    sim.at(timedelta(hours=1), lambda: told.append("called"))
    sim.create_training_job(**request("a"))
    branch = sim.branch()
    before = list(told)
    branch.run()
    branch.advance(hours=2)
    assert told == before
    sim.run()
    assert "called" in told


def test_a_call_between_the_events_of_one_instant_is_where_it_was() -> None:
    """Two scripted calls at one instant: what the first sets off happens before the second."""
    for calls in (1, 2):
        sim = Simulation(world(capacity=Capacity(on_demand={CPU: 0})), edition="live")

        def create(sim: Simulation = sim) -> None:
            sim.create_training_job(**request("a"))

        def stop(sim: Simulation = sim) -> None:
            sim.stop_training_job(TrainingJobName="a")

        def both() -> None:
            create()
            stop()

        for each in (both,) if calls == 1 else (create, stop):
            sim.at(timedelta(seconds=10), each)
        sim.advance(seconds=10)
        branch = sim.branch()
        assert seen(branch) == seen(sim)
        branch.run()
        sim.run()
        assert seen(branch) == seen(sim)


def test_calls_by_hand_before_and_after_the_instant_is_lived() -> None:
    sim = Simulation(world(), edition="live")
    sim.create_training_job(**request("a"))
    assert seen(sim.branch()) == seen(sim)
    sim.advance(seconds=0)
    assert seen(sim.branch()) == seen(sim)
    sim.create_training_job(**request("b"))
    sim.stop_training_job(TrainingJobName="a")
    branch = sim.branch()
    assert seen(branch) == seen(sim)
    check(branch)
    branch.run()
    sim.run()
    assert seen(branch) == seen(sim)


def test_an_error_that_came_out_of_the_clock_does_not_hinder_a_branch() -> None:
    sim = Simulation(world())

    def create_and_raise() -> None:
        sim.create_training_job(**request("a"))
        raise LookupError("mine")

    sim.at(timedelta(seconds=5), create_and_raise)
    with pytest.raises(LookupError, match="mine"):
        sim.advance(seconds=10)
    sim.create_training_job(**request("b"))
    sim.stop_training_job(TrainingJobName="a")
    branch = sim.branch()
    assert seen(branch) == seen(sim)
    sim.run()
    branch.run()
    assert seen(branch) == seen(sim)


def careful(container: Container) -> Generator[simpy.Event, object, None]:
    yield container.wait(seconds=50)
    container.log("half")
    container.save_checkpoint(1)
    yield container.wait(seconds=50)
    container.write_model(bytes=10)


def wrong(container: Container) -> Generator[simpy.Event, object, None]:
    yield container.wait(seconds=50)
    yield 7  # type: ignore[misc]


def test_generator_workloads_are_run_again() -> None:
    rules = [
        WorkloadRule(Workload(run=careful), name="a"),
        WorkloadRule(Workload(run=wrong), name="b"),
    ]
    sim = Simulation(world(workloads=rules))
    sim.create_training_job(**request("a"))
    sim.create_training_job(**request("b"))
    with pytest.raises(simjob.WorkloadError):
        sim.run()
    sim.create_training_job(**request("c", ResourceConfig=instances(2)))
    branch = sim.branch()
    assert seen(branch) == seen(sim)
    sim.run()
    branch.run()
    assert seen(branch) == seen(sim)


@pytest.mark.parametrize("taken", [True, False])
def test_no_branch_where_a_workload_has_called_the_api(taken: bool) -> None:  # noqa: FBT001 - a case
    def meddle(container: Container) -> Generator[simpy.Event, object, None]:
        yield container.wait(seconds=1)
        try:
            sim.stop_training_job(TrainingJobName="a" if taken else "nobody")
        except ApiError:
            return

    rules = [WorkloadRule(Workload(run=meddle), name="meddler")]
    sim = Simulation(world(workloads=rules))
    sim.create_training_job(**request("a"))
    sim.create_training_job(**request("meddler"))
    sim.advance(seconds=60)
    sim.branch()
    sim.run()
    with pytest.raises(
        SimulationError, match=r"at 2026-01-01T00:02:\S+ a generator workload, or a"
    ):
        sim.branch()


def test_no_branch_in_the_middle_of_an_instant() -> None:
    sim = Simulation(world())
    sim.create_training_job(**request("a"))

    def condition(sim: Simulation) -> bool:
        if sim.moving:
            with pytest.raises(SimulationError, match="in the middle of 2026-01-01T"):
                sim.branch()
        return False

    with pytest.raises(SimulationError, match="nothing is left to happen"):
        sim.run(until=condition)
    assert seen(sim.branch()) == seen(sim)


def test_the_simulation_of_a_mock_can_be_branched() -> None:
    boto3 = pytest.importorskip("boto3")
    with simjob.aws.mock(world=world()) as sim:
        client = boto3.client("sagemaker", region_name="us-east-1")
        client.create_training_job(**request("a"))
        sim.advance(seconds=100)
        branch = sim.branch()
        assert seen(branch) == seen(sim)
        branch.run()
        assert branch.jobs["a"].status == "Completed"
        assert (
            client.describe_training_job(TrainingJobName="a")["TrainingJobStatus"] == "InProgress"
        )
