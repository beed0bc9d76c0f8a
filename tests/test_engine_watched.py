"""Watching changes nothing: what becomes of a job does not depend on who looks, and when.

Where nobody watches, a job goes its course without being woken (`engine.course`); whoever watches
makes every leg of it an event. Both must come to the same, to the byte.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from helpers import channel, request, resources, spot
from hypothesis import given
from hypothesis import strategies as st
from jobs_for_tests import latencies, world

from simjob import ApiError, LogSeries, Simulation, Workload
from simjob.spec.editions import EDITIONS
from simjob.testing import worlds
from simjob.testing.invariants import check
from simjob.world import (
    Constant,
    InternalError,
    Latencies,
    Outage,
    S3Prefix,
    SpotMarket,
    Storage,
    World,
)

Watch = Callable[[Simulation], object]

REQUESTS = (
    request("a", InputDataConfig=[channel()]),
    request("b", **spot(run=600, wait=1800)),
    request("c", ResourceConfig=resources(count=2)),
)


def leave_at_once(sim: Simulation) -> None:
    sim.subscribe(lambda _: None)()


def stay(sim: Simulation) -> None:
    sim.subscribe(lambda _: None)


def look_once(sim: Simulation) -> None:
    sim.run(until=lambda _: True)


WATCHES: tuple[Watch, ...] = (leave_at_once, stay, look_once)


def what_is_seen(sim: Simulation) -> list[Any]:
    return [
        (
            sim.describe_training_job(TrainingJobName=name),
            job.timeline,
            job.logs,
            job.log_streams,
            job.metrics,
            job.bill,
        )
        for name, job in sim.jobs.items()
    ]


def create(sim: Simulation, wanted: dict[str, Any]) -> None:
    """A world may refuse a job; then it refuses it every time."""
    try:
        sim.create_training_job(**wanted)
    except ApiError:
        assert wanted["TrainingJobName"] not in sim.jobs


def stop(sim: Simulation, name: str) -> None:
    if name in sim.jobs and not sim.jobs[name].ended:
        sim.stop_training_job(TrainingJobName=name)


@given(
    surroundings=worlds(),
    edition=st.sampled_from(sorted(EDITIONS)),
    seed=st.integers(0, 99),
    stops=st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 600)), max_size=2),
    watches=st.lists(
        st.tuples(st.integers(0, 600), st.sampled_from(WATCHES)), min_size=1, max_size=3
    ),
)
def test_watching_changes_nothing(
    surroundings: World,
    edition: str,
    seed: int,
    stops: list[tuple[str, int]],
    watches: list[tuple[int, Watch]],
) -> None:
    seen = []
    for watched in (False, True):
        sim = Simulation(surroundings, seed=seed, edition=edition)
        for wanted in REQUESTS:
            create(sim, wanted)
        for name, at in stops:
            sim.at(timedelta(seconds=at), lambda sim=sim, name=name: stop(sim, name))
        start = sim.now
        for at, watch in sorted(watches, key=lambda each: each[0]):
            sim.run(until=max(sim.now, start + timedelta(seconds=at)))
            if watched:
                watch(sim)
        sim.run(until=start + timedelta(hours=2))
        check(sim)
        seen.append(what_is_seen(sim))
    assert seen[0] == seen[1]


@pytest.mark.parametrize("watch", [leave_at_once, look_once])
def test_a_job_that_was_watched_once_ends_for_ever(watch: Watch) -> None:
    """An upload of no length begins and ends at one instant, after all who watched have gone."""
    sim = Simulation(world(latencies=latencies(uploading=0)))
    sim.create_training_job(**request("a"))
    sim.advance(seconds=35)
    watch(sim)
    sim.run()
    sim.advance(minutes=5)
    assert sim.jobs["a"].ended
    assert [str(phase.status) for phase in sim.jobs["a"].history][-2:] == ["Uploading", "Completed"]
    check(sim)


@pytest.mark.parametrize("watched", [False, True])
def test_a_run_that_breaks_down_writes_no_more(*, watched: bool) -> None:
    lines = LogSeries("loss={value:.3f}", every=10, first=2)
    failing = Workload(duration=60, exit_code=1, logs=[lines])
    errors = [InternalError(after=65)]  # 50 s of them for the image
    sim = Simulation(world(default_workload=failing, internal_errors=errors))
    sim.create_training_job(**request("a"))
    if watched:
        stay(sim)
    sim.run()
    sim.advance(hours=1)
    assert [line.message for line in sim.jobs["a"].logs] == ["loss=0.862"]


@pytest.mark.parametrize("edition", sorted(EDITIONS))
@pytest.mark.parametrize("watched", [False, True])
def test_an_outage_that_came_first_lets_no_more_than_one_leg_begin(
    edition: str, *, watched: bool
) -> None:
    nothing = {"*": Constant(0)}
    tables = Latencies(
        launching={"*": Constant(20)},
        preparing=nothing,
        downloading=nothing,
        image_pull=nothing,
        uploading=nothing,
    )
    market = SpotMarket(outages=[Outage(10, 40)])
    sim = Simulation(World(latencies=tables, spot=market), edition=edition)
    sim.create_training_job(**request("a", InputDataConfig=[channel()], **spot()))
    if watched:
        stay(sim)
    sim.advance(seconds=25)
    statuses = [str(phase.status) for phase in sim.jobs["a"].history]
    assert statuses[-2:] == ["Downloading", "Interrupted"]
    assert not sim.jobs["a"].log_streams


def test_watching_again_and_again_makes_no_more_events() -> None:
    sim = Simulation(world())
    for number in range(10):
        sim.create_training_job(**request(f"job-{number}"))
    sim.advance(seconds=35)
    look_once(sim)
    events = len(sim._engine.env._queue)
    for _ in range(20):
        look_once(sim)
        leave_at_once(sim)
    assert len(sim._engine.env._queue) == events


def test_who_subscribes_while_a_predicate_is_asked_hears_all_that_is_to_come() -> None:
    sim = Simulation(world())
    for name in ("a", "b"):
        sim.create_training_job(**request(name))
    told: list[str] = []

    def asked(sim: Simulation) -> bool:
        begun = sim.jobs["a"].secondary_status == "Training"
        if begun and not told:
            told.append("subscribed")
            sim.subscribe(lambda each: told.append(f"{each.job.name} {each.status}"))
        return sim.jobs["a"].ended

    sim.run(until=asked)
    assert told[:2] == ["subscribed", "b Training"]


def test_a_container_that_never_started_has_no_log_stream() -> None:
    """In `documented` the image is pulled for 40 s of Training, which begins at 30."""
    sim = Simulation(world())
    sim.create_training_job(**request("a"))
    sim.advance(seconds=50)
    sim.stop_training_job(TrainingJobName="a")
    sim.run()
    assert not sim.jobs["a"].log_streams


def test_missing_data_is_why_a_job_fails_even_where_an_error_comes_before() -> None:
    """As before a course was known beforehand: what cannot start does not break down."""
    denied = Storage(prefixes=[S3Prefix("s3://plain/data", access="denied")])
    sim = Simulation(world(storage=denied, internal_errors=[InternalError(after=0)]))
    sim.create_training_job(**request("a", InputDataConfig=[channel(InputMode="Pipe")]))
    sim.run()
    reason = sim.describe_training_job(TrainingJobName="a")["FailureReason"]
    assert str(reason).startswith("ClientError: Data download failed")
