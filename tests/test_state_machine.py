"""Random lives in random worlds: after every call all invariants hold, and refusals change nothing.

The machine is that of `simjob.testing`, here with scripts among the workloads.
"""

from collections.abc import Generator
from datetime import timedelta

import pytest
import simpy
from helpers import (
    EDITIONS,
    course,
    request,
    resources,
    spot,
    world,
)

from simjob import Container, Sigterm, Simulation, Workload, WorkloadRule
from simjob.testing import SimulationMachine
from simjob.testing.invariants import Watch, check
from simjob.world import (
    Capacity,
    Constant,
    InternalError,
    Outage,
    S3Prefix,
    SpotMarket,
    Storage,
)

Script = Generator[simpy.Event, object, int | None]


def careful(container: Container) -> Script:
    first = container.checkpoint if isinstance(container.checkpoint, int) else 0
    try:
        for step in range(first, 10):
            yield container.wait(seconds=30)
            container.log(f"step {step} loss={1 / (step + 1)}")
            container.save_checkpoint(step + 1)
    except Sigterm:
        yield container.wait(seconds=20)
    container.write_model(bytes=10**7)


def stubborn(container: Container) -> Script:
    container.ignore_sigterm()
    yield container.wait(minutes=10)


def crashing(container: Container) -> Script:
    yield container.wait(seconds=5)
    raise RuntimeError("no luck")


def failing(container: Container) -> Script:
    yield container.wait(seconds=container.host)
    container.write_failure("bad data")
    return 3


RULES = tuple(
    WorkloadRule(Workload(run=run), name=name)
    for run, name in ((careful, "g*"), (stubborn, "h*"), (crashing, "i*"), (failing, "j*"))
)
NAMES = ("a1", "a2", "A1", "b1", "b2", "c1", "c2", "g1", "g2", "h1", "i1", "j1")


class Lives(SimulationMachine):
    """The jobs of some names run scripts."""

    workload_rules = RULES
    names = NAMES


class DocumentedLives(Lives):
    edition_name = "documented"


class LiveLives(Lives):
    edition_name = "live"


class RetiredLives(Lives):
    edition_name = "retired"


# Courses that random lives seldom meet.


@pytest.mark.parametrize("edition_name", EDITIONS)
def test_a_denied_upload_fails_the_job(edition_name: str) -> None:
    storage = Storage(prefixes=[S3Prefix("s3://bucket/out", access="denied")])
    sim = Simulation(world(storage=storage), edition=edition_name)
    sim.create_training_job(**request())
    sim.run()
    assert course(sim).endswith("Training > Uploading > Failed")
    record = sim.describe_training_job(TrainingJobName="a")
    assert record["FailureReason"] == (
        "ClientError: Artifact upload failed:Error 7: AccessDenied (403): Access Denied"
    )


@pytest.mark.parametrize("capacity", [0, 1])
def test_a_stop_in_the_queue_lets_the_others_run(capacity: int) -> None:
    """Nothing is left to happen only when the other jobs, and those behind it, have ended."""
    kind = "ml.p3.2xlarge"
    sim = Simulation(world(capacity=Capacity(on_demand={kind: capacity})), edition="live")
    sim.create_training_job(**request("a", ResourceConfig=resources(kind, 2)))
    if capacity:
        sim.create_training_job(**request("behind", ResourceConfig=resources(kind)))
    sim.create_training_job(**request("other"))
    sim.advance(seconds=1)
    sim.stop_training_job(TrainingJobName="a")
    sim.run()
    assert [job.status for job in sim.jobs.values()] == [
        "Stopped",
        *["Completed"] * (capacity + 1),
    ]
    check(sim)


def test_an_interruption_foreseen_does_not_outlive_a_retry() -> None:
    """Ready at 30, interruption due at 210; the retry launches from 200 to 230."""
    market = SpotMarket(uptime=Constant(180))
    errors = [InternalError(after=100)]
    sim = Simulation(world(internal_errors=errors, spot=market), edition="live")
    retry = {"RetryStrategy": {"MaximumRetryAttempts": 1}}
    sim.create_training_job(**request(**retry, **spot()))
    sim.advance(seconds=229)
    assert course(sim) == "Starting > Downloading > Training > Starting"
    sim.advance(seconds=1)
    assert course(sim) == "Starting > Downloading > Training > Starting > Downloading"
    check(sim)


@pytest.mark.parametrize("end", [0.0004, 100.0004, 99.9996, 100])
def test_the_end_of_an_outage_is_rounded_like_every_time(end: float) -> None:
    sim = Simulation(world(spot=SpotMarket(outages=[Outage(0, end)])))
    sim.create_training_job(**request(**spot()))
    sim.run()
    training = sim.jobs["a"].history[1]
    assert training.status.value == "Training"
    assert training.start == sim.world.start + timedelta(seconds=30 + round(end))


def test_a_failure_while_the_image_is_pulled_does_not_turn_the_clock_back() -> None:
    """In `documented` the container starts 40 s after Training; the error comes at 30 s or 35 s."""
    for after in (0, 5):
        script = Workload(run=stubborn)
        sim = Simulation(
            world(default_workload=script, internal_errors=[InternalError(after=after)])
        )
        sim.create_training_job(**request())
        watch = Watch(sim)
        sim.subscribe(lambda _, look=watch.check: look())
        sim.run()
        assert course(sim) == "Starting > Training > Failed"
        assert sim.now == sim.world.start + timedelta(seconds=30 + after)


TestDocumented = DocumentedLives.TestCase
TestLive = LiveLives.TestCase
TestRetired = RetiredLives.TestCase
