"""Same seed, same bytes; one job's luck is its own; and what a life costs in events.

A job's draws are keyed by seed, job and purpose: a further job, or one that is stopped, changes
nothing for the others where nothing is contended. Neither the hash seed of the process nor the
order of dictionaries is ever seen.
"""

import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from jobs_for_tests import course, instances, request, spot, world

from simjob import LogSeries, Simulation, Workload, WorkloadRule, World
from simjob.world import (
    Capacity,
    Exponential,
    Latencies,
    Launches,
    Lognormal,
    SpotMarket,
    Uniform,
)

METRICS = [{"Name": "loss", "Regex": "loss=([0-9.]+)"}]
ALGORITHM = {
    "TrainingImage": "image",
    "TrainingInputMode": "File",
    "MetricDefinitions": METRICS,
}


def rich_world(**changes: Any) -> World:  # noqa: ANN401 - any field of a world
    """A world in which everything is left to luck."""
    line = LogSeries("step {step} loss={value:.4f}", every=50)
    usual = Workload(
        duration=Lognormal(600, 1500), logs=[line], checkpoint_every=60, artifact_bytes=10**9
    )
    flaky = Workload(duration=Uniform(10, 500), exit_code=1, fails_after=Exponential(300))
    fields: dict[str, Any] = {
        "launches": Launches(unhealthy_probability=0.2, instance_failure=Exponential(20_000)),
        "spot": SpotMarket(uptime=Exponential(900), interrupted=Uniform(10, 100)),
        "runtime_limit_lag": Uniform(0, 300),
        "workloads": [WorkloadRule(flaky, name="flaky-*")],
        "default_workload": usual,
    }
    return World(**fields | changes)


def names() -> list[str]:
    """The names of the jobs of the rich run."""
    return [f"{kind}-{n}" for n in range(8) for kind in ("job", "flaky", "spot", "wide", "short")]


def wanted(name: str) -> dict[str, Any]:
    """The request of that name."""
    kind = name.partition("-")[0]
    more: dict[str, Any] = {"AlgorithmSpecification": ALGORITHM}
    if kind == "spot":
        return spot(name, wait=2000, checkpoints=True, **more)
    if kind == "wide":
        more["ResourceConfig"] = instances(5, "ml.p3.2xlarge")
    if kind == "short":
        more["StoppingCondition"] = {"MaxRuntimeInSeconds": 200}
    return request(name, **more)


def everything(sim: Simulation) -> dict[str, list[object]]:
    """All that can be seen of each job."""
    seen: dict[str, list[object]] = {}
    for name, job in sim.jobs.items():
        lines = [[each.stream, each.timestamp_ms, each.message] for each in job.logs]
        spans = repr(job.timeline.instances)
        seen[name] = [job.record, lines, repr(job.metrics), spans, repr(job.bill)]
    return seen


def rich_run(
    jobs: list[str],
    *,
    seed: int = 11,
    edition: str = "live",
    stop: str = "",
    **changes: Any,  # noqa: ANN401
) -> tuple[dict[str, list[object]], list[object]]:
    """What is seen of each job after a run, and all events in their order."""
    sim = Simulation(rich_world(**changes), seed=seed, edition=edition)
    events: list[object] = []
    sim.subscribe(lambda transition: events.append(transition.event))
    for name in jobs:
        sim.create_training_job(**wanted(name))
    if stop:
        sim.at(timedelta(minutes=4), lambda: sim.stop_training_job(TrainingJobName=stop))
    sim.run()
    return everything(sim), events


CAPACITY = Capacity(on_demand={"ml.p3.2xlarge": 7, "ml.m5.large": 6}, spot={"ml.m5.large": 3})


def as_bytes() -> str:
    """The rich run under contention, as text."""
    return json.dumps(rich_run(names(), capacity=CAPACITY))


@pytest.fixture(scope="module")
def in_two_processes() -> list[str]:
    """The same run in processes whose hashes differ."""
    program = f"import {Path(__file__).stem} as this; print(this.as_bytes())"
    path = os.pathsep.join([str(Path(__file__).parent), *sys.path])
    running = [
        subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-c", program],
            env=os.environ | {"PYTHONHASHSEED": hash_seed, "PYTHONPATH": path},
            stdout=subprocess.PIPE,
            text=True,
        )
        for hash_seed in ("1", "4242")
    ]
    return [process.communicate(timeout=60)[0].strip() for process in running]


def test_two_processes_give_the_same_bytes(in_two_processes: list[str]) -> None:
    first, second = in_two_processes
    assert len(first) > 100_000
    assert first == second == as_bytes()


def test_the_rich_run_is_rich(in_two_processes: list[str]) -> None:
    jobs, events = json.loads(in_two_processes[0])
    statuses = {each["detail"]["SecondaryStatus"] for each in events}
    assert statuses >= {
        "Starting",
        "Pending",
        "Downloading",
        "Training",
        "Interrupted",
        "Uploading",
        "Stopping",
        "Completed",
        "Failed",
        "MaxRuntimeExceeded",
        "MaxWaitTimeExceeded",
    }
    assert len(jobs) == 40
    assert any("FinalMetricDataList" in seen[0] for seen in jobs.values())


def test_another_seed_gives_another_run() -> None:
    jobs = ["job-0", "spot-0", "wide-0"]
    assert rich_run(jobs, seed=1) == rich_run(jobs, seed=1)
    first, second = rich_run(jobs, seed=1)[0], rich_run(jobs, seed=2)[0]
    assert all(first[name] != second[name] for name in jobs)


@pytest.mark.parametrize("edition", ["documented", "live", "retired"])
def test_one_more_job_changes_no_other(edition: str) -> None:
    few, _ = rich_run(names()[:-3], edition=edition)
    more, _ = rich_run(["wide-90", *names()[:-3], "spot-91"], edition=edition)
    assert {name: more[name] for name in few} == few


@pytest.mark.parametrize("edition", ["documented", "live", "retired"])
@pytest.mark.parametrize("stopped", ["job-0", "spot-1", "wide-2"])
def test_a_stopped_job_changes_no_other(edition: str, stopped: str) -> None:
    before, _ = rich_run(names(), edition=edition)
    after, _ = rich_run(names(), edition=edition, stop=stopped)
    assert after.pop(stopped) != before.pop(stopped)
    assert after == before


def test_equal_jobs_keep_the_order_of_their_creation() -> None:
    """All ten do everything at the same instants; they are told of in one order throughout."""
    sim = Simulation(world())
    told: list[tuple[str, str]] = []
    sim.subscribe(lambda transition: told.append((transition.status, transition.job.name)))
    for number in range(10):
        sim.create_training_job(**request(f"job-{9 - number}"))
    sim.run()
    order = [f"job-{9 - number}" for number in range(10)]
    phases = ("Starting", "Downloading", "Training", "Uploading", "Completed")
    assert told == [(status, name) for status in phases for name in order]


@pytest.mark.parametrize(("edition", "expected"), [("documented", 2), ("live", 2), ("retired", 3)])
def test_the_number_of_events_in_an_undisturbed_life(edition: str, expected: int) -> None:
    """Birth and the end of the course; the clock has none of its own."""
    sim = Simulation(world(), edition=edition)
    lived = counted(sim)
    sim.create_training_job(**request())
    sim.run()
    assert len(lived) == expected
    assert sim.jobs["job"].ended


def test_every_leg_of_a_course_is_an_event_where_somebody_watches() -> None:
    """Downloading, Training, Uploading, beside the two events of a life that nobody watches."""
    sim = Simulation(world())
    lived = counted(sim)
    sim.create_training_job(**request())
    sim.run(until=lambda sim: sim.jobs["job"].ended)
    assert len(lived) == 5


def counted(sim: Simulation) -> list[int]:
    """A list that grows with every event, by the instant at which it comes."""
    env = sim._engine.env
    step = env.step
    lived: list[int] = []

    def count() -> None:
        step()
        lived.append(env.now_ms)

    env.step = count  # type: ignore[method-assign]
    return lived


@pytest.mark.parametrize("kind", ["ml.m5.large", "ml.p3.2xlarge"])
def test_in_a_world_of_luck_no_two_jobs_are_alike(kind: str) -> None:
    luck = {"*": Lognormal(40, 90)}
    tables = Latencies(
        launching=luck, preparing=luck, downloading=luck, image_pull=luck, uploading=luck
    )
    sim = Simulation(World(latencies=tables), seed=1)
    for number in range(8):
        sim.create_training_job(**request(f"job-{number}", ResourceConfig=instances(1, kind)))
    sim.run()
    for place in (1, 2, 4):
        assert len({course(sim, name)[place] for name in sim.jobs}) == 8
