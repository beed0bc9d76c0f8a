"""How long the work takes: on which type, on how many instances, and with its checkpoints."""

from typing import Any

import pytest
from helpers import START_MS, Json, latencies, request, resources, spot, world
from hypothesis import given
from hypothesis import strategies as st

from simjob import LogSeries, Simulation, Workload, WorkloadError
from simjob.engine.pace import Pace
from simjob.spec.instances import instance_type
from simjob.world import Constant, Exponential, FieldError, SpotMarket
from simjob.world.speed import speed_up

P3, M5, G5 = "ml.p3.2xlarge", "ml.m5.large", "ml.g5.xlarge"


def trained(sim: Simulation, name: str) -> float:
    """The seconds that a job's containers ran."""
    return sum(run.end_ms - run.start_ms for run in sim.jobs[name]._job.history.runs) / 1000


def run(workload: Workload, *wanted: Json) -> Simulation:
    """A world in which all jobs, named by their place, do that work, at their end."""
    sim = Simulation(world(default_workload=workload))
    for place, members in enumerate(wanted):
        sim.create_training_job(**request(f"job-{place}", **members))
    sim.run()
    return sim


def times(workload: Workload, *wanted: Json) -> list[float]:
    sim = run(workload, *wanted)
    return [trained(sim, name) for name in sim.jobs]


def on(kind: str, count: int = 1, **members: object) -> Json:
    return {"ResourceConfig": resources(kind, count), **members}


# By instance type.


def test_epochs_of_items_at_the_throughput_of_the_type() -> None:
    work = Workload(items=6000, epochs=1.5, throughput={P3: 90, "accelerated": 45, "cpu": 9})
    assert times(work, on(P3), on(G5), on(M5)) == [100, 200, 1000]


def test_one_throughput_for_all_types() -> None:
    assert times(Workload(items=600, throughput=3), on(P3), on(M5)) == [200, 200]


@pytest.mark.parametrize(
    "work",
    [
        {"duration": 300},
        {"steps": 100, "step_time": 3},
    ],
)
def test_speed_divides_the_given_time(work: dict[str, Any]) -> None:
    assert times(Workload(**work, speed={"p3": 2, M5: 0.5}), on(P3), on(M5), on(G5)) == [
        150,
        600,
        300,
    ]


def test_speed_divides_what_is_drawn_and_leaves_the_luck_alone() -> None:
    plain, fast = (
        times(Workload(duration=Exponential(500), speed=speed), on(M5), on(M5))
        for speed in ({}, {"cpu": 4})
    )
    assert plain[0] != plain[1]
    assert fast == pytest.approx([each / 4 for each in plain], abs=0.001)


def test_a_job_whose_throughput_is_unknown_is_refused_and_leaves_no_trace() -> None:
    sim = Simulation(world(default_workload=Workload(items=600, throughput={"p3": 3, "m5": 1})))
    with pytest.raises(WorkloadError) as caught:
        sim.create_training_job(**request("a", **on(G5)))
    message = "'a': its workload has no throughput for ml.g5.xlarge, has p3, m5"
    assert str(caught.value) == message
    assert not sim.jobs
    with pytest.raises(ValueError, match="no throughput is known for ml"):
        Workload(items=1, throughput={"p3": 1}).time_on(instance_type(G5), 1, encrypted=False)


# On several instances.


def test_a_measured_table_of_speed_ups() -> None:
    work = Workload(duration=1000, scaling={4: 2.5, 2: 2})
    found = times(work, *[on(M5, count) for count in (1, 2, 3, 4, 16)])
    assert found == pytest.approx([1000, 500, 1000 / 2.25, 400, 400], abs=0.001)


@given(
    table=st.dictionaries(st.integers(2, 64), st.floats(0.1, 100), min_size=1),
    count=st.integers(1, 80),
)
def test_a_speed_up_lies_between_its_neighbours(table: dict[int, float], count: int) -> None:
    measured = dict(sorted(table.items()))
    points = {1: 1.0, **measured}
    below = points[max(n for n in points if n <= count)]
    above = points[min((n for n in points if n >= count), default=max(points))]
    found = speed_up(measured, count)
    assert min(below, above) * 0.999999 <= found <= max(below, above) * 1.000001
    assert found == points.get(count, found)


def test_ideal_scaling_and_the_law_of_amdahl() -> None:
    assert times(Workload(duration=800, parallel_fraction=1), on(M5, 8)) == [100]
    assert times(Workload(duration=800, parallel_fraction=0.5), on(M5, 8)) == [450]


def test_encrypted_traffic_slows_several_instances_only() -> None:
    work = Workload(duration=400, parallel_fraction=1, encryption_factor=1.25)
    coded = {"EnableInterContainerTrafficEncryption": True}
    found = times(work, on(M5, 1, **coded), on(M5, 2), on(M5, 2, **coded), on(M5, 2))
    assert found == [400, 200, 250, 200]


# Checkpoints.


def test_every_checkpoint_but_none_at_the_end_takes_its_time() -> None:
    assert times(Workload(duration=300, checkpoint_every=100, checkpoint_time=7), {}) == [314]
    assert times(Workload(duration=301, checkpoint_every=100, checkpoint_time=7), {}) == [322]
    assert times(Workload(duration=99, checkpoint_every=100, checkpoint_time=7), {}) == [99]


def test_a_failure_takes_its_pauses_with_it() -> None:
    work = Workload(
        duration=300, exit_code=1, fails_after=250, checkpoint_every=100, checkpoint_time=7
    )
    assert times(work, {}) == [264]


@pytest.mark.parametrize(
    ("uptime", "resumed"),
    [
        (100 + 99.999, [0, 0]),
        (100 + 106.999, [0, 0]),  # in the pause of the first checkpoint
        (100 + 107, [0, 100_000]),
        (100 + 213.999, [0, 100_000]),
        (100 + 214, [0, 200_000]),
    ],
)
def test_a_checkpoint_counts_when_its_pause_is_over(uptime: float, resumed: list[int]) -> None:
    work = Workload(duration=250, checkpoint_every=100, checkpoint_time=7, resume_time=20)
    market = SpotMarket(uptime=Constant(uptime))
    quick = latencies(10, 20, 30, 100, 0)
    sim = Simulation(world(default_workload=work, spot=market, latencies=quick))
    kept = {"CheckpointConfig": {"S3Uri": "s3://bucket/checkpoints"}}
    sim.create_training_job(**request("a", **spot(86_400, 86_400), **kept))
    sim.advance(minutes=10)
    runs = sim.jobs["a"]._job.history.runs[:2]
    assert [run.resumed_ms for run in runs] == resumed


def test_log_lines_come_at_their_work_whatever_the_pauses() -> None:
    work = Workload(
        duration=200,
        checkpoint_every=60,
        checkpoint_time=10,
        logs=[LogSeries("{step} {elapsed:g}", every=30)],
    )
    sim = run(work, {})
    lines = sim.jobs["job-0"].logs
    # Training is at 30, the image is there at 70; pauses follow 60, 120 and 180 s of work.
    assert [((line.timestamp_ms - START_MS) / 1000 - 70, line.message) for line in lines] == [
        (30, "1 30"),
        (60, "2 60"),
        (100, "3 90"),
        (130, "4 120"),
        (170, "5 150"),
        (200, "6 180"),
    ]


PACES = st.builds(
    Pace,
    st.builds(
        Workload,
        checkpoint_every=st.integers(1, 500).map(lambda ms: ms / 1000),
        checkpoint_time=st.integers(0, 300).map(lambda ms: ms / 1000),
        resume_time=st.integers(0, 300).map(lambda ms: ms / 1000),
    ),
    st.just(0),
)


@given(pace=PACES, more=st.integers(0, 5000))
def test_time_and_work_map_both_ways(pace: Pace, more: int) -> None:
    assert pace.work_ms(pace.span_ms(more)) == more
    assert pace.span_ms(pace.work_ms(more)) <= more
    assert pace.work_ms(more) <= pace.work_ms(more + 1) <= pace.work_ms(more) + 1


@given(pace=PACES, after=st.integers(0, 5000))
def test_what_is_saved_was_done_and_its_pause_is_over(pace: Pace, after: int) -> None:
    saved = pace.saved_ms(after)
    assert saved <= pace.work_ms(after)
    assert pace.saved_after_ms(after) <= after
    assert pace.saved_ms(pace.saved_after_ms(after)) == saved


# What is refused.


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"items": 0, "throughput": 1}, "items: must be a number above 0, is 0"),
        ({"items": 1}, "throughput: must be given where items is"),
        ({"throughput": 1}, "items: must be given where throughput is"),
        ({"epochs": 2}, "items: must be given where epochs is"),
        ({"epochs": 0}, "epochs: must be a number above 0, is 0"),
        ({"items": 1, "throughput": 0}, 'throughput."*": must be a number above 0, is 0'),
        ({"items": 1, "throughput": True}, 'throughput."*": must be a number above 0, is True'),
        ({"speed": {"p9": 1}}, "speed.p9: unknown instance type or family"),
        ({"speed": [1]}, "speed: must be a table of keys and values, is [1]"),
        (
            {"items": 1, "throughput": 1, "duration": 3, "speed": 2},
            "duration: must be left out where items and throughput are given; speed: must be left",
        ),
        (
            {"items": 1, "throughput": 1, "steps": 3, "step_time": 2},
            "steps: must be left out where items and throughput are given",
        ),
        ({"scaling": {1: 1}}, "scaling.1: must be a number of instances, 2 or more"),
        ({"scaling": {"x": 1, 2: -1}}, "scaling.x: must be a number of instances, 2 or more; "),
        ({"scaling": 3}, "scaling: must be a table of keys and values, is 3"),
        (
            {"scaling": {2: 1.5}, "parallel_fraction": 1},
            "parallel_fraction: must be left out where scaling is given",
        ),
        ({"encryption_factor": 0}, "encryption_factor: must be a number above 0, is 0"),
        ({"checkpoint_time": 3}, "checkpoint_time: needs checkpoint_every"),
        ({"resume_time": 3}, "resume_time: needs checkpoint_every"),
        ({"resume_time": -3, "checkpoint_every": 9}, "resume_time: must not be negative, is -3"),
        ({"run": lambda _: None, "speed": 2}, "speed: must be left out where run is given"),
    ],
)
def test_a_refused_field_is_named(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(FieldError) as caught:
        Workload(**fields)
    assert str(caught.value).startswith(message)
